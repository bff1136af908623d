# SPDX-License-Identifier: GPL-3.0-or-later
"""The log: source, number and delay of attempts; and the same by pcapmon on the wire."""
import datetime
import itertools
import json
import os
import re
import shutil
import signal
import socket
import struct
import time

from check import brief, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon
from lab import WAN4
from probe import Capture, checksum, connect, connect_all, send_syns

LISTED = "allow 10.1.0.25\nallow 2001:db8:1::25\n"
BOT4, BOT6 = "10.1.0.66", "2001:db8:1::66"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def syns(count, resent, source, prefix):
    """`count` attempts from one source, each to a destination of its own, and then again as often as they are resent:
    a list of rounds."""
    flows = [(source, prefix + str(number + 1), 25, 20000 + number, 0xFFFFFFF0 + number & 0xFFFFFFFF)
             for number in range(count)]
    return [flows] + [flows[::-1]] * resent


@test
@brief
def a_nat_gateway_logs_the_inside_address_and_the_mac(lab):
    before = len(lab.sink.connections)
    with Nfqd(lab, "stranger audit\n") as nfqd:
        for src, dst in ((BOT4, "203.0.113.7"), (BOT6, "2001:db8:f::7")):
            expect("the connect", "connected", connect(lab, src, dst).kind)
        eventually(2, "the sink to see two connections", lambda: len(lab.sink.connections) - before, lambda n: n == 2)
        expect("the peer outside", WAN4, lab.sink.connections[before][0])
        nfqd.wait_for_log({BOT4: (1, 0, 1), BOT6: (1, 0, 1), WAN4: (0, 0, 0)})
        for address in (BOT4, BOT6):
            device = nfqd.host(address)["device"] or {}
            expect("the MAC address of " + address, lab.mac("laptop"), device.get("mac"))


@test
@brief
def a_refused_attempt_is_in_the_report_within_2_seconds(lab):
    with Nfqd(lab, LISTED) as nfqd:
        for number in range(3):  # at different moments of the recorder's tick
            start = time.monotonic()
            expect("the connect", "refused", connect(lab, BOT4, "203.0.113.7").kind)
            nfqd.wait_for_log({BOT4: (number + 1, number + 1, 0)}, seconds=2 - (time.monotonic() - start))
            time.sleep(0.3)


def counted(lab, verdict):
    with Nfqd(lab, "stranger %s\n" % verdict + LISTED) as nfqd, Pcapmon(nfqd) as pcapmon:
        for resend in itertools.zip_longest(syns(40, 3, BOT4, "203.0.113."), syns(25, 2, BOT6, "2001:db8:f::"),
                                            fillvalue=[]):
            send_syns(lab, resend[0] + resend[1])
            time.sleep(0.02)  # two within 10 ms are copies, and no kernel retransmits so soon
        nfqd.wait_for_log({BOT4: (40, 40, 0), BOT6: (25, 25, 0)}, seconds=4)
        for address, attempts, resent, destinations in ((BOT4, 40, 120, 40), (BOT6, 25, 50, 25)):
            host = eventually(3, "%d attempts and %d retransmits of %s" % (attempts, resent, address),
                              lambda: nfqd.host(address),
                              lambda host: (host["attempts"], host["retransmits"]) == (attempts, resent))
            expect("%s's destinations, estimated" % address, (destinations, False),
                   (host["destinations"], host["destinations_estimated"]))
            eventually(3, "pcapmon to count %d SYNs and %d attempts of %s" % (attempts + resent, attempts, address),
                       lambda: pcapmon.wire(address),
                       lambda wire: wire and (wire["syns"], wire["attempts"], wire["established"], wire["leaked"]) ==
                       (attempts + resent, attempts, 0, 0))
        totals = nfqd.report()["totals"]
        expect("attempts, blocked, allowed, leaked in the totals", [65, 65, 0, 0],
               [totals[key] for key in ("attempts", "blocked", "allowed", "leaked")])
        expect("complete", True, nfqd.report()["complete"])


@test
@brief
def attempts_and_retransmits_are_exact_when_dropped(lab):
    counted(lab, "drop")


@test
@brief
def attempts_and_retransmits_are_exact_when_rejected(lab):
    counted(lab, "reject")


