#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""captures_make.py DIRECTORY: writes our own small captures there, the same bytes every time.

Each function named capture_X makes X.pcap; its first line says what it has."""
import struct
import sys
from pathlib import Path

from scapy.all import (ICMP, IP, TCP, UDP, CookedLinux, ICMPv6DestUnreach, CookedLinuxV2, Dot1Q, Ether, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, Raw)

START = 1_700_000_020  # 2023-11-14T22:13:40Z: 20 s before a minute begins
HOST, HOST2, SERVER, SERVER2 = "10.1.0.66", "10.1.0.25", "203.0.113.9", "203.0.113.10"
HOST6, SERVER6 = "2001:db8:1::66", "2001:db8:9::9"
MAC, MAC2, GATEWAY = "02:00:00:00:00:66", "02:00:00:00:00:25", "02:00:00:00:00:01"

ETHERNET, NULL, RAW, LOOP, SLL, IEEE80211_AVS, IPV4, IPV6_LINK, SLL2 = 1, 0, 101, 108, 113, 163, 228, 229, 276


def tcp(flags, src=HOST, dst=SERVER, sport=40000, dport=25, seq=1000, ack=0):
    ip = IPv6 if ":" in src else IP
    return ip(src=src, dst=dst) / TCP(sport=sport, dport=dport, flags=flags, seq=seq, ack=ack)


def back(flags, src=HOST, dst=SERVER, sport=40000, dport=25, seq=9000, ack=1001):
    """From the server: the arguments name the flow as its opener sees it."""
    return tcp(flags, dst, src, dport, sport, seq, ack)


def handshake(src=HOST, dst=SERVER, sport=40000, dport=25, seq=1000):
    flow = (src, dst, sport, dport)
    return [tcp("S", *flow, seq=seq), back("SA", *flow, ack=seq + 1), tcp("A", *flow, seq=seq + 1, ack=9001)]


def ethernet(packets, mac=MAC):
    """Frames as the inside interface sees them: from the host or from the gateway."""
    for p in packets:
        source = p.src.split("/")[0]
        inside = source.startswith("10.1.") or source.startswith("2001:db8:1:")
        yield (Ether(src=mac, dst=GATEWAY) if inside else Ether(src=GATEWAY, dst=mac)) / p


def timed(packets, start=START, step=0.25):
    return [(start + i * step, p) for i, p in enumerate(packets)]


def record(when, data, length=None, nano=False):
    unit = 1_000_000_000 if nano else 1_000_000
    ticks = round(when * unit)
    return struct.pack("<IIII", ticks // unit, ticks % unit, len(data), length or len(data)) + data


def header(link, nano=False):
    return struct.pack("<IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)


def pcap(link, packets):
    return header(link) + b"".join(record(when, bytes(p)) for when, p in packets)


# --- layers

def capture_plain4():
    "one connection with its whole handshake"
    return pcap(ETHERNET, timed(ethernet(handshake())))


def capture_plain6():
    return pcap(ETHERNET, timed(ethernet(handshake(HOST6, SERVER6))))


def capture_vlan():
    return pcap(ETHERNET, timed([Ether(src=MAC, dst=GATEWAY) / Dot1Q(vlan=42) / p for p in handshake()]))


def capture_sll():
    frames = [CookedLinux(pkttype=0, lladdrtype=1, lladdrlen=6, src=bytes.fromhex(MAC.replace(":", "")) + b"\0\0",
                          proto=0x0800) / p for p in handshake()]
    return pcap(SLL, timed(frames))


def capture_sll2():
    frames = [CookedLinuxV2(proto=0x86DD, ifindex=3, lladdrtype=1, pkttype=0, lladdrlen=6,
                            src=bytes.fromhex(MAC.replace(":", "")) + b"\0\0") / p for p in handshake(HOST6, SERVER6)]
    return pcap(SLL2, timed(frames))


def capture_raw():
    "both versions of IP in one file"
    return pcap(RAW, timed(handshake() + handshake(HOST6, SERVER6)))


def capture_ipv4():
    return pcap(IPV4, timed(handshake()))


def capture_ipv6():
    return pcap(IPV6_LINK, timed(handshake(HOST6, SERVER6)))


def capture_null():
    "address families of Linux, macOS and a big-endian machine"
    families = [b"\x02\0\0\0"] * 3 + [b"\x1e\0\0\0", b"\0\0\0\x1c", b"\x0a\0\0\0"]
    return pcap(NULL, timed([f + bytes(p) for f, p in zip(families, handshake() + handshake(HOST6, SERVER6))]))


def capture_loop():
    return pcap(LOOP, timed([b"\0\0\0\x02" + bytes(p) for p in handshake()]))


def capture_unknown_link():
    "an unknown link type: no result"
    return pcap(IEEE80211_AVS, timed([bytes(p) for p in handshake()]))


def capture_options():
    "IPv4 options; IPv6 extension headers"
    v4 = [IP(src=HOST, dst=SERVER, options=b"\x94\x04\0\0") / TCP(sport=40000, dport=25, flags="S", seq=1)]
    v6 = [IPv6(src=HOST6, dst=SERVER6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(m=1) /
          TCP(sport=40000, dport=25, flags="S", seq=1)]
    return pcap(RAW, timed(v4 + v6))


# --- what is an attempt

def capture_retransmits():
    "one SYN five times: four within 180 s of the first, one later"
    syn = tcp("S")
    return pcap(RAW, [(START + t, syn) for t in (0, 1, 3, 179.999999, 180.000001)])


def capture_isn():
    "one source port, three initial sequence numbers; the second is resent"
    return pcap(RAW, timed([tcp("S", seq=s) for s in (1000, 2000, 2000, 3000)]))


def capture_outcomes():
    "established, refused, answered without an end, not answered, answered to another SYN"
    packets = handshake()
    packets += [tcp("S", sport=40001), back("RA", sport=40001)]
    packets += [tcp("S", sport=40002), back("SA", sport=40002)]
    packets += [tcp("S", sport=40003)]
    packets += [tcp("S", sport=40004), back("SA", sport=40004, ack=77), tcp("A", sport=40004, seq=1001)]
    packets += [tcp("S", sport=40005), back("SA", sport=40005), back("RA", sport=40005)]  # not an answer to the SYN
    packets += [tcp("S", sport=40006), back("SA", sport=40006), tcp("R", sport=40006, seq=1001)]  # a scanner
    return pcap(RAW, timed(packets))


def capture_fast_open():
    "data in the SYN, acknowledged at once, not at all, and more of it than there was"
    packets = []
    for i, taken in enumerate((5, 0, 6)):
        packets += [tcp("S", sport=40000 + i) / Raw(b"EHLO\n"), back("SA", sport=40000 + i, ack=1001 + taken),
                    tcp("A", sport=40000 + i, seq=1006, ack=9001)]
    return pcap(RAW, timed(packets))


def capture_forged_reset():
    "a RST that somebody forged before the handshake does not hide it"
    syn, synack, ack = handshake()
    return pcap(RAW, timed([syn, back("RA"), synack, ack]))


def capture_acks():
    """established: the next number, more after the server's next segment, more after a second SYN-ACK (one is forged);
    not: a number that the server did not reach, its own, one before, of a SYN-ACK that ends nothing"""
    def flow(sport, ack, *between, flags="A", seq=1001):
        return [tcp("S", sport=sport), back("SA", sport=sport), *between, tcp(flags, sport=sport, seq=seq, ack=ack)]
    banner = back("PA", sport=40001, seq=9001) / Raw(b"220 mx ESMTP\r\n")
    return pcap(RAW, timed(flow(40000, 9001) + flow(40001, 9015, banner) + flow(40002, 5001, back("SA", sport=40002, seq=5000)) +
                           flow(40003, 999999) + flow(40004, 9000) + flow(40005, 8999) + flow(40006, 9002, flags="SA", seq=1000)))


def capture_crossed():
    """the server answers with a SYN (split handshake), both open at once in either order, the host's ACK has a SYN, a RST
    was forged before; not established: the server's SYN alone, its ACK of something else, a host's SYN-ACK by itself"""
    def flow(sport, *rest):
        return [tcp("S", sport=sport), back("S", sport=sport, ack=0), *rest]
    def own(sport, ack=9001):
        return tcp("SA", sport=sport, ack=ack)
    packets = flow(40000, own(40000), back("A", sport=40000, seq=9001), back("PA", sport=40000, seq=9001) / Raw(b"220 mx\r\n"),
                   tcp("PA", sport=40000, seq=1001, ack=9009) / Raw(b"EHLO x\r\n"))
    packets += flow(40001, own(40001), back("SA", sport=40001)) + flow(40002, back("SA", sport=40002), own(40002))
    packets += [tcp("S", sport=40003), back("SA", sport=40003), own(40003) / Raw(b"EHLO x\r\n")]
    packets += flow(40004, back("RA", sport=40004, seq=0), own(40004), back("A", sport=40004, seq=9001))
    packets += flow(40005) + flow(40006, own(40006), back("A", sport=40006, seq=9001, ack=1000))
    packets += [tcp("S", sport=40007), own(40007), tcp("A", sport=40007, seq=1001, ack=9001)]
    return pcap(RAW, timed(packets))


def capture_early():
    """two merged taps: answers 1 ms and 50 ms before their SYN, established and refused; 51 ms before, too early; one
    to another number; a RST that comes in between does not hide the SYN-ACK"""
    packets = []
    for i, (answers, before) in enumerate((("SA", 0.001), ("SA", 0.050), ("RA", 0.001), ("SA", 0.051), ("SA RA", 0.002))):
        sport, at = 40000 + i, START + i
        packets += [(at - before + n * 0.0005, back(flags, sport=sport)) for n, flags in enumerate(answers.split())]
        packets += [(at, tcp("S", sport=sport))]
        packets += [(at + 0.001, tcp("A", sport=sport, seq=1001, ack=9001))] * (i != 2)
    packets += [(START + 5, back("SA", sport=40005, ack=2001))]
    packets += [(START + 5 + i * 0.001, p) for i, p in enumerate((tcp("S", sport=40005), tcp("A", sport=40005, seq=1001, ack=9001)), 1)]
    return pcap(RAW, packets)


def capture_answers():
    """answers to nobody: a SYN-ACK and the server's first data, without an opening, or with one that comes much later, are a
    leak; not: a SYN-ACK alone, data alone, data that do not follow the SYN-ACK, a reset, a listed host's"""
    banner = Raw(b"220 mx ESMTP\r\n")
    packets = [back("SA", sport=40000), back("A", sport=40000, seq=9001), back("PA", sport=40000, seq=9001) / banner,
               back("PA", sport=40000, seq=9001) / banner]
    packets += [back("SA", sport=40001), back("PA", sport=40002, seq=9001) / banner]
    packets += [back("SA", sport=40003), back("PA", sport=40003, seq=9051) / banner]
    packets += [back("SA", sport=40004), back("R", sport=40004, seq=9001), back("SA", sport=40005), tcp("S", sport=40005),
                tcp("A", sport=40005, seq=1001, ack=9001), back("PA", sport=40005, seq=9001) / banner]
    listed = [tcp("SA", src=SERVER, dst="10.1.0.25", sport=25, dport=40006, seq=9000, ack=1001),
              tcp("PA", src=SERVER, dst="10.1.0.25", sport=25, dport=40006, seq=9001, ack=1001) / banner]
    return pcap(RAW, timed(packets + listed))


