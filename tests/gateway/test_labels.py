# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge's labels of hosts behind a real gateway, from the gate's rows and from pcapmon's."""
import json
import os
import random
import re
import signal
import socket
import sqlite3
import time

from scapy.all import IP, TCP, Ether, IPv6, wrpcap

from check import eventually, expect, expect_that, test
from daemons import NFQD, PCAPMON, Clock, Nfqd, Pcapmon
from lab import WAN4
from mail import send
from probe import connect_all

LAPTOP, PRINTER, MAIL, SMART_HOST = "10.1.0.66", "10.1.0.9", "10.1.0.25", "203.0.113.5"
POLICY = "stranger %s\nallow 10.1.0.25\n"
# Fewer would not do: the eighth network crosses.
BOT = [(LAPTOP, "%d.%d.7.25" % (20 + n, 3 * n), 25) for n in range(12)]
PRINTS = [(PRINTER, SMART_HOST, 25)] * 24
MAILS = [(MAIL, "203.0.113.%d" % n, 25) for n in range(30, 40)]
LABELS = {LAPTOP: "zombie", PRINTER: "misconfigured", MAIL: "listed"}


def labels(nfqd, database):
    out = nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db" + database, "--since", "all", "--until",
                        "2099-01-01", "--json")
    return {host["host"]: host["label"] for host in json.loads(out)["hosts"] if host["host"] in LABELS}


def stored(nfqd):
    """Labels as the recorder has written them."""
    with sqlite3.connect("file:%s/db/gate.db?mode=ro" % nfqd.top, uri=True) as db:
        return dict(db.execute("SELECT host, name FROM judged_host JOIN judged USING (who) JOIN label_name ON id = label"))


def check_status(nfqd):
    return nfqd.space.run(NFQD, "report", "--db", nfqd.top + "/db", "--since", "all", "--until", "2099-01-01",
                          "--check", check=False).returncode


def labelled(lab, stranger, patience):
    clock = Clock(lab)
    with Nfqd(lab, POLICY % stranger, environment=clock.environment) as nfqd, Pcapmon(nfqd) as pcapmon:
        expect("the status of a check of nothing", 0, check_status(nfqd))
        connect_all(lab, BOT[:7] + PRINTS + MAILS, patience)
        nfqd.wait_for_log({LAPTOP: (7, 7, 0), PRINTER: (24, 24, 0), MAIL: (10, 0, 10)}, seconds=4)
        expect("the label of seven networks", "unknown", labels(nfqd, "")[LAPTOP])
        expect("the status of a check without a zombie", 0, check_status(nfqd))
        time.sleep(11)  # more contacts later: all within ten seconds would be a check of many servers
        connect_all(lab, BOT[7:], patience)
        # In the report within a second or two, before the minute is over.
        eventually(3, "the report to say %s" % LABELS, lambda: labels(nfqd, ""), lambda seen: seen == LABELS)
        expect("the status of a check", 3, check_status(nfqd))
        eventually(3, "pcapmon's rows alone to say so, too", lambda: labels(nfqd, "/wire.db"),
                   lambda seen: seen == LABELS)
        expect("pcapmon's attempts", 12, pcapmon.wire(LAPTOP)["attempts"])
        clock.step(100)  # the minutes are over
        eventually(5, "the recorder to have judged all three", lambda: len(stored(nfqd)), lambda count: count == 3)
        status = nfqd.status()["log"]
        expect("how far judging is behind", 0, status["judging_behind"])
        expect_that(status["judged_until"] <= status["committed"] and status["judged_until"][17:] == "00Z",
                    "all to be judged before a whole minute", status)
        expect_that("judged    all before " + status["judged_until"][:11] in nfqd.run("status", check=False).stdout,
                    "that to be said in words", nfqd.run("status", check=False).stdout)
        before = stored(nfqd)
        expect("the labels in the database", sorted(LABELS.values()), sorted(before.values()))
        victim = nfqd.child("recorder")["pid"]
        os.kill(victim, signal.SIGKILL)
        eventually(10, "another recorder", lambda: nfqd.child("recorder")["pid"], lambda pid: pid not in (None, victim))
        connect_all(lab, PRINTS[:1], patience)
        nfqd.wait_for_log({PRINTER: (25, 25, 0)}, seconds=10)
        expect("the labels after a recorder died", (before, LABELS), (stored(nfqd), labels(nfqd, "")))
        host = json.loads(nfqd.space.sh(NFQD, "host", LAPTOP, "--db", nfqd.top + "/db/gate.db", "--since", "all", "--until",
                                        "2099-01-01", "--json"))
        expect_that(len(host["steps"]) >= 7, "a step for each network after the first, until it crosses", host["steps"])
        expect_that(abs(sum(step["step"] for step in host["steps"]) - host["score"]) < 0.01,
                    "the steps to sum up to the score %s" % host["score"], host["steps"])
        expect("the last change of label", "zombie", host["label_history"][-1]["to"])
        expect_that("disconnect it" in host["advice"], "advice", host["advice"])


@test
def a_zombie_and_a_printer_are_told_apart_when_dropped(lab):
    labelled(lab, "drop", 1.5)


