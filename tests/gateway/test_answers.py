# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to nobody: an accomplice outside opens connections in the name of a host inside, which only receives. On a
gateway that routes without NAT nothing of the host's is ever seen, only what a server answers."""
import contextlib
import ipaddress
import itertools
import os
import re
import socket
import struct
import time

from check import PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import Nfqd, Pcapmon
from probe import checksum, connect_all, family
from test_shield import mac

POLICY = "stranger drop\nallow 10.1.0.25\nallow 2001:db8:1::25\nallow 10.1.0.50 max 100/minute\n"
SERVER = {4: "203.0.113.25", 6: "2001:db8:f::25"}
SYN, RST, ACK = 0x02, 0x04, 0x10
sports = itertools.count(45000)  # the server remembers each


@contextlib.contextmanager
def routed(lab, tracked):
    """A gateway without NAT, with a way back to the LAN; without `tracked` it tracks no connections."""
    notrack = ["-t raw -%%s %s -j CT --notrack" % chain for chain in ("PREROUTING", "OUTPUT")]
    nat = lab.gateway.sh("iptables-save", "-t", "nat")

    def change(how):
        for tool in ("iptables", "ip6tables"):
            for rule in notrack:
                lab.gateway.sh(tool, *(rule % how).split())
    lab.gateway.sh("iptables", "-t", "nat", "-F")
    lab.outside.ip("route add 10.1.0.0/16 via 198.18.0.1")
    if not tracked:
        change("A")
        for kind in ("ipv4", "ipv6"):
            lab.gateway.sh("conntrack", "-D", "-f", kind, check=False)
    for where in ("all", "lo"):
        lab.outside.sysctl("ipv4/conf/%s/rp_filter" % where, 0)
        lab.outside.sysctl("ipv4/conf/%s/accept_local" % where, 1)
    lab.rules, rules = None, lab.rules
    try:
        yield
    finally:
        lab.rules = rules
        if not tracked:
            change("D")
        lab.outside.ip("route del 10.1.0.0/16 via 198.18.0.1")
        lab.gateway.sh("iptables-restore", text=nat)
        if not tracked:
            lab.track()


def segment(src, dst, sport, dport, flags, seq, ack, data=b""):
    """A TCP segment in its IP packet."""
    ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    header = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 64240, 0, 0)
    pseudo = ends + struct.pack("!II", len(header) + len(data), socket.IPPROTO_TCP)
    header = header[:16] + struct.pack("!H", checksum(pseudo + header + data)) + header[18:]
    if len(ends) == 8:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(header + data), 7, 0, 64, 6, 0) + ends
        return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + header + data
    return struct.pack("!IHBB", 6 << 28, len(header + data), 6, 64) + ends + header + data


