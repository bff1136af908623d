# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of other programs that mark, accept or reorder packets must neither open the gate nor close it to a listed
host. docs/failures.md has the table of these cases."""
import ipaddress
import os
import re
import shutil
import signal
import socket
import struct
import threading
import time
from collections import Counter

from check import PATIENCE_FACTOR, Skip, brief, eventually, expect, expect_that, test
from daemons import Nfqd
from lab import STRAY, WAN4
from probe import checksum, connect, connect_all
from test_local import connect_as
from test_watch import Alone, LegacyTables

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
LISTED = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25)]
STRANGERS = [("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]


class Others:
    """Another program's tables on the gateway, within a `with` block: nft chains, and rules of iptables, each of which
    is "TABLE CHAIN RULE", put first in its chain in both families."""

    def __init__(self, lab, chains=(), rules=()):
        self.space, self.chains, self.rules = lab.gateway, chains, rules

    def __enter__(self):
        if self.chains:
            text = "".join("chain c%d {\n type filter hook %s;\n %s\n}\n" % (n, hook, statement)
                           for n, (hook, statement) in enumerate(self.chains))
            self.space.sh("nft", "-f", "-", text="table inet others {\n%s}\n" % text)
        self.change("-I")
        return self

    def change(self, how):
        for rule in self.rules:
            table, chain, rest = rule.split(" ", 2)
            for tool in ("iptables", "ip6tables"):
                self.space.sh(tool, "-t", table, how, chain, *rest.split())

    def __exit__(self, *unused):
        if self.chains:
            self.space.sh("nft", "delete", "table", "inet", "others")
        self.change("-D")


def outcomes(lab, flows, patience=1.2):
    return [o.kind for o in connect_all(lab, flows, patience * PATIENCE_FACTOR)]


def expect_closed(lab, what, kinds=("refused", "timeout")):
    """No stranger connects, every listed host does."""
    got = outcomes(lab, STRANGERS)
    expect_that(all(kind in kinds for kind in got), "strangers to get %s with %s" % (" or ".join(kinds), what), got)
    expect("listed hosts' connects with " + what, ["connected"] * len(LISTED), outcomes(lab, LISTED, 4))


# name: (chains, rules, what a stranger gets). A reset where the packet still meets our answer.
MARKS = {
    "a chain that restores marks": ([("forward priority mangle", "meta mark set ct mark")], [], ("refused",)),
    "marks set to 0 behind us": ([("forward priority -148", "meta mark set 0"), ("forward priority -100", "meta mark set 0")],
                                 [], ("refused",)),
    "marks with all bits set": ([("forward priority %d" % p, "meta mark set 0xffffffff")
                                 for p in (-300, -150, -149, -148, -147, -1, 0, 1, 300)], [], ("refused",)),
    "CONNMARK and MARK": ([], ["mangle FORWARD -p tcp -j CONNMARK --restore-mark", "filter FORWARD -p tcp -m mark ! --mark 0x1",
                               "mangle POSTROUTING -p tcp -j MARK --set-mark 0xffffffff"], ("refused",)),
    "chains that accept": ([("forward priority %d" % p, "accept") for p in (-400, -149, -148, 0, 400)] +
                           [("postrouting priority %d" % p, "accept") for p in (-400, -150, 0, 99, 400)], [],
                           ("refused",)),
    "filter that accepts first": ([], ["filter FORWARD -j ACCEPT"], ("refused", "timeout")),
    "filter that accepts what is marked": ([("forward priority -10", "meta mark set 0xffffffff")],
                                           ["filter FORWARD -m mark --mark 0xffffffff -j ACCEPT"],
                                           ("refused", "timeout")),
}


@test
def attacks_no_mark_and_no_rule_of_others_opens_the_gate(lab):
    """Each rule is loaded before nfqd starts, or while it runs."""
    for what, (chains, rules, kinds) in MARKS.items():
        with Others(lab, chains, rules), Nfqd(lab, POLICY) as nfqd:
            before = len(lab.sink.connections)
            expect_closed(lab, what, kinds)
            nfqd.wait_for_log({"10.1.0.66": (1, 1, 0), "2001:db8:1::66": (1, 1, 0), "10.1.0.25": (1, 0, 1)})
            expect("explain with " + what, "reject", nfqd.explain("10.1.0.66", OUT4)[0])
            expect("connections outside with " + what, len(LISTED), len(lab.sink.connections) - before)
    with Nfqd(lab, POLICY):
        for what, (chains, rules, kinds) in MARKS.items():
            with Others(lab, chains, rules):
                expect_closed(lab, what + ", newer than ours", kinds)


@test
@brief
def attacks_our_old_mark_set_by_others_harms_nobody(lab):
    """Every packet of the LAN has the bit that once meant a reset: 60 openings at once, the gate alive and stopped."""
    flows = [("10.1.0.25", OUT4, 25)] * 60
    with Others(lab, [], ["mangle PREROUTING -i lan0 -j MARK --set-xmark 0x20000000/0x20000000"]), \
            Nfqd(lab, POLICY) as nfqd:
        expect("60 connects, the gate alive", {"connected": 60}, dict(Counter(outcomes(lab, flows, 4))))
        gates = [gate["pid"] for gate in nfqd.gates()]
        for pid in gates:
            os.kill(pid, signal.SIGSTOP)
        try:
            expect("60 connects, the gate stopped", {"connected": 60}, dict(Counter(outcomes(lab, flows, 5))))
        finally:
            for pid in gates:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass  # considered dead meanwhile, and restarted


TIMES = """\
stranger reject
allow 10.1.0.25
allow 10.1.0.9 max 2/minute
allow 10.1.0.50 to 203.0.113.0/24
allow 10.1.0.51 to 203.0.113.0/24 until 2999-01-01
allow 10.1.0.52 from 2999-01-01
allow 10.1.0.53 until 2020-01-01
allow 10.1.0.0/28 max 100/minute
block 10.1.0.11
"""


@test
def attacks_the_gate_drops_openings_that_the_sets_would_pass(lab):
    """A source over its `max`, for example: the kernel's sets let it pass, so the gate itself drops the opening. All
    other refusals get their reset, although another program's chain sets all bits of the mark."""
    every = [("forward priority %d" % p, "meta mark set 0xffffffff") for p in (-149, -148, 0)]
    with Others(lab, every, ["filter FORWARD -j ACCEPT"]), Nfqd(lab, TIMES) as nfqd:
        flows = [("10.1.0.9", OUT4, 25)] * 3
        expect("over max", {"connected": 2, "timeout": 1}, dict(Counter(outcomes(lab, flows))))
    with Others(lab, every), Nfqd(lab, TIMES) as nfqd:
        for src, dst, kinds in (("10.1.0.50", OUT4, ["connected"]), ("10.1.0.50", "198.51.100.7", ["refused"]),
                                ("10.1.0.51", OUT4, ["connected"]), ("10.1.0.51", "198.51.100.7", ["timeout"]),
                                ("10.1.0.52", OUT4, ["refused"]), ("10.1.0.53", OUT4, ["refused"]),
                                ("10.1.0.11", OUT4, ["refused"]),
                                ("10.1.0.10", OUT4, ["connected"])):
            expect("%s to %s" % (src, dst), kinds, outcomes(lab, [(src, dst, 25)]))
            verdict = {"connected": "pass", "refused": "reject", "timeout": "drop"}[kinds[0]]
            expect("explain %s %s" % (src, dst), verdict, nfqd.explain(src, dst)[0])


