# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that are flushed while the tools are slow, the clock is set, nfqd is killed, or no process can be started:
strangers are refused after a few tools, and each that has passed did so in a gap that says why."""
import contextlib
import os
import signal
import struct
import threading
import time

from check import Failed, PATIENCE_FACTOR, Skip, brief, eventually, expect, expect_that, test
from daemons import Clock, Nfqd, shim
from meanwhile import Meanwhile
from probe import connect
from test_matrix import moment
from test_tools import flush, whole_log
from test_watch import Alone

AHEAD = 60  # seconds by which the clock is set
ONE = 0.25  # seconds that a tool takes during a start
POLICY = "stranger reject\nallow 10.1.0.25\n"
STRANGER, LISTED = ("10.1.0.66", "203.0.113.7"), ("10.1.0.25", "203.0.113.7")
TOOLS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore", "ipset", "nft")
TOOL = '#!/bin/sh\nsleep "$(cat %s)"\nexec "/usr/sbin/$(basename "$0")" "$@"\n'


class SlowTools:
    """The kernel's tools, each of which takes so many seconds more; `within` leads to them."""

    def __init__(self, lab):
        top = "%s/slow-%d" % (lab.directory, time.monotonic_ns())
        self.seconds = top + "-seconds"
        self.take(0)
        os.mkdir(top)
        for name in TOOLS:
            with open("%s/%s" % (top, name), "w", opener=lambda path, flags: os.open(path, flags, 0o755)) as f:
                f.write(TOOL % self.seconds)
        self.within = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                       'mount --bind "$1" /usr/local/sbin && shift && exec "$@"', "sh", top]

    def take(self, seconds):
        with open(self.seconds + ".new", "w") as f:
            f.write("%g\n" % seconds)
        os.rename(self.seconds + ".new", self.seconds)


class Passing(Meanwhile):
    """Connects of a stranger, one after the other, in the block; `times` has when those that succeeded were begun, by
    nfqd's clock, and `last` when the last of them was, by the steady one."""

    def __init__(self, lab):
        super().__init__(self.run)
        self.lab, self.ahead = lab, 0
        self.times, self.last = [], 0

    def run(self):
        while not self.ending.wait(0.05):
            begun, steady = time.time() + self.ahead, time.monotonic()
            if connect(self.lab, *STRANGER, patience=0.3).kind == "connected":
                self.times.append(begun)
                self.last = steady


@contextlib.contextmanager
def slow(lab):
    """nfqd, its tools, which are not slow yet, and its clock."""
    tools, clock = SlowTools(lab), Clock(lab)
    with Alone(lab), Nfqd(lab, POLICY, within=tools.within, environment=clock.environment) as nfqd:
        if nfqd.status()["rules"]["backend"] != "iptables":
            raise Skip("the nft back end has one tool")
        time.sleep(1.5)
        yield nfqd, tools, clock


