# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools of the kernel's rules that hang or fail, 100,000 lines, and names that are taken: strangers are refused again
within a second of a flush, listed hosts connect, and the supervisor answers."""
import os
import signal
import socket
import subprocess
import time

from check import PATIENCE_FACTOR, Skip, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from probe import connect
from test_watch import Alone
from test_waits import AT_ONCE, POLICY, expect_stopped, ours, status_at_once

OUT = "203.0.113.7"
STRANGER, LISTED = ("10.1.0.66", OUT), ("10.1.0.25", OUT)
LINES = 100000


def expect_refused_at_once(lab, flushed, when):
    """A stranger's connects, from the flush on: none succeeds once a second has gone by."""
    took = time.monotonic() - flushed
    while took < AT_ONCE * PATIENCE_FACTOR and connect(lab, *STRANGER).kind == "connected":
        time.sleep(0.05)
        took = time.monotonic() - flushed  # a refusal may be a drop, which takes a while to see
    kinds = [connect(lab, *STRANGER).kind for _ in range(3)]
    expect_that("connected" not in kinds, "no stranger to connect a second after the flush, " + when, kinds)
    if os.environ.get("V") == "1":
        print("  %s: refused after %.2f s" % (when, took))


def flush(lab):
    """As a firewall that is loaded anew; ipsets and the shield stay."""
    for tool in ("iptables", "ip6tables"):
        for table in ("mangle", "filter"):
            lab.gateway.sh(tool, "-t", table, "-F")
    lab.gateway.run("nft", "delete", "table", "inet", "nfqd", check=False)  # it may not be back yet
    return time.monotonic()


class Broken:
    """nfqd's own mount namespace, in which the tools of iptables are a script. Others run the real ones."""

    def __init__(self, nfqd, script):
        self.nfqd = nfqd
        self.file = nfqd.top + "/tool"
        self.real = os.path.realpath("/usr/sbin/iptables-restore")
        with open(self.file, "w") as f:
            f.write("#!/bin/sh\n" + script)
        os.chmod(self.file, 0o755)

    def inside(self, *argv):
        self.nfqd.space.run("nsenter", "-t", str(self.nfqd.process.pid), "-m", *argv, check=False)

    def __enter__(self):
        self.inside("mount", "--bind", self.file, self.real)

    def __exit__(self, *unused):
        self.inside("umount", self.real)


def status_by_socket(nfqd):
    """As status_at_once, without the time that the command takes to read a long configuration."""
    begin = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(30)
        client.connect(nfqd.top + "/control.sock")
        client.sendall(b"status\n")
        text = b"".join(iter(lambda: client.recv(65536), b""))
    took = time.monotonic() - begin
    expect_that(took < AT_ONCE * PATIENCE_FACTOR and b"problems" in text, "the status within a second", "%.1f s" % took)


def whole_log(nfqd):
    with open(nfqd.top + "/log", errors="replace") as f:
        return f.read().split("\n")