class Accomplice:
    """Sends as the host inside, from outside, to a server there: into its own lo, so that it meets nothing of ours."""

    def __init__(self, lab, host, server, sport):
        self.lab, self.host, self.server, self.sport = lab, host, server, sport
        with lab.outside:
            self.out = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            self.out.bind(("lo", 0))
        with lab.host(host):  # all that arrives there
            self.arrives = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800 if self.v4() else 0x86DD))
            self.arrives.bind(("eth0", 0))
        with lab.outside:  # all that leaves the server, for the accomplice's share of the sequence numbers
            self.answers = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
            self.answers.bind(("wan0", 0))

    def v4(self):
        return "." in self.host

    def close(self):
        for s in (self.out, self.arrives, self.answers):
            s.close()

    def send(self, flags, seq, ack, data=b""):
        packet = segment(self.host, self.server, self.sport, 25, flags, seq, ack, data)
        self.out.sendto(packet, ("lo", 0x0800 if self.v4() else 0x86DD, 0, 0, b"\0" * 6))

    def parse(self, packet):
        """(flags, seq, data) of what the server sends to the host; None for all else."""
        at = 20 if self.v4() else 40
        src, dst = (packet[12:16], packet[16:20]) if self.v4() else (packet[8:24], packet[24:40])
        if (packet[0] >> 4 != (4 if self.v4() else 6) or packet[9 if self.v4() else 6] != 6 or
                src != ipaddress.ip_address(self.server).packed or dst != ipaddress.ip_address(self.host).packed):
            return None
        sport, dport, seq = struct.unpack("!HHI", packet[at:at + 8])
        end = struct.unpack("!H", packet[2:4])[0] if self.v4() else 40 + struct.unpack("!H", packet[4:6])[0]
        if (sport, dport) != (25, self.sport):
            return None
        return packet[at + 13], seq, packet[at + 4 * (packet[at + 12] >> 4):end]

    def seen(self, s, seconds):
        """What the server has sent, as seen there, in so many seconds."""
        got, end = [], time.monotonic() + seconds * PATIENCE_FACTOR
        while (left := end - time.monotonic()) > 0:
            s.settimeout(left)
            try:
                got.append(self.parse(s.recv(65535)))
            except socket.timeout:
                break
        return [one for one in got if one]

    def open_from_outside(self):
        """Makes the kernel know a connection in which the server's segments belong to the opener: a SYN in the server's
        name, which the host inside answers, with the number that talk() uses. The server gets nothing of it."""
        tool = "iptables" if self.v4() else "ip6tables"
        rule = "INPUT -i wan0 -p tcp --sport %d --dport 25 -j DROP" % self.sport
        self.lab.outside.sh(tool, "-I", *rule.split())
        try:
            self.inject(self.lab.outside, "wan0", segment(self.server, self.host, 25, self.sport, SYN, 5000, 0))
            self.seen(self.arrives, .2)
            self.inject(self.lab.host(self.host), "eth0",
                        segment(self.host, self.server, self.sport, 25, SYN | ACK, 100, 5001))
            self.seen(self.answers, .2)
        finally:
            self.lab.outside.sh(tool, "-D", *rule.split())

    def inject(self, space, interface, packet):
        """Sends a packet to the gateway."""
        gateway = mac(self.lab.gateway, {"eth0": "lan0"}.get(interface, interface))
        with space, socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as s:
            s.sendto(packet, (interface, 0x0800 if self.v4() else 0x86DD, 0, 0, bytes.fromhex(gateway.replace(":", ""))))

    def talk(self):
        """Opens, and sends a mail's first lines as far as the answers allow. Returns what arrived at the host."""
        self.send(SYN, 100, 0)
        answers = self.seen(self.answers, .5)
        expect_that(answers and answers[0][0] & (SYN | ACK) == SYN | ACK, "the server to answer the accomplice", answers)
        seq = answers[0][1] + 1
        self.send(ACK, 101, seq)
        self.seen(self.answers, .2)  # the greeting
        self.send(ACK, 101, seq, b"EHLO bot.example\r\n")
        got = self.seen(self.arrives, .7)
        for number in (101, 119):  # the server's end, wherever it stands
            self.send(RST, number, 0)
        return got


def talk(lab, host, server, before=lambda accomplice: None):
    """What arrives at the host. `before`: what the accomplice does first."""
    sport = next(sports)
    accomplice = Accomplice(lab, host, server, sport)
    # Its own system would reset what it never opened. The bot of this attack does not.
    rule = "INPUT -p tcp --sport 25 --dport %d -j DROP" % sport
    tool = "iptables" if "." in host else "ip6tables"
    lab.host(host).sh(tool, "-I", *rule.split())
    try:
        before(accomplice)
        return accomplice.talk()
    finally:
        lab.host(host).sh(tool, "-D", *rule.split())
        accomplice.close()


def expect_dropped(lab, nfqd, what):
    for host, version in (("10.1.0.66", 4), ("2001:db8:1::66", 6)):
        got = [one for one in talk(lab, host, SERVER[version]) if not one[0] & RST]  # a reset tells nothing
        expect("what arrived at %s from port 25, %s" % (host, what), [], got)

        def logged():
            entry = nfqd.host(host)
            return entry and (entry["gate"]["attempts"], [s for s in entry["why"] if s.startswith("answers from port 25")])
        eventually(5, "answers in the report of %s, and no attempts" % host, logged, lambda seen: seen and seen[0] == 0 and seen[1])
        expect("the rows' reasons and counts of %s" % host, [(10, 0, 0)], [tuple(map(int, row.split("|"))) for row in nfqd.lines(
            "attempt", "host = x'%s'" % ipaddress.ip_address(host).packed.hex(),
            "DISTINCT reason || '|' || attempts || '|' || retransmits")])
    for host, version in (("10.1.0.25", 4), ("2001:db8:1::25", 6), ("10.1.0.50", 4)):
        got = talk(lab, host, SERVER[version])
        expect_that(any(flags & SYN for flags, _, _ in got), "answers to %s, which may open, to arrive (%s)" % (host, what), got)
        expect("the listed host's connect, " + what, "connected", connect_all(lab, [(host, SERVER[version], 25)])[0].kind)