@test
@brief
def attacks_hold_without_a_daemon(lab):
    """The gate is dead: listed hosts pass and strangers do not, whatever is marked and accepted."""
    every = [("forward priority %d" % p, "meta mark set 0xffffffff accept") for p in (-300, -149, -148, 0)]
    with Others(lab, every, ["filter FORWARD -j ACCEPT"]), Nfqd(lab, POLICY) as nfqd:
        nfqd.stop()
        expect_closed(lab, "a dead gate", ("timeout",))


@test
def attacks_nothing_in_iptables_opens_the_last_place_behind_it(lab):
    """No daemon mends anything here: rules of others accept before all of ours, then all of iptables is flushed."""
    first = ["mangle FORWARD -j ACCEPT", "filter FORWARD -j ACCEPT", "mangle POSTROUTING -j ACCEPT",
             "mangle OUTPUT -j ACCEPT", "filter OUTPUT -j ACCEPT"]
    with Alone(lab), Nfqd(lab, POLICY + RESTRICTED + "interface lan0\nlocal\nallow local user bin\n") as nfqd:
        # With iptables the queue is passed by, and nft resets behind filter; with nft nobody takes from the queue.
        refused = "timeout" if nfqd.status()["rules"]["backend"] == "nft" else "refused"
        nfqd.stop()
        with Others(lab, rules=first):
            expect_end_holds(lab, "rules of others before ours", refused)
        for tool in ("iptables", "ip6tables"):
            for table in ("mangle", "filter"):
                lab.gateway.sh(tool, "-t", table, "-F")
        expect_end_holds(lab, "iptables flushed", refused)