def broken_tools(lab, script, said):
    """`said`: a word of the line in the log."""
    with Alone(lab), Nfqd(lab, POLICY, within=("unshare", "-m", "--propagation", "private")) as nfqd:
        if nfqd.status()["rules"]["backend"] != "iptables":
            raise Skip("the nft back end runs nft alone")
        before = ours(lab)
        with Broken(nfqd, script):
            expect_refused_at_once(lab, flush(lab), said)
            expect("a listed host's connect", "connected", connect(lab, *LISTED).kind)
            status_at_once(nfqd)
            eventually(12, "a line in the log with \"%s\"" % said, lambda: whole_log(nfqd),
                       lambda lines: any(said in line for line in lines))
            expect_that(said[len("nfqd: "):] in status_at_once(nfqd), "the status to say so", nfqd.status()["problems"])
            time.sleep(3)  # tried again and again
            expect("lines with \"%s\"" % said, 1, len([line for line in whole_log(nfqd) if line.endswith(said)]))
        eventually(20, "our rules to be back", lambda: sorted(set(before) ^ set(ours(lab))), lambda seen: not seen)
        eventually(3, "a line in the log when it works again", lambda: whole_log(nfqd),
                   lambda lines: "nfqd: no longer: " + said[len("nfqd: "):] in lines)
        eventually(3, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
        with Broken(nfqd, script):
            flush(lab)
            time.sleep(1.5)
            expect_stopped(nfqd, AT_ONCE)


@test
def tools_that_hang_delay_no_refusal(lab):
    broken_tools(lab, "exec sleep 300\n", "nfqd: iptables-save does not end: killed after 5 s")


@test
def tools_that_fail_delay_no_refusal(lab):
    broken_tools(lab, "exit 3\n", "nfqd: cannot read the rules with iptables-save")


@test
def tools_that_are_slow_at_the_end_delay_no_answer(lab):
    """Rules are removed by many of them; what fails is said."""
    with Nfqd(lab, POLICY, ["--remove-rules-on-exit"], within=("unshare", "-m", "--propagation", "private")) as nfqd:
        if nfqd.status()["rules"]["backend"] != "iptables":
            raise Skip("the nft back end runs nft alone")
        with Broken(nfqd, "sleep 1\nexit 3\n"):
            nfqd.process.send_signal(signal.SIGTERM)
            for _ in range(3):
                status_at_once(nfqd)
                time.sleep(0.4)
            expect("exit status while the rules are removed", None, nfqd.process.poll())
            expect("exit status", 1, nfqd.process.wait(30))
        expect_that("not all of our rules were removed" in nfqd.log(), "the log to say that rules are left", nfqd.log())


def many_lines(first):
    return POLICY + "".join("allow 10.%d.%d.%d\n" % (first + (i >> 16), i >> 8 & 255, i & 255)
                            for i in range(0, 2 * LINES, 2))


@test
def tools_with_100000_lines_delay_no_refusal(lab):
    with Alone(lab), Nfqd(lab, POLICY) as nfqd:
        nfqd.write(many_lines(64))
        reload = lab.start(nfqd.space, [NFQD, "reload", "-c", nfqd.file], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        eventually(10, "the reload to be under way", lambda: lab.gateway.sh("ipset", "list", "-n"),
                   lambda names: "_new" in names)
        for when in ("while 100,000 lines are loaded", "soon after that"):
            expect_refused_at_once(lab, flush(lab), when)
            expect("a listed host's connect " + when, "connected", connect(lab, *LISTED).kind)
            status_by_socket(nfqd)
        expect_stopped(nfqd, AT_ONCE)
        lab.stop(reload)


@test
def tools_find_a_set_that_is_somebody_elses(lab):
    """It has the name of ours, and another type: it is told by its name and stays, and strangers are refused all the
    same, by nft."""
    with Alone(lab):
        lab.gateway.sh("ipset", "create", "nfqd_open4", "list:set")
        with Nfqd(lab, POLICY) as nfqd:
            if nfqd.status()["rules"]["backend"] != "iptables":
                raise Skip("the nft back end has no ipsets")
            expect_that(connect(lab, *STRANGER).kind != "connected", "a stranger not to connect", "connected")
            expect("a listed host's connect", "connected", connect(lab, *LISTED).kind)
            problems = nfqd.status()["problems"]
            expect_that(any("the ipset nfqd_open4 is not of type" in line for line in problems), "the status to name it",
                        problems)
            expect("lines that name it", 1,
                   len([line for line in whole_log(nfqd) if "nfqd: the ipset nfqd_open4 " in line]))
            expect_that("Type: list:set" in lab.gateway.sh("ipset", "list", "nfqd_open4"), "the set to stay",
                        lab.gateway.sh("ipset", "list", "-n"))
            lab.gateway.sh("ipset", "destroy", "nfqd_open4")
            eventually(15, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
            expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)