@test
def answers_to_nobody_are_dropped_and_logged(lab):
    for tracked in (False, True):
        with routed(lab, tracked), Nfqd(lab, POLICY) as nfqd:
            expect_dropped(lab, nfqd, "connections being tracked" if tracked else "no connections being tracked")
            # Inbound mail: the enforced port is the inside server's own.
            with lab.outside:
                client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            with client:
                client.settimeout(10 * PATIENCE_FACTOR)  # Postfix may have to start a process
                client.connect(("10.1.0.25", 25))
                expect_that(client.recv(100).startswith(b"220"), "the greeting of the server inside", "another")
            problems = nfqd.status()["problems"]
            expect("problems", [], problems)
            expect("gaps", [], nfqd.report()["gaps"])


@test
def answers_in_a_connection_from_outside_are_dropped(lab):
    """The kernel knows the connection, and the server's segments are not the replies in it."""
    with routed(lab, True), Nfqd(lab, POLICY) as nfqd:
        for host, version in (("10.1.0.66", 4), ("2001:db8:1::66", 6)):
            got = [one for one in talk(lab, host, SERVER[version], Accomplice.open_from_outside) if not one[0] & RST]
            expect("what arrived at %s from port 25" % host, [], got)
            eventually(5, "answers in the report of %s" % host, lambda: nfqd.host(host), lambda entry: entry and any(
                why.startswith("answers from port 25") for why in entry["why"]))
        got = talk(lab, "10.1.0.25", SERVER[4], Accomplice.open_from_outside)
        expect_that(any(flags & SYN for flags, _, _ in got), "answers to a listed host to arrive", got)


@test
def answers_to_nobody_are_dropped_with_nft(lab):
    """As far as a kernel can tell that may lack nft's queue statement."""
    with routed(lab, False):
        nfqd = Nfqd(lab, POLICY)
        text = nfqd.run("rules", "--backend", "nft").stdout.split("# ")[0]  # not those for tracked connections
        lab.gateway.sh("nft", "-f", "-", text=re.sub(r"queue num \d+( bypass)?", "drop", text))
        try:
            for host, version in (("10.1.0.66", 4), ("2001:db8:1::66", 6)):
                got = [one for one in talk(lab, host, SERVER[version]) if not one[0] & RST]
                expect("what arrived at %s from port 25" % host, [], got)
            for host, version in (("10.1.0.25", 4), ("2001:db8:1::25", 6)):
                got = talk(lab, host, SERVER[version])
                expect_that(any(data.startswith(b"220") for _, _, data in got), "the greeting to arrive at " + host, got)
        finally:
            nfqd.run("rules", "--remove")


@test
@brief
def answers_in_numbers_cost_little_and_count_nothing(lab):
    """A flood of answers from outside, which name a host that has done nothing."""
    with routed(lab, False), Nfqd(lab, POLICY) as nfqd:
        with lab.outside, socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as out:
            for number in range(20000):
                out.sendto(segment("198.51.100.%d" % (number % 250), "10.1.0.66", 25, 1024 + number % 60000, SYN | ACK, number, 1),
                           ("10.1.0.66", 0))
        eventually(5, "the host in the report", lambda: nfqd.host("10.1.0.66"), bool)
        entry = nfqd.host("10.1.0.66")
        expect("attempts, destinations and label", (0, 0, "unknown"),
               (entry["gate"]["attempts"], entry["destinations"], entry["label"]))
        expect("a listed host's connect", "connected", connect_all(lab, [("10.1.0.25", SERVER[4], 25)])[0].kind)
        eventually(3, "events of the flood in the spool, bounded", lambda: nfqd.status()["log"]["events"],
                   lambda events: 1 < events < 2000)
        expect("gaps", [], nfqd.report()["gaps"])


@test
def answers_that_reach_a_host_are_a_leak(lab):
    """Without rules they arrive. pcapmon sees nothing but answers, and names the host."""
    with routed(lab, False):
        nfqd = Nfqd(lab, POLICY)
        os.mkdir(nfqd.top + "/db")
        with Pcapmon(nfqd) as pcapmon:
            for host, version in (("10.1.0.66", 4), ("2001:db8:1::66", 6), ("10.1.0.25", 4)):
                got = talk(lab, host, SERVER[version])
                expect_that(any(data.startswith(b"220") for _, _, data in got), "the greeting to arrive at " + host, got)

            def leaks():
                return {entry["host"]: (entry["wire"]["leaked"], entry["wire"]["attempts"], (entry["leak_cause"] or "")[:22])
                        for entry in nfqd.report()["hosts"]}
            eventually(12, "a leak of each host but the listed one", leaks, lambda seen: seen == {
                host: (1, 0, "answers came for it, b") for host in ("10.1.0.66", "2001:db8:1::66")})
            expect("exit status of pcapmon", 0, pcapmon.stop())