def expect_told(nfqd, passing, ahead):
    """Each stranger that connected did so in a gap that says that the rules were missing."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead + 60))
    gaps = [(moment(gap["since"]), moment(gap["until"]), gap["cause"])
            for gap in nfqd.report("--since", "all", "--until", until)["gaps"] if gap["missing"] is None]
    expect("gaps that are too long", [], [gap for gap in gaps if gap[1] - gap[0] > AHEAD + 40])
    outside = [when for when in passing.times if not any(since <= when <= to for since, to, _ in gaps)]
    expect_that(passing.times, "a stranger to connect while the rules were gone", passing.times)
    expect("strangers who connected outside these gaps: %s" % gaps, [], outside)


@test
def slow_tools_and_a_kill_leave_no_stranger_untold(lab):
    """The rules are flushed, the clock is set, nfqd is killed before it has put them back, and starts slowly."""
    with slow(lab) as (nfqd, tools, clock):
        tools.take(2)
        with Passing(lab) as passing:
            flush(lab)
            time.sleep(0.6)
            clock.step(AHEAD)
            passing.ahead = AHEAD
            time.sleep(1)
            nfqd.stop(signal.SIGKILL)
            time.sleep(2.2)  # what it has begun may end
            flush(lab)
            tools.take(ONE)
            begin = time.monotonic()
            nfqd.start(timeout=40)
        took = (passing.last - begin) / ONE
        if os.environ.get("V") == "1":
            print("  refused after %.1f tools" % took)
        expect_that(took < 14 * PATIENCE_FACTOR, "strangers to be refused after a few tools, of some 30", took)
        tools.take(0)
        expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)
        expect("a listed host's connect", "connected", connect(lab, *LISTED).kind)
        time.sleep(2)  # the recorder's rows
        expect_told(nfqd, passing, AHEAD)


@test
def slow_tools_refuse_after_the_first(lab):
    """The guard ended the job that was making the last place, again and again, and a job that a set clock had begun
    read everything with slow tools first."""
    with slow(lab) as (nfqd, tools, clock):
        tools.take(1.5)
        with Passing(lab) as passing:
            begin = flush(lab)
            time.sleep(0.4)
            clock.step(-60)
            passing.ahead = -60
            time.sleep(5)
        state = nfqd.status()["state"]
        took = passing.last - begin
        if os.environ.get("V") == "1":
            print("  refused after %.1f s" % took)
        expect_that(took < 3.5 * PATIENCE_FACTOR, "strangers to be refused within 3.5 s with tools that take 1.5 s", took)
        expect("the state while the rules are made", "degraded", state)
        tools.take(0)
        eventually(25, "the rules to be back", lambda: connect(lab, *STRANGER).kind, lambda kind: kind == "refused")
        time.sleep(2)
        expect_told(nfqd, passing, 0)


@test
def slow_tools_are_told_once_if_no_process_starts(lab):
    path = "%s/fork-%d" % (lab.directory, time.monotonic_ns())

    def refuse(number):
        with open(path, "r+b" if os.path.exists(path) else "wb", buffering=0) as f:
            f.write(struct.pack("q", number))

    def lines(words):
        return [line for line in whole_log(nfqd) if words in line]

    refuse(0)
    with Alone(lab), Nfqd(lab, POLICY, environment={"LD_PRELOAD": shim("fork"), "REFUSE_FORK": path}) as nfqd:
        refuse(1)
        flush(lab)
        eventually(3, "a line in the log", lambda: lines("the rules could not be made"), bool)
        time.sleep(3)  # it is tried again every two seconds
        expect("lines in the log", ["nfqd: the rules could not be made: no process can be started for it"],
               lines("the rules could not be made"))
        refuse(0)
        eventually(4, "a stranger to be refused", lambda: connect(lab, *STRANGER).kind, lambda kind: kind == "refused")
        eventually(10, "a line in the log", lambda: lines("no longer: the rules"), bool)
        expect("lines in the log", ["nfqd: no longer: the rules could not be made"], lines("no longer: the rules"))


@test
@brief
def slow_tools_at_a_start_delay_no_answer(lab):
    """Status and SIGTERM while the first tools run, which find out what the machine can do."""
    def start():
        try:
            nfqd.start()
        except Failed:
            pass  # it is ended before it is ready

    tools = SlowTools(lab)
    with Alone(lab), Nfqd(lab, POLICY, within=tools.within) as nfqd:
        nfqd.stop()
        tools.take(1)
        starting = threading.Thread(target=start, daemon=True)
        starting.start()
        eventually(5, "an answer", lambda: nfqd.run("status", "--json", check=False).stdout, bool)
        begin = time.monotonic()
        status = nfqd.status()
        answered = time.monotonic()
        ended = nfqd.stop()
        took = time.monotonic() - answered
        starting.join()
        tools.take(0)
        expect("a problem", ["nfqd is starting: the kernel rules are not made yet"],
               [text for text in status["problems"] if "rules" in text])
        expect_that(answered - begin < 0.9 * PATIENCE_FACTOR, "an answer within 0.9 s with tools that take 1 s", answered - begin)
        expect("the exit status after SIGTERM", 0, ended)
        expect_that(took < 0.9 * PATIENCE_FACTOR, "an end within 0.9 s with tools that take 1 s", took)
