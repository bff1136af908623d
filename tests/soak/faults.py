# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to nfqd during a soak. Each fault is drawn from the soak's random numbers, begins, lasts, and ends; its
text says everything that it needs to be done again."""
import os
import signal
import sqlite3
import struct
import subprocess

from check import Failed
from lab import LabError
from test_shield import FLOOD, mac
from traffic import FLOODED

TOOLS = ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore", "ipset", "nft"]
TOOL = """#!/bin/sh
# Stands before the real one on nfqd's path: does what the soak has written down.
read -r how number <{control}
case $how in
slow) sleep "$number" ;;
fail) echo "the soak lets this tool fail" >&2; exit 1 ;;
esac
exec "/usr/sbin/$(basename "$0")" "$@"
"""
WITHIN = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
          'mount --bind "$1" /usr/local/sbin && shift && exec "$@"', "sh"]

START = 300  # seconds until nfqd must be ready: it runs some 25 tools, each of which may take 4 s
LISTED_LINES = "allow 10.1.0.25\nallow 2001:db8:1::25\n"


class Stage:
    """What the faults act upon: a daemon with its shims and tools, and the witness. now() is nfqd's wall clock."""

    def __init__(self, lab, make_nfqd, make_pcapmon, shims):
        self.lab, self.shims = lab, shims
        top = lab.directory
        self.tools, self.control = top + "/tools", top + "/tool-control"
        os.mkdir(self.tools)
        for name in TOOLS:
            with open("%s/%s" % (self.tools, name), "w", opener=lambda p, flags: os.open(p, flags, 0o755)) as f:
                f.write(TOOL.format(control=self.control))
        self.let_tools("work", 0)
        self.offset = 0
        self.write_number("clock", 0)
        self.write_number("disk", 0)
        self.nfqd = make_nfqd(self)
        self.make_pcapmon = make_pcapmon
        self.pcapmon = None

    def environment(self):
        return {"LD_PRELOAD": ":".join(self.shims), "STEP_CLOCK": self.lab.directory + "/clock",
                "SLOW_DISK": self.lab.directory + "/disk"}

    def within(self):
        return [*WITHIN, self.tools]

    def write_number(self, name, number):
        path = "%s/%s" % (self.lab.directory, name)
        with open(path, "r+b" if os.path.exists(path) else "wb", buffering=0) as f:
            f.write(struct.pack("q", int(number)))

    def let_tools(self, how, number):
        with open(self.control + ".new", "w") as f:
            f.write("%s %s\n" % (how, number))
        os.rename(self.control + ".new", self.control)

    def step_clock(self, seconds):
        self.offset += seconds
        self.write_number("clock", self.offset * 1000000)

    def child(self, name):
        """The pid of a child, or None if nobody says."""
        try:
            return self.nfqd.child(name)["pid"]
        except (ValueError, KeyError, StopIteration, LabError, subprocess.TimeoutExpired):
            return None


class Fault:
    hold = (1, 8)  # seconds between begin and end

    def __init__(self, random):
        self.seconds = round(random.uniform(*self.hold), 1)
        self.draw(random)

    def draw(self, random):
        pass

    def end(self, stage):
        pass

    def __str__(self):
        words = ["%s=%s" % item for item in sorted(vars(self).items()) if isinstance(item[1], (int, float, str))]
        return "%s %s" % (type(self).__name__, " ".join(words))


class FloodBurst(Fault):
    def draw(self, random):
        self.sources = random.choice((1, 20, 500, 5000))
        self.rate = random.choice((500, 5000, 20000, 50000))

    def begin(self, stage):
        lab = stage.lab
        self.process = lab.start(lab.laptop, [
            FLOOD, "-t", str(self.seconds), "eth0", mac(lab.gateway, "lan0"), "10.1.16.0", str(self.sources), FLOODED,
            "10", "1000000000", str(self.rate)], stdout=subprocess.DEVNULL)

    def end(self, stage):
        stage.lab.stop(self.process, timeout=5)