@test
def the_kernels_own_retransmits_are_not_attempts(lab):
    """Real clients that are dropped; tcpdump counts the kernel's SYNs."""
    flows = [(BOT4, "198.51.100.%d" % n, 25) for n in range(1, 9)] + [(BOT6, "2001:db8:f:1::%d" % n, 25)
                                                                        for n in range(1, 5)]
    with Nfqd(lab, "stranger drop\n" + LISTED) as nfqd, Pcapmon(nfqd) as pcapmon:
        with Capture(lab, lab.laptop, "tcp port 25") as capture:
            expect("the connects", {"timeout"}, {o.kind for o in connect_all(lab, flows, patience=3.6)})
        for address, attempts in ((BOT4, 8), (BOT6, 4)):
            sent = sum(" %s." % address in line for line in capture.lines)
            expect_that(sent >= 3 * attempts, "each SYN to be repeated twice", sent)
            eventually(3, "the gate to count %d attempts, %d retransmits" % (attempts, sent - attempts),
                       lambda: nfqd.host(address),
                       lambda host: host and (host["attempts"], host["retransmits"]) == (attempts, sent - attempts))
            eventually(3, "pcapmon to count %d attempts, %d SYNs" % (attempts, sent), lambda: pcapmon.wire(address),
                       lambda wire: wire and (wire["attempts"], wire["syns"]) == (attempts, sent))
        nfqd.wait_for_log({BOT4: (8, 8, 0), BOT6: (4, 4, 0)})


@test
@brief
def pcapmon_sees_the_same_and_no_leak(lab):
    flows = [("10.1.0.25", "203.0.113.7", 25)] * 3 + [("2001:db8:1::25", "2001:db8:f::7", 25)] * 2
    flows += [(BOT4, "192.0.2.%d" % n, 25) for n in range(1, 6)]
    flows += [(BOT6, "2001:db8:f::%d" % n, 25) for n in range(1, 4)]
    with Nfqd(lab, LISTED) as nfqd, Pcapmon(nfqd) as pcapmon:
        connect_all(lab, flows)
        counts = {"10.1.0.25": (3, 0, 3), "2001:db8:1::25": (2, 0, 2), BOT4: (5, 5, 0), BOT6: (3, 3, 0)}
        nfqd.wait_for_log(counts)
        for address, (attempts, _, allowed) in counts.items():
            wire = eventually(3, "%s on the wire" % address, lambda: pcapmon.wire(address),
                              lambda wire: wire and wire["attempts"] == attempts)
            expect("established and leaked of " + address, (allowed, 0), (wire["established"], wire["leaked"]))
        expect("leaked in the totals", 0, nfqd.report()["totals"]["leaked"])
        expect("pcapmon's exit status", 0, pcapmon.stop())


def frames_on_the_wire(ports, wraps):
    """An Ethernet frame with a SYN for each port, for each way to wrap IPv4 up."""
    for port in ports:
        syn = struct.pack("!HHIIBBHHH", 30000, port, 77, 0, 5 << 4, 0x02, 64240, 0, 0)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, socket.inet_aton(BOT4),
                         socket.inet_aton("203.0.113.7"))
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        for wrap in wraps:
            yield bytes.fromhex("0200000000ff0200000000fe") + bytes.fromhex(wrap) + ip + syn


def passed_the_filter(pcapmon):
    """The count that pcapmon logs on SIGUSR1."""
    lines = "packets passed the kernel's filter"
    before = open(pcapmon.log.name).read().count(lines)
    pcapmon.process.send_signal(signal.SIGUSR1)
    text = eventually(3, "a line of state", lambda: open(pcapmon.log.name).read(), lambda t: t.count(lines) > before)
    return int(re.findall("([0-9]+) " + lines, text)[-1])


@test
def pcapmon_is_woken_only_by_what_it_may_have_to_count(lab):
    """Bulk traffic stays in the kernel, tagged or not; deeper encapsulation reaches decode."""
    tags = ["0800", "8100002a0800", "88a8002b8100002a0800"]
    deeper = ["9100002b88a8002c8100002a0800", "886411000001002a0021", "88470001f140"]
    with Nfqd(lab, LISTED) as nfqd, Pcapmon(nfqd) as pcapmon:
        with lab.laptop:
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with wire:
            wire.bind(("eth0", 0))
            for name, ports, wraps, wanted in (("bulk", [443] * 200 + [80] * 200, tags, 0), ("mail", [25], tags, 3),
                                               ("wrapped", [25, 443], deeper, 6)):
                start = passed_the_filter(pcapmon)
                for frame in frames_on_the_wire(ports, wraps):
                    wire.send(frame)
                time.sleep(0.5)  # the kernel hands over a block that is not full after 0.1 s
                expect("packets of %s that passed the filter" % name, wanted, passed_the_filter(pcapmon) - start)
        eventually(3, "the attempt to be counted", lambda: pcapmon.wire(BOT4), lambda w: w and w["attempts"] == 1)


