# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue or the NFLOG group of ours is in the hands of another program, which accepts everything: the kernel refuses
strangers by itself, and nothing goes to that program."""
import os
import pwd
import signal
import subprocess
import sys

from check import brief, eventually, expect, expect_that, test
from daemons import Nfqd, ruleset
from probe import connect_all
from test_local import connect_as

POLICY = ("stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\nallow 10.1.0.50 max 100/minute\n"
          "allow 10.1.0.9 to 203.0.113.25 until 2099-01-01\nallow 10.1.0.9 to 203.0.113.26 from 2001-01-01 until 2099-01-01\n")
OUT4, OUT6 = "203.0.113.25", "2001:db8:f::25"
STRANGERS = [("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25), ("10.1.0.9", "198.51.100.7", 25)]
LISTED = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25), ("10.1.0.50", OUT4, 25)]

# Binds queues, or a group, and accepts whatever comes. Says so for each, and for each packet.
# (linux/netfilter/nfnetlink_queue.h, nfnetlink_log.h)
OTHER = """
import socket, struct, sys
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.bind((0, 0))
def configure(subsystem, number, body):
    s.send(struct.pack("=IHHII", 20 + len(body), subsystem, 5, 1, 0) + struct.pack("!BBH", 0, 0, number) + body)
    print("bound" if struct.unpack("=i", s.recv(4096)[16:20])[0] == 0 else "refused", flush=True)
if sys.argv[1] == "group":
    configure(0x401, int(sys.argv[2]), struct.pack("=HHBxxx", 5, 1, 1))
for number in sys.argv[2:] if sys.argv[1] == "queue" else []:
    configure(0x302, int(number), struct.pack("=HHBxH", 8, 1, 1, 0))
    configure(0x302, int(number), struct.pack("=HH", 9, 2) + struct.pack("!IB", 256, 2) + bytes(3))
while True:
    data = s.recv(65535)
    if struct.unpack("=H", data[4:6])[0] == 0x300:
        number, at = data[18:20], data.find(struct.pack("=HH", 11, 1))
        body = struct.pack("=HH", 12, 2) + struct.pack("!I", 1) + data[at + 4:at + 8]
        s.send(struct.pack("=IHHII", 20 + len(body), 0x301, 1, 1, 0) + struct.pack("!BB", 0, 0) + number + body)
        print("packet", flush=True)