@test
def a_zombie_and_a_printer_are_told_apart_when_rejected(lab):
    labelled(lab, "reject", 3)


@test
def a_host_that_takes_mail_from_outside_is_a_mail_server(lab):
    """An in-house Postfix that nobody put on the list, and a laptop, go to the same servers."""
    flows = [(src, dst, port) for src in (LAPTOP, MAIL) for _, dst, port in BOT]
    with Nfqd(lab, "stranger drop\n") as nfqd, Pcapmon(nfqd):
        connect_all(lab, flows[:7] + flows[12:19], 1.5)
        time.sleep(11)  # it goes on: all within ten seconds would be a check of many servers
        connect_all(lab, flows[7:12] + flows[19:], 1.5)
        both = {LAPTOP: "zombie", MAIL: "zombie"}
        for database in ("", "/wire.db"):
            eventually(3, "both to be zombies by %s" % (database or "both"), lambda: labels(nfqd, database),
                       lambda seen: seen == both)
        for source in ("203.0.113.7", "198.51.100.7", "192.0.2.7"):  # three networks
            expect("the label before mail from %s" % source, "zombie", labels(nfqd, "")[MAIL])
            status, transcript = send(lab.outside, WAN4, "friend@v4.example", "user@inhouse.example", "hello", source=source)
            expect_that(status == 0, "the in-house server to take a mail from outside", transcript)
            time.sleep(1.5)  # pcapmon writes once a second
        for database in ("", "/wire.db"):
            eventually(3, "mail from three outside to tell by %s" % (database or "both"), lambda: labels(nfqd, database),
                       lambda seen: seen == {**both, MAIL: "mail-server"})
        expect("the labels by the gate's rows alone", both, labels(nfqd, "/gate.db"))
        why = next(host["why"] for host in nfqd.report()["hosts"] if host["host"] == MAIL)
        served = [reason for reason in why if "in 3 connections to its port 25" in reason]
        expect_that(len(served) == 1 and "from about 3 networks" in served[0], "the reason", why)


LAPTOP6, VISITOR, SCANNER, MONITOR = "2001:db8:1::66", "10.1.0.50", "10.1.0.51", "10.1.0.25"
ROUTER, ROUTER2 = "10.1.0.52", "10.1.0.53"

SYSTEM = {"window": 64240, "options": [("MSS", 1460), ("SAckOK", b""), ("WScale", 7)]}
TOOL = {"window": 1024}  # as masscan's
LINUX = {"window": 64240, "options": [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (7, 0)), ("NOP", None), ("WScale", 7)]}
WINDOWS = {"window": 64240, "options": [("MSS", 1460), ("NOP", None), ("WScale", 8), ("NOP", None), ("NOP", None),
                                        ("SAckOK", b"")]}


def linux(seconds, ran):
    """The SYN options of a Linux whose clock has run for `ran` seconds when the capture begins."""
    return LINUX | {"options": [(name, (int((seconds + ran) * 1000) % 2**32, 0)) if name == "Timestamp" else (name, value)
                                for name, value in LINUX["options"]]}


class Traffic:
    """SYNs of inside hosts, each sent again as Linux and Windows do, to be written as a capture."""

    def __init__(self, lab, begin):
        self.mac = lab.gateway.sh("ip", "-o", "link", "show", "lan0").split("link/ether ")[1].split()[0]
        self.lab, self.begin = lab, begin
        self.random = random.Random(7)
        self.frames = []

    def attempt(self, seconds, role, src, dst, again=(1, 3), port=25, syn=SYSTEM, ttl=64):
        layer = IPv6(src=src, dst=dst, hlim=ttl) if ":" in src else IP(src=src, dst=dst, ttl=ttl)
        frame = (Ether(src=self.lab.mac(role), dst=self.mac) / layer /
                 TCP(sport=self.random.randrange(1024, 65536), dport=port, seq=self.random.getrandbits(32), flags="S",
                     **syn))
        for later in (0, *again):
            copy = Ether(bytes(frame))
            copy.time = self.begin + seconds + later
            self.frames.append((role, copy))

    def write(self, path):
        self.frames.sort(key=lambda f: float(f[1].time))
        wrpcap(path, [frame for _, frame in self.frames])