class Reload(Fault):
    """Lines beside those of the listed hosts and the strangers of the traffic, who stay what they are."""
    hold = (0, 1)

    def draw(self, random):
        self.stranger = random.choice(("reject", "drop"))
        self.lines = random.choice((0, 3, 200, 5000))
        self.pace = random.choice(("200/second burst 1000", "1/second burst 60", "off"))
        self.first = random.randrange(200)

    def begin(self, stage):
        policy = "stranger %s\npace %s\n%s" % (self.stranger, self.pace, LISTED_LINES)
        policy += "".join("allow 10.1.%d.%d to 198.51.100.%d\n" % (64 + n // 250, n % 250, (self.first + n) % 250)
                          for n in range(self.lines))
        try:
            self.result = stage.nfqd.reload(policy).returncode
        except subprocess.TimeoutExpired:
            self.result = "no answer"


class ChildKilled(Fault):
    hold = (0, 2)

    def draw(self, random):
        self.name = random.choice(("gate", "recorder"))
        self.times = random.choice((1, 1, 1, 3))

    def begin(self, stage):
        for _ in range(self.times):
            pid = stage.child(self.name)
            try:
                if pid:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has just ended


class GateStopped(Fault):
    hold = (1, 10)

    def begin(self, stage):
        self.victim = stage.child("gate")
        if self.victim:
            os.kill(self.victim, signal.SIGSTOP)

    def end(self, stage):
        try:
            if self.victim:
                os.kill(self.victim, signal.SIGCONT)
        except ProcessLookupError:
            pass  # it has been replaced


class AllKilled(Fault):
    hold = (.1, 3)

    def begin(self, stage):
        stage.nfqd.stop(signal.SIGKILL)

    def end(self, stage):
        stage.nfqd.start(timeout=START)


class Restart(Fault):
    hold = (.1, 3)

    def begin(self, stage):
        self.status = stage.nfqd.stop()
        if self.status != 0:
            raise Failed("expected exit status 0 of nfqd after SIGTERM, got %s" % self.status)

    def end(self, stage):
        stage.nfqd.start(timeout=START)


class PcapmonKilled(Fault):
    hold = (.1, 3)

    def begin(self, stage):
        stage.pcapmon.stop(signal.SIGKILL)

    def end(self, stage):
        stage.pcapmon = stage.make_pcapmon(stage)


class RulesFlushed(Fault):
    hold = (1, 2)
    WAYS = {"mangle": [("iptables", "-t", "mangle", "-F"), ("ip6tables", "-t", "mangle", "-F")],
            "table": [("nft", "delete", "table", "inet", "nfqd")],
            "shield": [("nft", "delete", "table", "inet", "nfqd_shield")],
            "all": [("iptables", "-t", "mangle", "-F"), ("ip6tables", "-t", "mangle", "-F"), ("iptables", "-F"),
                    ("ip6tables", "-F"), ("nft", "delete", "table", "inet", "nfqd")]}

    def draw(self, random):
        self.way = random.choice(sorted(self.WAYS))

    def begin(self, stage):
        for command in self.WAYS[self.way]:
            stage.lab.gateway.run(*command, check=False)


class DiskFull(Fault):
    hold = (1, 15)

    def begin(self, stage):
        stage.disk.fill()

    def end(self, stage):
        stage.disk.free()


class DatabaseLocked(Fault):
    hold = (1, 20)

    def draw(self, random):
        self.name = random.choice(("gate.db", "gate.db", "wire.db"))

    def begin(self, stage):
        try:
            self.db = sqlite3.connect("%s/db/%s" % (stage.nfqd.top, self.name), timeout=1, isolation_level=None)
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:  # it is written to just now, or the disk is full
            self.failed = str(error)

    def end(self, stage):
        self.db.close()


class ToolsSlow(Fault):
    hold = (3, 20)

    def draw(self, random):
        self.number = round(random.uniform(.1, 4), 1)

    def begin(self, stage):
        stage.let_tools("slow", self.number)

    def end(self, stage):
        stage.let_tools("work", 0)


class ToolsFail(Fault):
    hold = (1, 8)

    def begin(self, stage):
        stage.let_tools("fail", 0)

    def end(self, stage):
        stage.let_tools("work", 0)


class ClockStepped(Fault):
    hold = (0, 1)

    def draw(self, random):
        self.by = random.choice((-3600, -60, -2, 2, 60, 3600))

    def begin(self, stage):
        stage.step_clock(self.by)


class DiskSlow(Fault):
    hold = (3, 20)

    def draw(self, random):
        self.milliseconds = random.choice((50, 500, 3000))

    def begin(self, stage):
        stage.write_number("disk", self.milliseconds)

    def end(self, stage):
        stage.write_number("disk", 0)


ALL = [FloodBurst, FloodBurst, Reload, Reload, ChildKilled, ChildKilled, GateStopped, AllKilled, Restart, PcapmonKilled, RulesFlushed,
       RulesFlushed, DiskFull, DatabaseLocked, ToolsSlow, ToolsFail, ClockStepped, DiskSlow]
# Not at once: what ends nfqd or needs it; what has one file or one switch.
APART = [{AllKilled, Restart, ChildKilled, GateStopped, Reload}, {ToolsSlow, ToolsFail}, {DiskFull, DatabaseLocked, PcapmonKilled},
         {AllKilled, Restart, ToolsFail}, {AllKilled, Restart, DiskFull}]


def fits(kind, active):
    """False if a fault of this kind may not begin while the others last."""
    kinds = {type(fault) for fault in active}
    return kind not in kinds and not any(kind in group and kinds & group for group in APART)