"""


class Other:
    """As `with Other(lab, "queue", 26) as other:`; other.end() returns how many packets it was given."""

    def __init__(self, lab, what, *numbers):
        self.lab = lab
        self.process = lab.start(lab.gateway, [sys.executable, "-c", OTHER, what, *map(str, numbers)],
                                 stdout=subprocess.PIPE, text=True)
        for _ in numbers if what == "group" else 2 * numbers:
            expect("the other program's " + what, "bound", self.process.stdout.readline().strip())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.end()

    def end(self):
        self.process.kill()
        packets = self.process.stdout.read().count("packet")
        self.lab.stop(self.process)
        return packets


def kinds(lab, flows):
    return [outcome.kind for outcome in connect_all(lab, flows)]


def expect_closed(lab, when):
    expect("strangers' connects " + when, ["timeout"] * len(STRANGERS), kinds(lab, STRANGERS))
    expect("listed hosts' connects " + when, ["connected"] * len(LISTED), kinds(lab, LISTED))


@test
def held_queues_are_closed_before_nfqd_gives_up(lab):
    before = ruleset(lab.gateway)
    nfqd = Nfqd(lab, POLICY)
    try:
        for what, numbers in (("queue", (26,)), ("queue", (25, 26)), ("group", (25,))):
            with Other(lab, what, *numbers) as other:
                named = "%s %d belongs to another program (python3, pid %d)" % (
                    "NFLOG group" if what == "group" else "queue", numbers[0], other.process.pid)
                for command in (["run"], ["rules", "--apply"]):
                    done = nfqd.run(*command, check=False)
                    expect("exit status of nfqd %s" % command[0], 1, done.returncode)
                    expect_that(named in done.stderr and "the kernel refuses all but listed hosts" in done.stderr,
                                "nfqd %s to name the program and what it has done (%s)" % (command[0], named), done.stderr)
                    expect_closed(lab, "with %s %s held, after nfqd %s" % (what, numbers, command[0]))
                    if command[0] == "run":
                        nfqd.run("rules", "--remove")
                expect("packets given to the other program", 0, other.end())
        nfqd.start()
        expect("strangers' connects when the program has gone", ["refused"] * 2, kinds(lab, STRANGERS[:2]))
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})
        for between, what in (("--apply", "made anew meanwhile"), ("--remove", "not in place")):
            nfqd.stop()
            with Other(lab, "queue", 26):
                nfqd.run("rules", between, check=False)
            nfqd.start()
            cause = "nfqd was not running, and its rules were " + what
            eventually(5, "a gap because its rules were " + what, nfqd.report,
                       lambda report: cause in [gap["cause"] for gap in report["gaps"]])
        nfqd.stop()
    finally:
        nfqd.run("rules", "--remove")
    expect("changes to the rules afterwards", set(), set(before) ^ set(ruleset(lab.gateway)))


@test
def held_queues_are_closed_for_the_gateway_itself(lab):
    policy = POLICY + "local\nallow local user 4711\nallow local user 4713 max 60/minute\n"
    nfqd = Nfqd(lab, policy + "allow local user 4714 until 2099-01-01\n")
    try:
        with Other(lab, "queue", 25, 26) as other:
            done = nfqd.run("run", check=False)
            expect("exit status of nfqd run", 1, done.returncode)
            for dst in (OUT4, OUT6):
                expect("connects of users to %s: listed, with max, with an end, a stranger" % dst,
                       ["connected", "connected", "timeout", "timeout"],
                       [connect_as(lab, user, dst, patience=0.5) for user in (4711, 4713, 4714, 4712)])
            expect("packets given to the other program", 0, other.end())
    finally:
        nfqd.run("rules", "--remove")


@test
@brief
def held_queues_are_closed_with_nft(lab):
    """Rules without queues load where the kernel has no queue statement, too. Those of the other back end go."""
    nfqd = Nfqd(lab, POLICY + "local\nallow local user 4711\n")
    try:
        with Other(lab, "queue", 25, 26) as other:
            nfqd.run("rules", "--apply", "--backend", "iptables", check=False)
            before = lab.gateway.sh("nft", "list", "table", "inet", "nfqd")
            expect_that("goto end_refused" in before, "a chain behind filter", before)
            done = nfqd.run("rules", "--apply", "--backend", "nft", check=False)
            expect_that(done.returncode == 1 and "queue 25 belongs to another program" in done.stderr,
                        "nfqd rules to name the program", done)
            expect_closed(lab, "with the queues held, by nft")
            expect("connects of the gateway's users 4711 and 4712", ["connected", "timeout"],
                   [connect_as(lab, user, OUT4, patience=0.5) for user in (4711, 4712)])
            left = lab.gateway.sh("nft", "list", "chain", "inet", "nfqd", "end_reset")
            expect_that("goto" not in left, "no rule in the chain behind filter", left)
            expect_that("NFQD" not in lab.gateway.sh("iptables-save"), "no rules of iptables", lab.gateway.sh("iptables-save"))
            expect("queues in the rules", 0, lab.gateway.sh("nft", "list", "table", "inet", "nfqd").count("queue"))
            expect("packets given to the other program", 0, other.end())
    finally:
        nfqd.run("rules", "--remove")


def rewrite(nfqd, old, new):
    with open(nfqd.file) as f:
        text = f.read()
    expect_that(old in text, "the line " + old, text)
    with open(nfqd.file, "w") as f:
        f.write(text.replace(old, new))


@test
def held_by_another_nfqd_changes_nothing(lab):
    """Another policy, queue, control socket and directory; then, elsewhere, only the directory."""
    with Nfqd(lab, POLICY) as first:
        before = ruleset(lab.gateway)
        other = Nfqd(lab, "stranger audit\n")
        rewrite(other, "queue     25", "queue     40")
        done = other.run("run", check=False)
        expect_that(done.returncode == 1 and "another nfqd runs in this network namespace (nfqd, pid %d)" % first.process.pid
                    in done.stderr, "the second nfqd to name the first's pid", done)
        expect("what the second has made", ["nfqd.conf"], os.listdir(other.top))
        expect("changes to the rules of the first", set(), set(before) ^ set(ruleset(lab.gateway)))
        owner = os.stat(first.top + "/db").st_uid
        rewrite(other, other.top + "/db", first.top + "/db")
        rewrite(other, "user      nobody", "user      daemon")
        other.within = ["unshare", "--net"]
        done = other.run("run", check=False)
        expect_that(done.returncode == 1 and "another program writes to this database (nfqd, pid %d)" % first.process.pid
                    in done.stderr, "the second nfqd elsewhere to name the first's pid", done)
        expect("owner of the directory", owner, os.stat(first.top + "/db").st_uid)
        expect("strangers' connects", ["refused"] * 2, kinds(lab, STRANGERS[:2]))
        first.stop(signal.SIGKILL)
        for _ in range(2):  # its children may outlive it for a moment
            first.start()
            first.stop(signal.SIGKILL)
        first.start()
        expect("strangers' connects in the end", ["refused"] * 2, kinds(lab, STRANGERS[:2]))


@test
def held_by_a_strangers_name_or_lock_hinders_nobody(lab):
    """Any user can take an abstract name, and the recorder's user can lock what lies in its directory."""
    script = ("import fcntl, os, socket, sys\nos.setuid(%d)\ns = socket.socket(socket.AF_UNIX)\n"
              "s.bind('\\0nfqd')\nif sys.argv[1] == 'listen':\n s.listen(1)\n"
              "f = open(sys.argv[2], 'r+')\nfcntl.lockf(f, fcntl.LOCK_EX)\n"
              "print('taken', flush=True)\nsys.stdin.read()\n") % pwd.getpwnam("nobody").pw_uid
    with Nfqd(lab, POLICY) as nfqd:
        pass  # it has made its directory
    for how in ("listen", "silently"):
        taker = lab.start(lab.gateway, [sys.executable, "-c", script, how, nfqd.top + "/db/gate.lock"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        expect("the stranger", "taken", taker.stdout.readline().strip())
        with nfqd:
            log = nfqd.log()
            expect_that("the name @nfqd is taken by" in log and "is held by a program that is not root's (python3, pid %d)"
                        % taker.pid in log, "two lines about the stranger", log)
            expect("strangers' connects", ["refused"] * 2, kinds(lab, STRANGERS[:2]))
        lab.stop(taker)
    os.unlink(nfqd.top + "/db/gate.lock")
    os.symlink("/etc/passwd", nfqd.top + "/db/gate.lock")
    with nfqd:
        expect_that("gate.lock is not a regular file with one name" in nfqd.log(), "a line about the link", nfqd.log())
        expect("strangers' connects", ["refused"] * 2, kinds(lab, STRANGERS[:2]))


@test
def held_while_a_gate_is_dead(lab):
    """The queue is taken between the gate's death and its restart."""
    with Nfqd(lab, POLICY) as nfqd:
        supervisor, gate = nfqd.process.pid, nfqd.child("gate")["pid"]
        os.kill(supervisor, signal.SIGSTOP)
        os.kill(gate, signal.SIGKILL)

        def bound():
            with lab.gateway, open("/proc/thread-self/net/netfilter/nfnetlink_queue") as f:
                return [line.split()[0] for line in f]
        eventually(5, "the gate's queues to be free", bound, lambda numbers: not numbers)
        with Other(lab, "queue", 25, 26) as other:
            expect("strangers' connects before nfqd knows", [], [k for k in kinds(lab, STRANGERS[:2]) if k == "connected"])
            os.kill(supervisor, signal.SIGCONT)
            eventually(5, "a problem that names the program", lambda: nfqd.status()["problems"], lambda problems: any(
                "queue 25 belongs to another program (python3, pid %d)" % other.process.pid in text for text in problems))
            # Those are a job of their own; until they stand, what the other program lets go is reset.
            eventually(3, "rules without a queue", lambda: [rule for rule in ruleset(lab.gateway) if "queue" in rule.lower()],
                       lambda rules: not rules)
            expect_closed(lab, "with the queues held")
            expect("status", "degraded", nfqd.status()["state"])
            expect("packets given to the other program", 2, other.end())
        eventually(5, "state ok when the program has gone", lambda: nfqd.status()["state"], lambda state: state == "ok")
        eventually(3, "rules with the queues again", lambda: [r for r in ruleset(lab.gateway) if "queue" in r.lower()], bool)
        expect("strangers' connects then", ["refused"] * 2, kinds(lab, STRANGERS[:2]))
        eventually(5, "the refused ones in a gap", lambda: nfqd.report()["gaps"],
                   lambda gaps: sum(gap["missing"] for gap in gaps) >= len(STRANGERS))
