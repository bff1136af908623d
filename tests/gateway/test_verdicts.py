# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of policies and connections: `nfqd explain`, a real connect and the log must all agree with it."""
import ipaddress
import re
import socket
import struct

from check import PATIENCE_FACTOR, brief, expect, expect_that, test
from daemons import Nfqd
from lab import HOSTS, STRAY
from probe import Capture, connect, connect_all

LISTED = 'allow 10.1.0.25 note "mail server"\nallow 2001:db8:1::25\n'
MAIL4, MAIL6 = "10.1.0.25", "2001:db8:1::25"
BOT4, BOT6 = "10.1.0.66", "2001:db8:1::66"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
ANNEX4, ANNEX6 = "10.1.200.50", "2001:db8:1:c8::50"

# name: (policy, [(source, destination, port, verdict), ...])
CASES = {
    "stranger-reject": ("stranger reject\n" + LISTED, [
        (MAIL4, OUT4, 25, "pass"), (MAIL6, OUT6, 25, "pass"),
        (BOT4, OUT4, 25, "reject"), (BOT6, OUT6, 25, "reject"),
        (ANNEX4, OUT4, 25, "reject"), (ANNEX6, OUT6, 25, "reject")]),
    "stranger-drop": ("stranger drop\n" + LISTED, [
        (MAIL4, OUT4, 25, "pass"), (MAIL6, OUT6, 25, "pass"),
        (BOT4, OUT4, 25, "drop"), (BOT6, OUT6, 25, "drop")]),
    "stranger-audit": ("stranger audit\n" + LISTED + "block 10.1.0.67\ndeny-to 192.0.2.0/24\n", [
        (MAIL4, OUT4, 25, "pass"), (BOT4, OUT4, 25, "audit"), (BOT6, OUT6, 25, "audit")]),
    "stranger-by-default": (LISTED, [
        (MAIL4, OUT4, 25, "pass"), (BOT4, OUT4, 25, "reject"), (BOT6, OUT6, 25, "reject")]),
    "stranger-per-range": (
        "stranger reject\nrange dsl 10.1.64.0/18 2001:db8:1:0:4::/80\nrange wifi 10.1.32.0/20\n"
        "stranger drop in dsl\nstranger audit in wifi\n" + LISTED, [
            (BOT4, OUT4, 25, "reject"), (BOT6, OUT6, 25, "reject"),
            ("10.1.64.7", OUT4, 25, "drop"), ("2001:db8:1:0:4::7", OUT6, 25, "drop"),
            ("10.1.33.7", OUT4, 25, "audit"), (MAIL4, OUT4, 25, "pass")]),
    "other-ports": ("stranger reject\n" + LISTED, [
        (BOT4, OUT4, 587, "pass"), (BOT6, OUT6, 587, "pass"),
        (BOT4, OUT4, 465, "pass"), (BOT6, OUT6, 465, "pass"), (BOT4, OUT4, 25, "reject")]),
    "several-enforced-ports": ("port 25 465\nstranger reject\n" + LISTED, [
        (BOT4, OUT4, 587, "pass"), (BOT4, OUT4, 465, "reject"), (BOT6, OUT6, 465, "reject"),
        (MAIL4, OUT4, 465, "pass"), (BOT4, OUT4, 25, "reject")]),
    "inside-to-inside": ("stranger reject\ndeny-to 198.51.100.0/24\n" + LISTED, [
        (BOT4, ANNEX4, 25, "pass"), (BOT6, ANNEX6, 25, "pass"), (BOT4, OUT4, 25, "reject")]),
    "not-of-the-lan": (LISTED, [(STRAY, OUT4, 25, "pass"), (BOT4, OUT4, 25, "reject")]),
    "not-of-the-lan-but-in-through-the-interface": ("interface lan0\n" + LISTED, [
        (STRAY, OUT4, 25, "reject"), (BOT4, OUT4, 25, "reject"), (MAIL4, OUT4, 25, "pass"),
        (ANNEX4, OUT4, 25, "reject"), (BOT4, ANNEX4, 25, "pass")]),
    "not-of-the-lan-but-in-through-a-pattern": ("interface lan*\n" + LISTED, [
        (STRAY, OUT4, 25, "reject"), (MAIL4, OUT4, 25, "pass"), (ANNEX4, OUT4, 25, "reject"), (BOT4, ANNEX4, 25, "pass")]),
    "not-of-the-lan-but-out-through-the-outside": ("outside wan0\n" + LISTED, [
        (STRAY, OUT4, 25, "reject"), (BOT6, OUT6, 25, "reject"), (MAIL4, OUT4, 25, "pass"), (ANNEX4, OUT4, 25, "reject"),
        (BOT4, ANNEX4, 25, "pass"), (STRAY, ANNEX4, 25, "pass")]),
    "until-in-the-past": ("allow 10.1.0.77 until 2020-01-01\nallow 2001:db8:1::77 until 2020-01-01\n"
                          "allow 10.1.0.78 until 2999-01-01\n" + LISTED, [
        ("10.1.0.77", OUT4, 25, "reject"), ("2001:db8:1::77", OUT6, 25, "reject"),
        ("10.1.0.78", OUT4, 25, "pass")]),
    "from-in-the-future": ("allow 10.1.0.77 from 2999-01-01\nallow 2001:db8:1::77 from 2999-01-01\n"
                           "allow 10.1.0.78 from 2020-01-01\nallow 2001:db8:1::78 from 2020-01-01\n", [
        ("10.1.0.77", OUT4, 25, "reject"), ("2001:db8:1::77", OUT6, 25, "reject"),
        ("10.1.0.78", OUT4, 25, "pass"), ("2001:db8:1::78", OUT6, 25, "pass")]),
    "to-some": ("allow 10.1.0.77 to 203.0.113.0/24\nallow 2001:db8:1::77 to 2001:db8:f:1::/64\n", [
        ("10.1.0.77", OUT4, 25, "pass"), ("10.1.0.77", "198.51.100.7", 25, "reject"),
        ("2001:db8:1::77", "2001:db8:f:1::9", 25, "pass"), ("2001:db8:1::77", OUT6, 25, "reject")]),
    "to-for-everyone": ("allow lan to 192.0.2.25\n" + LISTED, [
        (BOT4, "192.0.2.25", 25, "pass"), (BOT4, "192.0.2.26", 25, "reject"), (BOT6, OUT6, 25, "reject"),
        (MAIL4, "192.0.2.26", 25, "pass")]),
    "to-falls-through": ("allow 10.1.0.64/26\nallow 10.1.0.77 to 203.0.113.0/24\nblock 10.1.0.96/28\n"
                         "allow 10.1.0.97 to 203.0.113.7\n", [
        ("10.1.0.77", OUT4, 25, "pass"), ("10.1.0.77", "198.51.100.7", 25, "pass"),
        ("10.1.0.97", OUT4, 25, "pass"), ("10.1.0.97", "198.51.100.7", 25, "reject"),
        ("10.1.0.98", OUT4, 25, "reject")]),
    "deny-to": ("deny-to 198.51.100.0/24\ndeny-to 2001:db8:f:dead::/64\n"
                "allow 10.1.0.77 to 198.51.100.7\n" + LISTED, [
        (MAIL4, OUT4, 25, "pass"), (MAIL4, "198.51.100.7", 25, "reject"),
        (MAIL6, OUT6, 25, "pass"), (MAIL6, "2001:db8:f:dead::7", 25, "reject"),
        ("10.1.0.77", "198.51.100.7", 25, "reject"), (BOT4, "198.51.100.7", 25, "reject")]),
    "nested": ("allow 10.1.0.0/16\nblock 10.1.0.128/25\nallow 10.1.0.130\n"
               "allow 2001:db8:1::/64\nblock 2001:db8:1:0:4::/80\nallow 2001:db8:1:0:4::7\n", [
        (BOT4, OUT4, 25, "pass"), ("10.1.0.129", OUT4, 25, "reject"), ("10.1.0.130", OUT4, 25, "pass"),
        ("10.1.0.255", OUT4, 25, "reject"), ("10.1.1.1", OUT4, 25, "pass"),
        (BOT6, OUT6, 25, "pass"), ("2001:db8:1:0:4::8", OUT6, 25, "reject"),
        ("2001:db8:1:0:4::7", OUT6, 25, "pass"), (ANNEX6, OUT6, 25, "reject")]),
    "nested-with-time": ("allow 10.1.0.64/26\nblock 10.1.0.77 until 2020-01-01\nblock 10.1.0.78 until 2999-01-01\n"
                         "allow 10.1.0.79 until 2020-01-01\nblock 10.1.0.96/28\nallow 10.1.0.97 until 2020-01-01\n", [
        ("10.1.0.77", OUT4, 25, "pass"), ("10.1.0.78", OUT4, 25, "reject"),
        ("10.1.0.79", OUT4, 25, "pass"), ("10.1.0.97", OUT4, 25, "reject")]),
}