RESTRICTED = "allow 10.1.0.50 to 203.0.113.0/24 max 60/minute\nallow 10.1.0.9 to 203.0.113.0/24 until 2099-01-01\n"


def expect_end_holds(lab, what, refused):
    expect_closed(lab, what, ("timeout",))
    expect("connects of hosts that may reach another network with " + what, ["timeout", "timeout"],
           outcomes(lab, [("10.1.0.50", "198.51.100.7", 25), ("10.1.0.9", "198.51.100.7", 25)]))
    with lab.stray():
        expect("a connect from outside lan with " + what, ["timeout"], outcomes(lab, [(STRAY, OUT4, 25)]))
    expect("the connects of the gateway's users 1 and 2 with " + what, [refused, "connected"],
           [connect_as(lab, user, OUT4) for user in (1, 2)])


@test
def attacks_a_reload_under_traffic_refuses_no_listed_host(lab):
    """And no stranger passes while the sets are made anew, 20 times."""
    with Nfqd(lab, POLICY) as nfqd:
        for number in range(20):
            extra = "".join("allow 10.1.%d.%d\n" % (number % 3, n) for n in range(100, 140))
            expect("exit status of the reload", 0, nfqd.reload(POLICY + extra).returncode)
            expect_closed(lab, "reload %d" % number, ("refused", "timeout"))
        expect("problems", [], nfqd.status()["problems"])


class Untracked:
    """The gateway as a plain router that tracks no connections, for as long as it lasts."""

    def __init__(self, lab):
        self.lab, self.gateway = lab, lab.gateway

    def __enter__(self):
        self.nat = {tool: self.gateway.sh(tool + "-save", "-t", "nat") for tool in ("iptables", "ip6tables")}
        self.rules, self.lab.rules = self.lab.rules, None
        for tool in self.nat:
            self.gateway.sh(tool, "-t", "nat", "-F")
            self.gateway.run("nft", "delete", "table", "ip" if tool == "iptables" else "ip6", "nat", check=False)
        self.gateway.sh("conntrack", "-F")
        self.lab.outside.ip("route add 10.1.0.0/16 via %s" % WAN4)

    def __exit__(self, *unused):
        self.lab.outside.ip("route del 10.1.0.0/16 via %s" % WAN4)
        for tool, rules in self.nat.items():
            self.gateway.sh(tool + "-restore", text=rules)
        self.lab.rules = self.rules
        self.lab.track()


def opening(src, dst, sport, port=25, data=b"EHLO x\r\n" * 8):
    """A SYN with options and data: long enough for more than one piece at every cut."""
    ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    options = bytes([2, 4, 5, 180, 1, 3, 3, 7, 1, 1, 4, 2])
    header = struct.pack("!HHIIBBHHH", sport, port, 1000, 0, 8 << 4, 2, 64240, 0, 0) + options
    size = struct.pack("!II", len(header) + len(data), socket.IPPROTO_TCP)
    total = checksum(ends + size + header + data)
    return header[:16] + struct.pack("!H", total) + header[18:] + data