def capture_decoys():
    """many openings of one connection, of which the first, the last but one and one in the middle are answered; and a few,
    which hide nothing"""
    packets = []
    for sport, count, meant in ((40000, 17, 0), (40001, 40, 38), (40002, 40, 20), (40003, 8, 3)):
        isn = [1000 + n * 100_000 for n in range(count)]
        packets += [tcp("S", sport=sport, seq=n) for n in isn]
        packets += [back("SA", sport=sport, ack=isn[meant] + 1), tcp("A", sport=sport, seq=isn[meant] + 1, ack=9001)]
    return pcap(RAW, timed(packets, step=0.001))


def capture_ecn():
    "SYN with ECN bits is an opening, SYN-ACK is none"
    return pcap(RAW, timed([tcp("SEC"), back("SAE", src=SERVER, dst=HOST, sport=25, dport=40000)]))


def capture_midstream():
    "no SYN was captured"
    return pcap(RAW, timed(handshake()[1:] + [tcp("PA", seq=1001), tcp("FA", seq=1002)]))


def capture_icmp():
    "errors that quote a SYN which nobody saw, and UDP to port 25"
    quoted = bytes(tcp("S"))[:28]
    return pcap(RAW, timed([IP(src=SERVER, dst=HOST) / ICMP(type=3, code=13) / Raw(quoted),
                            IP(src=HOST, dst=SERVER) / ICMP(type=3, code=3) / Raw(bytes(tcp("S"))),
                            IP(src=HOST, dst=SERVER) / UDP(sport=40000, dport=25)]))