# The client's outcome for each verdict.
SEEN = {"pass": "connected", "audit": "connected", "reject": "refused", "drop": "timeout"}


def is_judged(policy, src, dst, port):
    """True if the gate judges the connection, so that it is in the log."""
    return ((port == 25 or port == 465 and "port 25 465" in policy) and dst not in (ANNEX4, ANNEX6) and
            (src != STRAY or "interface" in policy or "outside" in policy))


def judge(lab, policy, flows):
    """Fails unless explain, connect and log agree with the table."""
    with Nfqd(lab, policy) as nfqd:
        for src, dst, port, verdict in flows:
            got, text = nfqd.explain(src, dst, port)
            expect_that(got == verdict, "explain %s %s --port %d to say %s" % (src, dst, port, verdict), text)
        outcomes = connect_all(lab, [flow[:3] for flow in flows])
        for (src, dst, port, verdict), outcome in zip(flows, outcomes):
            expect_that(outcome.kind == SEEN[verdict],
                        "%s to %s port %d to be %s" % (src, dst, port, SEEN[verdict]), outcome)
            expect_that(verdict != "reject" or outcome.ms < 1000 * PATIENCE_FACTOR,
                        "%s to %s to be refused at once" % (src, dst), outcome)
        counts = {src: [0, 0, 0] for src, _, _, _ in flows}
        for src, dst, port, verdict in flows:
            if is_judged(policy, src, dst, port):
                counts[src][0] += 1
                counts[src][1 if verdict in ("drop", "reject") else 2] += 1
        nfqd.wait_for_log({src: tuple(count) for src, count in counts.items()})


