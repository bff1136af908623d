# SPDX-License-Identifier: GPL-3.0-or-later
"""A child of nfqd that was taken over (tests/shim/evil.c acts inside it, after it has dropped its rights), and other
programs with CAP_NET_ADMIN: supervisor and recorder go on, rules stand, and the log is true or has a gap."""
import errno
import os
import shutil
import signal
import socket
import struct
import time

from check import eventually, expect, expect_that, test
from daemons import CAP_NET_ADMIN, Nfqd, no_rights_but, rights, shim
from probe import connect, connect_all

POLICY = "stranger reject\nallow 10.1.0.25\n"
OUT4 = "203.0.113.7"
LISTED, STRANGER = ("10.1.0.25", OUT4, 25), ("10.1.0.66", OUT4, 25)
NETFILTER = 12  # NETLINK_NETFILTER
NFTABLES = 7  # NFNLGRP_NFTABLES
BAD_CALL = "was killed by signal 31 (Bad system call)"


def evil(lab, workers=1):
    return Nfqd(lab, POLICY, workers=workers, environment={"LD_PRELOAD": shim("evil")})


def expect_policy(lab, when):
    outcomes = connect_all(lab, [LISTED, STRANGER])
    expect("connects of a listed host and of a stranger " + when, ["connected", "refused"], [o.kind for o in outcomes])


def whole_log(nfqd):
    with open(nfqd.top + "/log", errors="replace") as f:
        return f.read()


def said(nfqd, start):
    """What the library has printed since the log had `start` bytes."""
    return [line[6:] for line in whole_log(nfqd)[start:].splitlines() if line.startswith("evil: ")]


def attempt(nfqd, child, number, lines):
    """Sends the signal to a child; returns the lines that the library printed, which are so many."""
    start = len(whole_log(nfqd))
    os.kill(nfqd.child(child)["pid"], number)
    return eventually(3, "%d lines" % lines, lambda: said(nfqd, start), lambda got: len(got) == lines)


def dies_of(nfqd, number):
    """The gate makes a forbidden call: it ends, is replaced, and the journal has the reason."""
    pid, start, before = nfqd.child("gate")["pid"], len(whole_log(nfqd)), journalled(nfqd)
    os.kill(pid, number)
    eventually(4, "another gate", lambda: nfqd.child("gate")["pid"], lambda new: new not in (0, pid))
    expect("what a forbidden call has returned", [], said(nfqd, start))
    eventually(3, "the journal to say why", lambda: journalled(nfqd), lambda now: now == before + 1)


def journalled(nfqd):
    return sum(BAD_CALL in text for text in nfqd.lines("journal"))


def writable(pid):
    """Sizes of the shared memory that a process may write to, without files."""
    sizes = []
    with open("/proc/%d/maps" % pid) as maps:
        for line in maps:
            part = line.split(maxsplit=5)
            if part[1] == "rw-s" and ("/dev/zero" in part[5] or "memfd:" in part[5]):
                start, end = (int(at, 16) for at in part[0].split("-"))
                sizes.append(end - start)
    return sorted(sizes)


@test
def evil_gate_reaches_nobody_else(lab):
    with evil(lab, workers=2) as nfqd:
        supervisor, recorder = nfqd.process.pid, nfqd.child("recorder")["pid"]
        expect("rights of the recorder", no_rights_but(0), rights(recorder))
        expect("rights of a gate", no_rights_but(CAP_NET_ADMIN), rights(nfqd.child("gate")["pid"]))
        expect("no_new_privs and filter of the supervisor", (1, 2), tuple(rights(supervisor)[key] for key in ("NoNewPrivs", "Seccomp")))
        state, debts, events = writable(nfqd.child("gate")["pid"])
        expect("state and debts of a gate, in bytes", (4096, 2 << 20), (state, debts))
        expect_that(events > 65536 * 64, "room for events", events)
        expect("what the recorder may write to: its state, and what it has taken from each spool", [4096] * 5,
               writable(recorder))
        dies_of(nfqd, signal.SIGUSR2)
        time.sleep(1)  # one that dies young is not replaced at once
        dies_of(nfqd, signal.SIGPWR)
        expect("the supervisor", (None, supervisor), (nfqd.process.poll(), nfqd.process.pid))
        expect("the recorder", recorder, nfqd.child("recorder")["pid"])
        expect_policy(lab, "after the attempts")