def capture_refused_by_icmp():
    "prohibited (both versions); not a refusal: too big, to somebody else; taken back; a quote of what nobody opened"
    packets = []
    for sport in range(40000, 40005):
        packets.append(tcp("S", sport=sport))
    def quote(code, sport, to=HOST, seq=1000):
        return IP(src="192.0.2.1", dst=to) / ICMP(type=3, code=code) / Raw(bytes(tcp("S", sport=sport, seq=seq))[:28])
    packets += [quote(13, 40000), quote(4, 40001), quote(13, 40002, to=HOST2), quote(13, 40003), back("SA", sport=40003),
                quote(13, 40004, seq=1001), quote(13, 41000)]
    packets += [tcp("S", HOST6, SERVER6), IPv6(src="2001:db8:9::1", dst=HOST6) / ICMPv6DestUnreach(code=1) /
                Raw(bytes(tcp("S", HOST6, SERVER6)))]
    return pcap(RAW, timed(packets))


def capture_mirrored():
    "a mirror port that shows everything twice, and a SYN that is really sent again"
    packets = timed(handshake() + [tcp("S", sport=40001), tcp("S", sport=40002)]) + [(START + 3, tcp("S", sport=40001))]
    return pcap(RAW, sorted([(w, p) for w, p in packets] + [(w + 0.0001, p) for w, p in packets], key=lambda x: x[0]))