def make(name, policy, flows):
    def run(lab):
        with lab.stray():
            judge(lab, policy, flows)
    run.__name__ = "verdict-" + name
    test(brief(run))


for case, (case_policy, case_flows) in CASES.items():
    make(case, case_policy, case_flows)


@test
def reject_sends_a_reset(lab):
    """The wire between the client and the gateway, seen by tcpdump on the laptop."""
    with Nfqd(lab, LISTED) as nfqd:
        with Capture(lab, lab.laptop, "tcp port 25") as capture:
            for src, dst in ((BOT4, OUT4), (BOT6, OUT6)):
                expect("%s's connect" % src, "refused", connect(lab, src, dst).kind)
        for dst in (OUT4, OUT6):
            resets = [line for line in capture.lines if "%s.25 >" % dst in line and "Flags [R" in line]
            expect("resets from %s" % dst, 1, len(resets))
        nfqd.wait_for_log({BOT4: (1, 1, 0), BOT6: (1, 1, 0)})


@test
def audit_is_recorded_and_reaches_the_outside(lab):
    before = len(lab.sink.connections)
    with Nfqd(lab, "stranger audit\n") as nfqd:
        expect("the connect", "connected", connect(lab, BOT6, OUT6).kind)
        nfqd.wait_for_log({BOT6: (1, 0, 1)})
        expect("what the sink saw", [(BOT6, OUT6, 25)], lab.sink.connections[before:])