def pieces(src, dst, payload, cuts, number, protocol=6):
    """The packet's fragments, cut behind so many bytes of what follows the (IPv6: fragment) header."""
    ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    made = []
    for begin, end in zip([0, *cuts], [*cuts, len(payload)]):
        part, more = payload[begin:end], end < len(payload)
        if len(ends) == 8:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(part), number, begin // 8 | more << 13, 64, protocol, 0)
            head = head[:10] + struct.pack("!H", checksum(head + ends)) + ends
        else:
            part = struct.pack("!BxHI", protocol, begin | more, number) + part
            head = struct.pack("!IHBB", 6 << 28, len(part), 44, 64) + ends
        made.append((b"\x08\x00" if len(ends) == 8 else b"\x86\xdd") + head + part)
    return made


def send_frames(lab, role, frames):
    gateway = re.search(r"ether (\S+)", lab.gateway.sh("ip", "link", "show", "lan0")).group(1)
    head = bytes.fromhex((gateway + lab.mac(role)).replace(":", ""))
    with lab.spaces[role], socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("eth0", 0))
        for frame in frames:
            s.send(head + frame)


SO_RCVBUFFORCE = 33  # asm-generic/socket.h
OPTIONS = bytes([6, 0, 1, 4, 0, 0, 0, 0])  # a header of destination options, TCP behind it
LONG = bytes([60, 3, 0x1e, 28]) + bytes(28)  # a longer one, and another header of the kind behind it


def openings(src4, src6, port=25):
    """[(what, frames, source port)]: openings in pieces, cut at every place and in some orders."""
    made = []

    def add(what, src, dst, before, cuts, order=None, protocol=6):
        number = len(made) + 1
        frames = pieces(src, dst, before + opening(src, dst, 20000 + number, port), cuts, number, protocol)
        made.append((what, [frames[n] for n in order] if order else frames, 20000 + number))

    for cut in range(8, 96, 8):
        for order in ((0, 1), (1, 0)):
            add("IPv4, cut at %d" % cut, src4, OUT4, b"", [cut], order)
            add("IPv6, cut at %d" % cut, src6, OUT6, b"", [cut], order)
            add("IPv6, options, cut at %d" % cut, src6, OUT6, OPTIONS, [cut], order, 60)
            add("IPv6, two options, cut at %d" % cut, src6, OUT6, LONG + OPTIONS, [cut], order, 60)
    for cuts in ((8, 16), (8, 24), (16, 24), (24, 48), (8, 32)):
        for order in ((0, 1, 2), (1, 2, 0), (2, 1, 0)):
            add("IPv4, cut at %d and %d" % cuts, src4, OUT4, b"", cuts, order)
            add("IPv6, cut at %d and %d" % cuts, src6, OUT6, b"", cuts, order)
            add("IPv6, options, cut at %d and %d" % cuts, src6, OUT6, OPTIONS, cuts, order, 60)
    # No opening at first, nor to the port where that can be hidden: a later piece writes over the header.
    for src, dst in ((src4, OUT4), (src6, OUT6)):
        for begin in (0, 8):
            number = len(made) + 1
            right = opening(src, dst, 20000 + number, port)
            wrong = bytes([*right[:3], 255 if begin == 0 else right[3], *right[4:13], 16, *right[14:]])
            again = pieces(src, dst, right, [24] if begin == 0 else [begin], number)
            made.append(("overlapping from %d" % begin, pieces(src, dst, wrong, [24], number)[:1] + again[begin // 8:],
                         20000 + number))
    # Two fragment headers, the outer one of a whole packet.
    number, frames = len(made) + 1, []
    for frame in pieces(src6, OUT6, opening(src6, OUT6, 20000 + number, port), [24], number):
        behind = struct.pack("!BxHI", 44, 0, number + 5000) + frame[42:]
        frames.append(b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(behind), 44, 64) + frame[10:42] + behind)
    made.append(("two fragment headers", frames, 20000 + number))
    return made