def natted(packets, source="198.51.100.7", sport=61000):
    """The same behind source NAT, one router later."""
    for p in packets:
        q = p.copy()
        if q.src == HOST:
            q.src, q[TCP].sport, q.ttl = source, sport, q.ttl - 1
        else:
            q.dst, q[TCP].dport, q.ttl = source, sport, q.ttl + 1
        yield q


def capture_nat():
    "an 'any' capture: before NAT, and 40 us later behind it; other hosts with the same number are no twins"
    packets = handshake() + [tcp("FA", seq=1001, ack=9001), back("FA", seq=9001, ack=1002)]
    both = [(w, p) for w, p in timed(packets)]
    both += [(w + (0.00004 if p.src == HOST else -0.00004), q) for (w, p), q in zip(timed(packets), natted(packets))]
    both += timed([tcp("S", src="10.1.0.67"), tcp("S", src="10.1.0.68")], START + 0.1, 0.001)
    return pcap(RAW, sorted(both, key=lambda x: x[0]))


def capture_ends():
    "closed by host, by server, reset by either, silent for over an hour, still open; then the next hour begins"
    def opened(sport):
        return handshake(sport=sport) + [tcp("PA", sport=sport, seq=1001, ack=9001) / Raw(b"EHLO x\r\n")]
    packets = opened(40000) + [tcp("FA", sport=40000, seq=1009, ack=9101), back("FA", sport=40000, seq=9101, ack=1010),
                               tcp("A", sport=40000, seq=1010, ack=9102)]
    packets += opened(40001) + [back("FA", sport=40001, seq=9051, ack=1009), tcp("R", sport=40001, seq=1009)]
    packets += opened(40002) + [tcp("R", sport=40002, seq=1009)]
    packets += opened(40003) + [back("RA", sport=40003, seq=9001, ack=1009)]
    packets += opened(40004)
    return pcap(RAW, timed(packets) + timed(opened(40005), START + 3700))