@test
@brief
def explain_at_another_time(lab):
    nfqd = Nfqd(lab, "allow 10.1.0.77 from 2030-01-01 until 2030-02-01\n")
    for at, verdict in (("2029-12-31T23:59:59Z", "reject"), ("2030-01-01T00:00:00Z", "pass"),
                        ("2030-01-31T23:59:59Z", "pass"), ("2030-03-01T00:00:00Z", "reject")):
        got, text = nfqd.explain("10.1.0.77", OUT4, at=at)
        expect_that(got == verdict, "explain --at %s to say %s" % (at, verdict), text)


@test
@brief
def explain_names_the_line(lab):
    nfqd = Nfqd(lab, "# a comment\nallow 10.1.0.64/26\nblock 10.1.0.77\ndeny-to 198.51.100.0/24\n")
    lines = open(nfqd.file).read().split("\n")
    for src, dst, text in (("10.1.0.77", OUT4, "block 10.1.0.77"), ("10.1.0.78", OUT4, "allow 10.1.0.64/26"),
                           ("10.1.0.78", "198.51.100.1", "deny-to 198.51.100.0/24")):
        place = "%s:%d" % (nfqd.file, lines.index(text) + 1)
        got = nfqd.explain(src, dst)[1]
        expect_that(place in got, "explain %s %s to name %s" % (src, dst, place), got)


def options(size, following):
    """A header of destination options that are padding, and of so many bytes."""
    header, left = bytes([following, size // 8 - 1]), size - 2
    while left > 0:
        data = min(left - 2, 255)
        header += bytes([1, data]) + bytes(data) if left > 1 else b"\0"
        left = size - len(header)
    return header


def send_behind_options(lab, host, count, sizes):
    """SYNs of a host inside to as many addresses outside, behind headers of destination options. Those that the gateway
    forwards have a hop limit of 76."""
    gateway = re.search(r"ether (\S+)", lab.gateway.sh("ip", "link", "show", "lan0")).group(1)
    ethernet = bytes.fromhex((gateway + lab.mac(host)).replace(":", "")) + b"\x86\xdd"
    headers = b"".join(options(size, 60 if n + 1 < len(sizes) else 6) for n, size in enumerate(sizes))
    with lab.spaces[host], socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("eth0", 0))
        for number in range(count):
            ends = b"".join(ipaddress.ip_address(end).packed for end in
                            ("2001:db8:1::%d" % HOSTS[host], "2001:db8:f::%x" % (0x100 + number)))
            tcp = struct.pack("!HHIIBBHHH", 3000 + number, 25, number, 0, 5 << 4, 2, 64240, 0, 0)
            s.send(ethernet + struct.pack("!IHBB", 6 << 28, len(headers) + 20, 60, 77) + ends + headers + tcp)


@test
def openings_behind_extension_headers_are_judged_like_others(lab):
    """Longer headers than the gate once copied, and more of them than a decoder with a limit would follow."""
    for sizes in ([304], [1200], [8] * 40):
        with Nfqd(lab, "stranger drop\nallow 2001:db8:1::25 max 1/minute\nallow 2001:db8:1::9\n") as nfqd:
            with Capture(lab, lab.outside, "ip6[7] == 76", "wan0") as capture:
                for host, count in (("laptop", 20), ("office", 20), ("mail", 10), ("printer", 10)):
                    send_behind_options(lab, host, count, sizes)
                nfqd.wait_for_log({"2001:db8:1::66": (20, 20, 0), "2001:db8:1::50": (20, 20, 0),
                                   "2001:db8:1::25": (10, 9, 1), "2001:db8:1::9": (10, 0, 10)}, seconds=4)
            sources = re.findall(r"IP6 (2001:db8:1::\d+)\S* >", "\n".join(capture.lines))
            expect("SYNs outside", {"2001:db8:1::25": 1, "2001:db8:1::9": 10},
                   {source: sources.count(source) for source in set(sources)})
            report = nfqd.report()
            for address, mac in (("2001:db8:1::66", "02:00:00:00:00:66"), ("2001:db8:1::50", "02:00:00:00:00:50")):
                expect("the device of " + address, mac, nfqd.host(address, report)["device"]["mac"])
            expect("complete", True, report["complete"])
            expect("reasons: listed, stranger and rate (lib/policy/event.h), none unreadable", [0, 1, 9],
                   sorted(nfqd.lines("attempt", column="DISTINCT reason")))