@test
def evil_gate_deletes_rules_for_a_moment(lab):
    """CAP_NET_ADMIN and a netlink socket are what verdicts need; a gate that was taken over can change rules with
    them. They are put back, and the log has the time."""
    with evil(lab) as nfqd:
        expect_policy(lab, "at first")
        expect("attempt", ["asked"], attempt(nfqd, "gate", signal.SIGUSR1, 1))
        eventually(2, "the stranger to be refused again", lambda: connect(lab, *STRANGER).kind,
                   lambda kind: kind == "refused")
        texts = eventually(3, "the journal to name the process", lambda: nfqd.lines("journal"),
                           lambda all_lines: any("nfqd (process " in text for text in all_lines))
        expect_that(any("rules" in text for text in texts), "the rules in the journal", texts)
        eventually(3, "a gap", lambda: nfqd.report()["complete"], lambda complete: complete is False)
        expect_policy(lab, "with the rules back")


@test
def evil_gate_fills_its_memory(lab):
    """Its own counters, its spool and all its sockets are full of rubbish: nothing but its own log is lost."""
    with evil(lab) as nfqd:
        supervisor, recorder = nfqd.process.pid, nfqd.child("recorder")["pid"]
        connect_all(lab, [STRANGER] * 5)
        nfqd.wait_for_log({"10.1.0.66": (5, 5, 0)})
        expect("attempt", ["filled"], attempt(nfqd, "gate", signal.SIGWINCH, 1))
        eventually(3, "a gap of unknown size", lambda: nfqd.report()["gaps"],
                   lambda gaps: any(gap["missing"] is None for gap in gaps))
        os.kill(nfqd.child("gate")["pid"], signal.SIGKILL)
        time.sleep(1.5)
        expect_policy(lab, "after that")
        eventually(3, "new attempts in the log", lambda: nfqd.gate("10.1.0.66")[0], lambda seen: seen >= 6)
        expect("children", (None, recorder), (nfqd.process.poll(), nfqd.child("recorder")["pid"]))
        expect("exit status of reload", 0, nfqd.reload(POLICY + "allow 10.1.0.66\n").returncode)
        expect("the host that is listed now", "connected", connect(lab, *STRANGER).kind)
        expect("the supervisor", supervisor, nfqd.process.pid)


def netlink_ports(lab):
    with lab.gateway, open("/proc/self/net/netlink") as f:
        lines = [line.split() for line in f.read().splitlines()[1:]]
    return [int(line[2]) for line in lines if line[1] == str(NETFILTER) and line[2] != "0"]


@test
def evil_neighbours_are_not_heard(lab):
    """Another program with CAP_NET_ADMIN sends what looks like the kernel's messages, with impossible lengths."""
    lie = struct.pack("=IHHII", 0xfffffff0, 10 << 8, 0, 0, 0) + bytes([1, 0, 0, 0])
    with Nfqd(lab, POLICY) as nfqd:
        ports = netlink_ports(lab)
        with lab.gateway, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as sender:
            expect_that(len(ports) >= 4, "sockets of nfqd", ports)
            for port in ports:
                try:
                    sender.sendto(lie, (port, 0))
                    got = 0
                except OSError as error:
                    got = error.errno
                expect("a message to port %d" % port, errno.ECONNREFUSED, got)
            for _ in range(100):
                try:
                    sender.sendto(lie, (0, 1 << (NFTABLES - 1)))
                except OSError as error:  # the kernel itself refuses the message, after the group has got it
                    expect("a message to the group", errno.EINVAL, error.errno)
        before = nfqd.status()["children"]
        expect_policy(lab, "after the messages")
        expect("children", [child["pid"] for child in before], [c["pid"] for c in nfqd.status()["children"]])
        for command in ("iptables -t mangle -F NFQD", "nft flush chain inet nfqd forward"):  # of either back end
            lab.gateway.run(*command.split(), check=False)
        eventually(2, "the kernel's messages to be heard", lambda: connect(lab, *STRANGER).kind,
                   lambda kind: kind == "refused")


@test
def evil_names_of_programs_are_inert(lab):
    """A program whose name would turn the text of a terminal changes our rules: log and journal name it harmlessly."""
    program = os.path.join(lab.directory.encode(), b"e\xe2\x80\xaev\xc2\x9b\x1b\x7f\xff")
    shutil.copy(shutil.which("nft"), program)
    with Nfqd(lab, POLICY) as nfqd:
        lab.gateway.sh(program, "flush", "chain", "inet", "nfqd_shield", "prerouting")
        texts = eventually(3, "the journal to name the program", lambda: nfqd.lines("journal"),
                           lambda all_lines: any("e\\xe2" in text or "u{202e}" in text for text in all_lines))
        with open(nfqd.top + "/log", "rb") as log:
            lines = log.read()
        live = [byte for byte in "".join(texts).encode() + lines if not (32 <= byte < 127 or byte == 10)]
        expect("bytes that are not printable", [], live)