@test
def pcapmon_counts_look_ups_live(lab):
    """Queries for MX over UDP, IPv4 and IPv6, pass the kernel's filter beside mail; with `companions off` they do not."""
    question = b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06domain\x07example\x00\x00\x0f\x00\x01"
    hosts = {"10.1.0.25": ("203.0.113.7", socket.AF_INET), "2001:db8:1::25": ("2001:db8:f::7", socket.AF_INET6)}
    for settings, queries in (("", 3), ("companions off\n", None)):
        with Nfqd(lab, LISTED + settings) as nfqd, Pcapmon(nfqd) as pcapmon:
            with lab.mail:
                for server, family in hosts.values():
                    with socket.socket(family, socket.SOCK_DGRAM) as asker:
                        for number in range(3):
                            asker.sendto(number.to_bytes(2, "big") + question, (server, 53))
            connect_all(lab, [(address, server, 25) for address, (server, _) in hosts.items()])
            nfqd.wait_for_log({address: (1, 0, 1) for address in hosts})
            for address in hosts:
                eventually(3, "%s on the wire" % address, lambda: pcapmon.wire(address), bool)
                found = nfqd.host(address)["companions"]
                expect("queries for MX of " + address, queries, found and found["dns"]["mx"])
            expect("pcapmon's exit status", 0, pcapmon.stop())


@test
@brief
def names_and_labels(lab):
    """Ranges stand in the report; a listed host has that label, and strangers come first."""
    with Nfqd(lab, LISTED + "range office 10.1.0.64/26\n") as nfqd:
        connect_all(lab, [("10.1.0.25", "203.0.113.7", 25), (BOT4, "203.0.113.7", 25), (BOT4, "203.0.113.8", 25)])
        nfqd.wait_for_log({"10.1.0.25": (1, 0, 1), BOT4: (2, 2, 0)})
        hosts = [(host["host"], host["label"], host["range"]) for host in nfqd.report()["hosts"]]
        expect("hosts, labels and ranges", [(BOT4, "unknown", "office"), ("10.1.0.25", "listed", None)], hosts)


@test
@brief
def log_begins_with_its_file(lab):
    """What was before the file is not recorded, and the report says so."""
    before = time.time() - 0.001
    with Nfqd(lab, "stranger reject\n") as nfqd:
        connect(lab, BOT4, "203.0.113.25")
        nfqd.wait_for_log({BOT4: (1, 1, 0)})
        began = nfqd.report("--since", "30d", "--json")["recorded_since"]
        expect_that(before - 60 <= moment(began["gate"]) <= time.time(), "the time of its first rows", began)
        expect("recorded_since of the wire", None, began["wire"])
        text = nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db", "--since", "30d")
        expect_that("The log begins at " in text and "From then on the log is complete." in text, "the text to say so", text)
        expect("complete before its begin", False,
               nfqd.report("--since", "30d", "--until", "1d", "--json")["complete"])


def cut_gaps(nfqd, name, folder):
    """The gaps of a copy of the main file alone, which is read twice: a reader may leave an empty -wal."""
    os.mkdir(nfqd.top + folder)
    shutil.copy(nfqd.top + "/db/" + name, nfqd.top + folder)
    seen = [json.loads(nfqd.space.sh(NFQD, "report", "--db", nfqd.top + folder + "/" + name, "--since", "1h", "--json"))
            for _ in range(2)]
    for report in seen:
        expect(name + ": complete unless a gap is known", not report["gaps"], report["complete"])
    expect(name + ": the same, read again", *[[(gap["cause"], gap["missing"]) for gap in r["gaps"]] for r in seen])
    return [gap for gap in seen[0]["gaps"] if "copied" in gap["cause"]]


@test
def log_copied_without_its_wal_is_cut_off(lab):
    """Not complete from its last sign of life on; the original is, also if its writer was killed, and a copy of one that
    was closed."""
    with Nfqd(lab, "stranger reject\n") as nfqd:
        with Pcapmon(nfqd) as pcapmon:
            connect(lab, BOT4, "203.0.113.25")
            nfqd.wait_for_log({BOT4: (1, 1, 0)})
            eventually(5, "the wire to have it", lambda: pcapmon.wire(BOT4), bool)
            for name in ("gate.db", "wire.db"):
                gaps = cut_gaps(nfqd, name, "/running-" + name)
                expect(name + " copied while it is written: missing", [None], [gap["missing"] for gap in gaps])
                expect_that(moment(gaps[0]["until"]) > time.time() - 5, "a gap until now", gaps)
            pcapmon.stop(signal.SIGKILL)
        report = nfqd.report()
        expect("complete, and gaps, of the originals", (True, []), (report["complete"], report["gaps"]))
        with Pcapmon(nfqd):
            pass
        expect("wire.db copied after its end", [], cut_gaps(nfqd, "wire.db", "/closed-wire.db"))
        expect("gaps of the original", [], [gap for gap in nfqd.report()["gaps"] if "copied" in gap["cause"]])
    expect("gate.db copied after its end", [], cut_gaps(nfqd, "gate.db", "/closed-gate.db"))