def capture_ends_filtered():
    "two connections, as a filter for SYN, FIN and RST shows them"
    packets = [tcp("S"), back("SA"), tcp("FA", seq=5001, ack=9101), back("FA", seq=9101, ack=5002)]
    packets += [tcp("S", sport=40001), back("SA", sport=40001), back("FA", sport=40001, seq=9501, ack=2001),
                tcp("FA", sport=40001, seq=2001, ack=9502)]
    return pcap(RAW, timed(packets))


def capture_one_stamp():
    "a refused and a closed connection, all packets with one stamp, and the last first"
    packets = handshake() + [tcp("FA", seq=1001, ack=9001), back("FA", seq=9001, ack=1002)]
    packets += [tcp("S", sport=40001), back("RA", sport=40001)]
    return pcap(RAW, [(START, p) for p in reversed(packets)])


def capture_far_times():
    "across 2038-01-19T03:14:07Z, to the last second of 2106, and midnight"
    seconds = (2**31 - 1, 2**31, 2**32 - 2, 1_700_006_399, 1_700_006_400)
    return pcap(RAW, [(t, p) for i, t in enumerate(seconds) for p in handshake(sport=40000 + i)])


def capture_outside():
    "with --lan: sources that are not inside, one of them resent; and mail from outside"
    packets = handshake() + [tcp("S", src=f"198.51.100.{i}", sport=50000, seq=i) for i in range(5)]
    packets += [tcp("S", src="198.51.100.4", sport=50000, seq=4), tcp("S", src="198.51.100.9", dst=HOST2)]
    return pcap(RAW, timed(packets))


def capture_fragments():
    "the first fragment counts, the second does not, though it looks like a SYN"
    first = IP(src=HOST, dst=SERVER, flags="MF", id=7) / TCP(sport=40000, dport=25, flags="S", seq=1)
    later = IP(src=HOST, dst=SERVER, frag=3, id=7, proto=6) / Raw(bytes(TCP(sport=40001, dport=25, flags="S", seq=1)))
    tiny = IP(src=HOST, dst=SERVER, flags="MF", id=8, proto=6) / Raw(bytes(TCP(sport=40002, dport=25, flags="S"))[:8])
    later6 = (IPv6(src=HOST6, dst=SERVER6) / IPv6ExtHdrFragment(offset=3, nh=6) /
              Raw(bytes(TCP(sport=40000, dport=25, flags="S"))))
    return pcap(RAW, timed([first, later, tiny, later6]))


def capture_short():
    "TCP headers cut by the capture: behind the flags, and just before them"
    whole, cut = bytes(tcp("S")), bytes(tcp("S", sport=40001))
    return header(RAW) + record(START, whole[:34], 40) + record(START + 1, cut[:33], 40)


def capture_padding():
    "a short packet whose Ethernet padding looks like a SYN"
    lie = IP(src=HOST, dst=SERVER, len=20, proto=6) / Raw(bytes(TCP(sport=40000, dport=25, flags="S")))
    return pcap(ETHERNET, timed([Ether(src=MAC, dst=GATEWAY) / lie]))


# --- damage and time

def capture_cut():
    "the file ends inside its fourth packet"
    whole = pcap(RAW, timed([tcp("S", sport=40000 + i) for i in range(4)]))
    return whole[:-7]


def capture_cut_header():
    return header(RAW)[:20]


def capture_empty():
    return header(RAW)


def capture_nano():
    "nanoseconds are cut off, not rounded"
    return header(RAW, nano=True) + struct.pack("<IIII", START, 999_999_999, 40, 40) + bytes(tcp("S"))


