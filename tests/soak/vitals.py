# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory, descriptors and children of nfqd and pcapmon, and how fast the supervisor answers, every few seconds."""
import json
import os
import subprocess
import time

from daemons import NFQD
from meanwhile import Meanwhile

EVERY = 5  # seconds
SLACK_KB, SLACK_SHARE, SLACK_FDS = 2048, 1.15, 4  # by which the end may exceed the middle


def memory(pid):
    """KiB that the process has for itself."""
    with open("/proc/%d/smaps_rollup" % pid) as f:
        fields = dict(line.split(":") for line in f.read().splitlines()[1:])
    return int(fields["Pss_Anon"].split()[0])


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def parent_and_state(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return int(fields[1]), fields[0]


class Vitals(Meanwhile):
    """As `with Vitals(...) as vitals:` it looks until the end of the block. `watched()` gives {role: pid} of the
    processes that nobody else reports."""

    def __init__(self, nfqd, watched):
        super().__init__(self.run)
        self.nfqd, self.watched = nfqd, watched
        self.seen = {}  # role: [(when, pid, KiB, descriptors)]
        self.answers = []  # (when, seconds until the supervisor answered; None: it did not)
        self.starting = []  # the same before it has said that it is ready: its first tools may be slow
        self.zombies, self.dead_before = [], set()
        self.began = time.monotonic()

    def run(self):
        while not self.ending.wait(EVERY):
            self.ask()
            self.find_zombies()

    def ask(self):
        begun, answers = time.monotonic(), self.answers if self.nfqd.ready else self.starting
        try:
            with self.nfqd.space:
                done = subprocess.run([NFQD, "status", "-c", self.nfqd.file, "--json"], capture_output=True, text=True,
                                      timeout=60)
            children = json.loads(done.stdout)["children"]
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            children = None
        if self.nfqd.process.poll() is not None:
            return  # between a kill and the next start
        answers.append((begun - self.began, time.monotonic() - begun if children is not None else None))
        roles = {child["name"]: child["pid"] for child in children or [] if child["pid"]}
        for role, pid in {"supervisor": self.nfqd.process.pid, **roles, **self.watched()}.items():
            try:
                entry = (time.monotonic() - self.began, pid, memory(pid), descriptors(pid))
            except (OSError, KeyError):
                continue  # it has ended meanwhile
            self.seen.setdefault(role, []).append(entry)

    def find_zombies(self):
        """Children of ours that are dead at two looks: nobody waits for them."""
        ours = {self.nfqd.process.pid, *self.watched().values()}
        dead = set()
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and parent_and_state(int(name))[0] in ours and parent_and_state(int(name))[1] == "Z":
                    dead.add(int(name))
            except OSError:
                pass
        self.zombies += sorted(dead & self.dead_before)
        self.dead_before = dead

    @staticmethod
    def settled(entries):
        """Without the first 20 s of each process."""
        first = {}
        return [entry for entry in entries if entry[0] - first.setdefault(entry[1], entry[0]) >= 20]

    def levels(self):
        """{role: ((KiB, descriptors) of the second quarter, of the last)}, the highest of each."""
        levels, length = {}, time.monotonic() - self.began
        for role, entries in self.seen.items():
            quarters = [[entry[2:] for entry in self.settled(entries) if length * n / 4 <= entry[0] <= length * (n + 1) / 4]
                        for n in range(4)]
            if quarters[1] and quarters[3]:
                levels[role] = tuple(tuple(max(column) for column in zip(*quarters[n])) for n in (1, 3))
        return levels

    def rising(self):
        """Roles whose memory or descriptors are not level."""
        return {role: (before, after) for role, (before, after) in self.levels().items()
                if after[0] > before[0] * SLACK_SHARE + SLACK_KB or after[1] > before[1] + SLACK_FDS}