class Outside:
    """Frames that come to the outside, as `with Outside(lab) as outside:`; afterwards outside.frames holds them."""

    def __init__(self, lab):
        self.frames = []
        with lab.outside:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("wan0", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        time.sleep(0.5 * PATIENCE_FACTOR)  # time for the last packets to pass the gate
        self.socket.setblocking(False)
        with self.socket:
            try:
                while True:
                    frame, (_, _, kind, *_) = self.socket.recvfrom(65536)
                    if kind != socket.PACKET_OUTGOING:
                        self.frames.append(frame)
            except BlockingIOError:
                pass


def segments(frame):
    """(key of the packet, offset, more, protocol, bytes) of an IP packet, by all of its fragment headers."""
    if frame[12:14] == b"\x08\x00":
        size, offset = (frame[14] & 15) * 4, struct.unpack("!H", frame[20:22])[0]
        return (frame[26:34] + frame[18:20], (offset & 0x1fff) * 8, bool(offset & 0x2000), frame[23],
                frame[14 + size:14 + struct.unpack("!H", frame[16:18])[0]])
    key, protocol, at, offset, more = frame, frame[20], 54, 0, False  # whole: belongs to nothing
    while protocol == 44:
        protocol, bits = frame[at], struct.unpack("!H", frame[at + 2:at + 4])[0]
        key, offset, more, at = frame[22:54] + frame[at + 4:at + 8], offset + (bits & 0xfff8), more or bool(bits & 1), at + 8
    return key, offset, more, protocol, frame[at:54 + struct.unpack("!H", frame[18:20])[0]]


def opens(protocol, data):
    """True if the reassembled bytes are an opening to port 25."""
    while protocol == 60 and len(data) > 8:
        protocol, data = data[0], data[(data[1] + 1) * 8:]
    return protocol == 6 and len(data) >= 20 and data[2:4] == b"\0\x19" and data[13] & 0x12 == 2 and \
        struct.unpack("!H", data[:2])[0]


def put_together(frames):
    """The source ports of openings that a receiver could reassemble from the frames, whichever of two overlapping
    pieces it prefers."""
    found = set()
    for last_wins in (False, True):
        packets = {}
        for frame in frames:
            if frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
                key, offset, more, protocol, data = segments(frame)
                packet = packets.setdefault(key, {"bytes": {}, "end": None, "protocol": protocol})
                for n, byte in enumerate(data, offset):
                    if last_wins or n not in packet["bytes"]:
                        packet["bytes"][n] = byte
                if offset == 0:
                    packet["protocol"] = protocol
                if not more:
                    packet["end"] = offset + len(data)
        for packet in packets.values():
            there = packet["bytes"]
            if packet["end"] and all(n in there for n in range(packet["end"])):
                found.add(opens(packet["protocol"], bytes(there[n] for n in range(packet["end"]))))
    return found - {False}


def passed(lab, role, made):
    """The openings that could be reassembled outside."""
    with Outside(lab) as outside:
        for _, frames, _ in made:
            send_frames(lab, role, frames)
    ports = put_together(outside.frames)
    return sorted(what for what, _, port in made if port in ports)


def expect_no_opening_in_pieces(lab):
    """The stranger's own kernel does not answer for its addresses."""
    expect("a stranger's openings in pieces that have left", [],
           passed(lab, "laptop", openings("10.1.0.67", "2001:db8:1::67")))


def expect_listed_fragments(lab):
    """Pieces with a whole header, from a listed host: they are judged like any opening and pass."""
    wanted = [made for made in openings("10.1.0.25", "2001:db8:1::25")
              if re.fullmatch("IPv[46], cut at (64|72|80|88)", made[0])]
    expect("a listed host's openings in pieces that have left", sorted(made[0] for made in wanted),
           passed(lab, "mail", wanted))


def source_routed(src, sport):
    """A SYN for the gateway that is to go on outside: a loose source route with one more address. (RFC 791, 3.1)"""
    hop = ipaddress.ip_address("10.1.0.1").packed
    head = struct.pack("!BBHHHBBH", 0x47, 0, 28 + 20, sport, 0, 64, 6, 0) + ipaddress.ip_address(src).packed + hop
    head += bytes([131, 7, 4]) + ipaddress.ip_address(OUT4).packed + b"\0"
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(OUT4).packed
    tcp = struct.pack("!HHIIBBHHH", sport, 25, 1000, 0, 5 << 4, 2, 64240, 0, 0)
    total = checksum(ends + struct.pack("!II", len(tcp), socket.IPPROTO_TCP) + tcp)
    return b"\x08\x00" + head + tcp[:16] + struct.pack("!H", total) + tcp[18:]


@test
@brief
def attacks_a_source_route_leads_no_stranger_outside(lab):
    """At forward its destination is still the gateway: the last place alone knows where it goes."""
    switches = ["ipv4/conf/%s/accept_source_route" % name for name in ("all", "lan0")]
    for switch in switches:
        lab.gateway.sysctl(switch, 1)
    try:
        with Untracked(lab), Nfqd(lab, POLICY):
            for role, src, wanted in (("laptop", "10.1.0.66", []), ("mail", "10.1.0.25", ["a source route"])):
                made = [("a source route", [source_routed(src, 20001)], 20001)]
                expect("openings of %s that have left" % src, wanted, passed(lab, role, made))
    finally:
        for switch in switches:
            lab.gateway.sysctl(switch, 0)


@test
def attacks_no_opening_in_pieces_completes(lab):
    """Every opening above, with and without connection tracking."""
    with Nfqd(lab, POLICY):
        expect_no_opening_in_pieces(lab)
        expect_listed_fragments(lab)
    with Untracked(lab):
        with Nfqd(lab, POLICY) as nfqd:
            expect_closed(lab, "no tracking")
            expect_no_opening_in_pieces(lab)
            expect_listed_fragments(lab)
            for src in ("10.1.0.67", "2001:db8:1::67"):
                seen = eventually(3, "attempts of %s in the log" % src, lambda: nfqd.gate(src), lambda gate: gate[0] > 10)
                expect("attempts of %s that the log has as allowed" % src, 0, seen[2])
            expect("state", "ok", nfqd.status()["state"])


@test
def attacks_with_iptables_legacy(lab):
    """The old tables, and xt_tcp, which iptables-nft replaces by expressions of its own."""
    with LegacyTables(lab) as legacy, Untracked(lab):
        with Nfqd(lab, POLICY, within=legacy.words):
            expect_that("NFQD-END" in legacy.run("iptables-save"), "rules in the old tables", legacy.run("iptables-save"))
            expect_no_opening_in_pieces(lab)
            expect_listed_fragments(lab)
            for what, (chains, rules, kinds) in MARKS.items():
                if not rules:
                    with Others(lab, chains, rules):
                        expect_closed(lab, what + ", in the old tables", kinds)


@test
def attacks_pieces_without_rules_arrive(lab):
    """Without nfqd all of them can be reassembled outside, so the test above can fail."""
    with Untracked(lab):
        made = openings("10.1.0.67", "2001:db8:1::67")
        got = Counter(passed(lab, "laptop", made))
        expect("openings in pieces that have not left", {}, dict(Counter(what for what, _, _ in made) - got))


NFT_WITHOUT_QUEUE = """#!/bin/sh
case $1 in
-f | -cf) sed -E 's/queue num [0-9]+(-[0-9]+)?( bypass)?/accept/' | exec {nft} "$@" ;;
*) exec {nft} "$@" ;;
esac
"""


def nft_without_queue(lab):
    """Words for an nft that turns every queue into an accept, as if a gate accepted everything: this kernel may lack
    the queue statement, and the last places must refuse whatever leaves the queue."""
    top = os.path.join(lab.directory, "nft")
    if not os.path.exists(top):
        os.mkdir(top)
        shutil.copy(shutil.which("nft"), top + "/nft")
        with open(top + "/without", "w") as f:
            f.write(NFT_WITHOUT_QUEUE.format(nft=top + "/nft"))
        os.chmod(top + "/without", 0o755)
    return ["unshare", "--mount", "sh", "-c", "mount --bind %s/without %s && exec \"$@\"" % (top, shutil.which("nft")), "sh"]


LAST = """\
backend nft
interface lan0
local
stranger reject
deny-to 198.51.100.0/24
allow 10.1.0.25
allow 2001:db8:1::25
allow 10.1.0.9 max 2/minute
allow 10.1.0.50 to 203.0.113.0/24
allow 10.1.0.51 to 203.0.113.0/24 until 2999-01-01
allow local user 4711
allow local user 4712 to 203.0.113.8
"""


@test
def attacks_the_last_places_of_nft_hold_by_themselves(lab):
    """Refused sources stay refused although every packet that would be queued is accepted, with marks and accepting
    chains at many priorities; listed sources pass, also while the rules are replaced again and again."""
    if os.environ.get("NFQD_BACKEND"):
        raise Skip("a back end is given")
    within = nft_without_queue(lab)
    every = [("forward priority %d" % p, "meta mark set 0xffffffff accept") for p in (-300, -149, -148, 0)] + \
            [("output priority %d" % p, "meta mark set 0 accept") for p in (-300, -149, 0)] + \
            [("postrouting priority %d" % p, "accept") for p in (-500, -400, 0, 99)]
    with Others(lab, every), Nfqd(lab, LAST, within=within) as nfqd, lab.stray():
        expect("back end", "nft", nfqd.status()["rules"]["backend"])
        expect_closed(lab, "the last places of nft", ("refused",))
        for src, dst, kind in (("10.1.0.9", OUT4, "connected"), ("10.1.0.50", OUT4, "connected"),
                               ("10.1.0.50", "192.0.2.7", "refused"), ("10.1.0.51", OUT4, "connected"),
                               ("10.1.0.25", "198.51.100.7", "refused"), (STRAY, OUT4, "refused"),
                               ("10.1.200.50", OUT4, "refused"), ("10.1.0.66", "10.1.200.50", "connected")):
            expect("%s to %s" % (src, dst), kind, connect(lab, src, dst).kind)
        expect("the gateway's users", ["connected", "refused", "connected", "refused"],
               [connect_as(lab, user, dst) for user, dst in ((4711, OUT4), (4712, OUT4), (4712, "203.0.113.8"), (4713, OUT6))])
    with Nfqd(lab, LAST, within=within) as nfqd:
        for number in range(6):
            # Another program may delete the places that reset: the last one still drops.
            lab.gateway.sh("nft", "flush chain inet nfqd forward_reset; flush chain inet nfqd output_reset")
            expect_that(connect(lab, *STRANGERS[number % 2]).kind != "connected", "no stranger to connect", "one")
            extra = "".join("allow 10.1.%d.%d\n" % (number % 3, n) for n in range(100, 140))
            expect("exit status of the reload", 0, nfqd.reload(LAST + extra).returncode)
            expect_closed(lab, "reload %d with nft" % number, ("refused", "timeout"))
        expect("sets left behind", [], re.findall(r"set next_\w+", lab.gateway.sh("nft", "list", "table", "inet", "nfqd")))
        expect("problems", [], nfqd.status()["problems"])


@test
def attacks_nft_sets_are_filled_while_no_rule_asks_them(lab):
    """A listed host connects all the time while the rules are made anew: none is refused."""
    if os.environ.get("NFQD_BACKEND"):
        raise Skip("a back end is given")
    many = "".join("allow 10.1.%d.%d\n" % (n // 200, n % 200) for n in range(100, 2000) if n != 166)
    with Nfqd(lab, LAST + many, within=nft_without_queue(lab)) as nfqd:
        kinds, done = Counter(), threading.Event()

        def connects():
            while not done.is_set():
                kinds.update(o.kind for o in connect_all(lab, LISTED * 5, 4))

        thread = threading.Thread(target=connects)
        thread.start()
        try:
            for _ in range(8):
                expect("exit status of the reload", 0, nfqd.reload(LAST + many).returncode)
        finally:
            done.set()
            thread.join()
        expect_that(set(kinds) == {"connected"} and kinds["connected"] > 20, "listed hosts to connect", dict(kinds))


@test
def attacks_no_opening_in_pieces_completes_with_nft(lab):
    """As above. A queue without bypass is a drop here, as the gate does with strangers."""
    nfqd = Nfqd(lab, POLICY + "pace off\n")
    text = nfqd.run("rules", "--backend", "nft").stdout
    text = re.sub(r"queue num \d+ bypass", "accept", text)
    text = re.sub(r"queue num \d+", "drop", text).partition("# where connections are tracked")[0]
    with Untracked(lab):
        lab.gateway.sh("nft", "-f", "-", text=text)
        try:
            expect_no_opening_in_pieces(lab)
            expect_listed_fragments(lab)
        finally:
            nfqd.run("rules", "--remove")