def capture_pcapng():
    "two interfaces, the second with nanoseconds"
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    def packet(interface, ticks, data):
        return block(6, struct.pack("<IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data)

    first, second = (bytes(f) for f in ethernet([tcp("S"), tcp("S", seq=2000)]))
    return (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) +
            block(1, struct.pack("<HHI", ETHERNET, 0, 0)) +
            block(1, struct.pack("<HHI", ETHERNET, 0, 0) + struct.pack("<HHBBBBHH", 9, 1, 9, 0, 0, 0, 0, 0)) +
            packet(0, START * 1_000_000 + 5, first) + packet(1, START * 1_000_000_000 + 1_999, second))


def capture_wild_time():
    "packets that are not in order, over several minutes: the busiest has four"
    times = (30, 0, 31, 3600, 32, 3601, 61)
    return pcap(RAW, [(START + t, tcp("S", sport=40000 + i)) for i, t in enumerate(times)])


# --- hosts, destinations, policy

def capture_hosts():
    "two hosts, three ports, and mail from outside and across the inside"
    packets = handshake() + handshake(HOST, SERVER2, 40001) + handshake(HOST2, SERVER, 40002, 587)
    packets += handshake(HOST6, SERVER6, 40003, 465) + handshake(HOST, SERVER, 40004, 8025)
    packets += handshake(SERVER, HOST2, 40005) + handshake(HOST, HOST2, 40006)
    return pcap(ETHERNET, timed(ethernet(packets)))


def capture_rotating():
    """a bot with another IPv6 address for each network, and one of IPv4; a neighbour in its /64; behind a router two hosts
    in one /64, and hosts of two more"""
    frames, sport = [], iter(range(40000, 60000))

    def send(when, src, dst, mac):
        frames.append((START + 40 + when, Ether(src=mac, dst=GATEWAY) / tcp("S", src, dst, next(sport))))

    for n in range(20):
        for again in (0, 1, 3):  # retransmissions have the same port
            frames.append((START + 40 + 60 * n + again, Ether(src=MAC, dst=GATEWAY) /
                           tcp("S", f"2001:db8:1:2:aaaa::{100 + n}", f"2001:db8:f{n:02}::25", 39000 + n)))
    for n in range(2):  # two addresses, one minute, one destination
        send(61 + n, f"2001:db8:1:2:bbbb::{n}", "2001:db8:f01::25", MAC)
    send(70, HOST, SERVER, MAC)
    for n in range(6):
        send(90 + 180 * n, "2001:db8:1:2::17", SERVER6, MAC2)
    router = "02:00:00:00:00:02"
    for n, host in enumerate(["2001:db8:1:10::1", "2001:db8:1:10::2", "2001:db8:1:11::1", "2001:db8:1:12::1"]):
        send(100 + n, host, SERVER6, router)
    return pcap(ETHERNET, sorted(frames, key=lambda f: f[0]))


def capture_crowd():
    "a flood from one device with another /64 for each of 300 openings, and a host that the same router had before"
    router = Ether(src="02:00:00:00:00:02", dst=GATEWAY)
    frames = [(START - 60, router / tcp("S", "2001:db8:1:ffff::7", SERVER6, 40000))]
    frames += [(START + 40 + n / 10, router / tcp("S", f"2001:db8:1:{n:x}::1", f"2001:db8:f{n % 7}::25", 40001 + n))
               for n in range(300)]
    return pcap(ETHERNET, frames)


def capture_long_address():
    "an address as long as one can be, which takes the room of two columns"
    packets = handshake("2001:db8:1234:5678:9abc:def0:1234:5678", SERVER6) + handshake()
    return pcap(ETHERNET, timed(ethernet(packets)))


def capture_spread():
    "40 destinations in one minute, then 3 in the next"
    packets = [(START + i * 0.25, tcp("S", dst=f"198.51.100.{i}", sport=40000 + i)) for i in range(40)]
    packets += [(START + 30 + i, tcp("S", dst=f"198.51.100.{i}", sport=41000 + i)) for i in range(3)]
    return pcap(ETHERNET, [(when, next(ethernet([p]))) for when, p in packets])


LINUX = {"window": 64240, "options": [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (7, 0)), ("NOP", None), ("WScale", 7)]}
WINDOWS = {"window": 64240, "options": [("MSS", 1460), ("NOP", None), ("WScale", 8), ("NOP", None), ("NOP", None),
                                        ("SAckOK", b"")]}
WINDOWS_LAST = {"window": 8192, "options": [("MSS", 1460)]}  # the figures if nobody answers


def opening(n, src, system, ttl):
    "of a host with a system, to a network of its own"
    ip = IPv6(src=src, dst=f"2a00:{n + 1:x}::25", hlim=ttl) if ":" in src else IP(src=src, dst=f"{20 + n}.7.0.25", ttl=ttl)
    sport = 40000 + 100 * sum(src.encode()) % 20000 + n
    return ip / TCP(sport=sport, dport=25, flags="S", seq=sport, **system)