def lives(lab, begin):
    """A bot with IPv4 and IPv6, a printer, a visitor's mail program, a monitor, two machines behind a router of their
    own, two more of one system and with clocks of their own, and a scanner that is recognized by its SYNs alone. The
    bot draws a clock for each server."""
    traffic = Traffic(lab, begin)
    for n in range(6):
        traffic.attempt(40 + 50 * n, "laptop", LAPTOP, "%d.%d.7.25" % (20 + n, 3 * n), syn=linux(0, 7919 * n * n))
    for n in range(6):
        traffic.attempt(350 + 50 * n, "laptop", LAPTOP6, "2001:db8:f:%x::25" % n if n < 1 else "2a00:%x::25" % n)
    for job in range(4):
        for tries in range(3):
            traffic.attempt(25 + 1800 * job + 180 * tries, "printer", PRINTER, SMART_HOST, (1, 3))
    for n, seconds in enumerate((8, 97, 190, 215, 440, 1330, 1390, 2750, 3010)):
        traffic.attempt(seconds, "office", VISITOR, "198.51.100.%d" % (7 + n % 2), (1,), 587 if n % 3 == 2 else 25)
    for turn in range(9):
        for n in range(3):
            traffic.attempt(12 + 300 * turn + 7 * n, "mail", MONITOR, "192.0.%d.9" % (2 + n), (1,))
    for n in range(8):
        traffic.attempt(240 + 130 * n, "office", ROUTER, SMART_HOST, (1,), syn=WINDOWS if n % 2 else LINUX,
                        ttl=127 if n % 2 else 63)
    for n in range(12):
        seconds = 250 + 140 * n + 37 * n * n % 70
        traffic.attempt(seconds, "office", ROUTER2, "%d.9.9.25" % (60 + n), (1,),
                        syn=linux(seconds, 83 * 3600 if n % 2 else 5 * 3600), ttl=63)
    for n in range(5):
        traffic.attempt(70 + 31 * n, "office", SCANNER, "%d.7.7.7" % (40 + n), syn=TOOL)
    return traffic


def decided(nfqd):
    """The number of openings that the gate has taken and given a verdict, and so a time."""
    with open("/proc/%d/net/netfilter/nfnetlink_queue" % nfqd.process.pid) as f:
        queues = [[int(field) for field in line.split()] for line in f]
    return sum(fields[7] - fields[2] for fields in queues)  # the latest number, and how many wait


def play(traffic, nfqd, clock):
    """Sends each frame from its host, with nfqd's clock at the time of the capture, which stands until the gate has seen
    it."""
    sockets, sent = {}, 0
    for role in {role for role, _ in traffic.frames}:
        with traffic.lab.spaces[role]:
            sockets[role] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sockets[role].bind(("eth0", 0))
    for role, frame in traffic.frames:
        clock.step(float(frame.time) - time.time())
        sent += frame[TCP].dport == 25
        sockets[role].send(bytes(frame))
        eventually(2, "the gate to see opening %d" % sent, lambda: decided(nfqd), lambda seen: seen >= sent)
    for s in sockets.values():
        s.close()


def attempts(path):
    """Rows of a database, on the port that is enforced."""
    with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
        return sorted(db.execute("SELECT minute, host, destination, attempts, retransmits FROM attempt WHERE port = 25"))


def judged(hosts):
    return {host["host"]: (host["label"], host["certainty"]) for host in hosts}


def several(hosts):
    """The number of machines, and the reason, of addresses with several. At the gate, the gateway has decremented the
    TTL."""
    return {host["host"]: (host["machines"], [re.sub("TTL [0-9]+", "TTL", why) for why in host["why"] if " alternate " in why])
            for host in hosts if host["machines"] is not None}


@test
def a_capture_and_the_gate_it_is_played_through_say_the_same(lab):
    clock = Clock(lab)
    traffic = lives(lab, (int(time.time()) // 3600 + 1) * 3600)  # alternation is detected within a clock hour
    with Nfqd(lab, "stranger drop\nwatch 587\n", environment=clock.environment) as nfqd:
        capture, rows = nfqd.top + "/played.pcap", nfqd.top + "/read"
        traffic.write(capture)
        os.chmod(capture, 0o644)
        play(traffic, nfqd, clock)
        end = float(traffic.frames[-1][1].time) + 1
        report = ("--db", nfqd.top + "/db", "--since", "all", "--until", str(int(end)), "--json")
        read = json.loads(nfqd.space.sh(PCAPMON, "-r", capture, "-c", nfqd.file, "--db", rows, "--json"))
        eventually(5, "the gate's rows to be those of the capture", lambda: attempts(nfqd.top + "/db/gate.db"),
                   lambda seen: seen == attempts(rows + "/wire.db"))
        expect("labels of the capture, by host", {
            LAPTOP: ("zombie", "provisional"), LAPTOP6: ("zombie", "provisional"),  # one try each, fewer than 32 networks
            PRINTER: ("misconfigured", "provisional"), VISITOR: ("roaming", "provisional"),
            MONITOR: ("monitor", "confirmed"), SCANNER: ("scanner", "confirmed"),
            ROUTER: ("misconfigured", "provisional"), ROUTER2: ("zombie", "provisional")}, judged(read["labels"]))
        expect("who is several machines, by the capture", {ROUTER: 2, ROUTER2: 2},
               {host: count for host, (count, _) in several(read["labels"]).items()})
        for host, told in (ROUTER, "4 minutes TTL like Windows, 4 minutes TTL like Linux"), (
                ROUTER2, "6 minutes a clock at 5 h, 6 minutes a clock at 3 d 11 h"):
            why = several(read["labels"])[host][1]
            expect_that(told in why[0], "both of %s" % host, why)
        expect("labels of the gate that it was played through", judged(read["labels"]),
               judged(json.loads(nfqd.space.sh(NFQD, "report", *report))["hosts"]))
        expect("who is several machines, by the gate", several(read["labels"]),
               several(json.loads(nfqd.space.sh(NFQD, "report", *report))["hosts"]))