def capture_several():
    """a SYN a minute: two bots behind a router, in IPv4 and IPv6; a lease that another machine gets; one Windows machine
    that sends with and without a window scale, leaves options out when it sends again, and comes over two ways; one that
    hides behind a TTL of its own making"""
    packets = []
    no_scale = {"window": 8192, "options": [o for o in WINDOWS["options"] if o[0] != "WScale"]}
    for n in range(14):
        when, odd = START + 60 * n, n % 2 == 1
        for src in HOST, HOST6:
            system = WINDOWS if odd else LINUX, 127 if odd else 63
            packets += [(when, opening(n, src, *system)), (when + 1, opening(n, src, *system))]
        packets.append((when + 1, opening(n, HOST2, WINDOWS if n > 6 else LINUX, 128 if n > 6 else 64)))
        one = "10.1.0.27", WINDOWS if odd else no_scale, 127 - n // 2 % 2
        packets += [(when + 2, opening(n, *one)), (when + 5, opening(n, *one)),
                    (when + 11, opening(n, "10.1.0.27", WINDOWS_LAST, one[2]))]
        packets.append((when + 3, opening(n, "10.1.0.28", LINUX, 64 if odd else 20 + n)))
    return pcap(RAW, sorted(packets, key=lambda p: p[0]))


def clock(when, ran, rate=1000):
    "the options of a Linux whose clock had run so many seconds at START"
    options = [("Timestamp", (round((when - START + ran) * rate) % 2**32, 0)) if name == "Timestamp" else (name, value)
               for name, value in LINUX["options"]]
    return LINUX | {"options": options}


def capture_clocks():
    """a SYN a minute, all of Linux: two bots behind a router, in IPv4 and IPv6, which retransmit with later timestamps;
    one that draws a clock for each destination; one that is started anew; two at one server; one whose SYNs come again
    with the timestamps of another"""
    packets = []
    for n in range(14):
        when, odd = START + 60 * n, n % 2 == 1
        for src in HOST, HOST6:
            packets += [(when + s, opening(n, src, clock(when + s, 18000 if odd else 298800, 250 if odd else 1000), 63))
                        for s in (0, 1, 3)]
        packets.append((when + 2, opening(n, HOST2, clock(when + 2, 7919 * (n + 1) ** 2), 64)))
        packets.append((when + 4, opening(n, "10.1.0.27", clock(when + 4, 90000 if n < 7 else -400), 64)))
        packets.append((when + 5, opening(0, "10.1.0.28", clock(when + 5, 9000 if odd else 900000), 64)))
        packets.append((when + 6, opening(n, "10.1.0.29", clock(when + 6, 5000), 64)))
        if odd:  # before it sends anything else
            packets.append((when + 62, opening(n, "10.1.0.29", clock(when + 62, 500000), 64)))
    return pcap(RAW, sorted(packets, key=lambda p: p[0]))


def capture_leak():
    "with captures_leak.conf: a stranger gets through twice in a minute and once later, the listed host and 587 may"
    stranger = handshake(sport=40000) + handshake(sport=40001, dst=SERVER2) + handshake(sport=40002, dport=587)
    stranger += [tcp("S", sport=40003), back("RA", sport=40003)]
    listed = handshake(HOST2, SERVER, 40004)
    denied = handshake(HOST2, "192.0.2.25", 40005)
    audited = handshake("10.1.200.1", SERVER, 40006)
    later = timed(ethernet(handshake(sport=40007)), START + 120)
    frames = list(ethernet(stranger)) + list(ethernet(listed + denied, MAC2)) + list(ethernet(audited))
    return pcap(ETHERNET, timed(frames) + later)


def main():
    sys.dont_write_bytecode = True
    import captures_companions  # which needs what stands here, as the next
    import captures_layers

    directory = Path(sys.argv[1])
    for name, data in [*captures_layers.captures(), *captures_companions.captures()]:
        (directory / (name + ".pcap")).write_bytes(data)
    for name, function in sorted(globals().items()):
        if name.startswith("capture_"):
            (directory / (name.removeprefix("capture_") + ".pcap")).write_bytes(function())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: captures_make.py DIRECTORY")
    main()
