# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures of one and the same handshake in every layer that decode knows, for captures_make.py.

LAYERS4 and LAYERS6 name them: link type, and the encapsulation of each packet. All of them must give the same figures
as the bare handshake."""
import struct

from scapy.all import (AH, GRE, ICMP, IP, LLC, SNAP, TCP, UDP, Dot1AD, Dot1Q, Dot3, Ether, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PPP, PPPoE, Raw)
from scapy.contrib.erspan import ERSPAN_I, ERSPAN_II, ERSPAN_III
from scapy.contrib.etherip import EtherIP
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.vxlan import VXLAN

from captures_make import (ETHERNET, GATEWAY, HOST, HOST6, IPV4, MAC, RAW, SERVER, SERVER2, SERVER6, START, handshake,
                           header, pcap, record, tcp, timed)

PPP_LINK, RAW_BSD, HDLC, PPPOE, CISCO, WIRELESS, RADIOTAP = 9, 12, 50, 51, 104, 105, 127
PPPD, PPI, DIRECTION, NFLOG, FRAME_RELAY = 166, 192, 204, 239, 107
INNER = Ether(src=MAC, dst=GATEWAY)
OUTER = Ether(src="02:00:00:00:0a:01", dst="02:00:00:00:0a:02")
END, END2 = "198.51.100.1", "198.51.100.2"
TEREDO, TEREDO2 = "2001:0:5ef5:79fd::66", "2001:0:5ef5:79fd::9"


def outer(**fields):
    return OUTER / IP(src=END, dst=END2, **fields)


def outer6():
    return OUTER / IPv6(src="2001:db8:aaaa::1", dst="2001:db8:aaaa::2")


def udp(port, sport=50000):
    return outer() / UDP(sport=sport, dport=port)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def wlan(p, control=b"\x88\x01", middle=b"\0\0"):
    "IEEE 802.11 data to the access point, with QoS"
    return (control + b"\0\0" + mac("02:00:00:00:0b:01") + mac(MAC) + mac(GATEWAY) + b"\x10\0" + middle +
            bytes(LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x0800) / p))


def attribute(order, kind, value):
    return struct.pack(order + "HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def nflog(p, order):
    return (struct.pack("!BBH", 2, 0, 42) + attribute(order, 1, b"\x08\0\1\0") +
            attribute(order, 8, struct.pack("!HH", 6, 0) + mac(MAC) + b"\0\0") + attribute(order, 10, b"nfqd\0") +
            attribute(order, 9, bytes(p)))


def geneve(proto=0x6558, **fields):
    return udp(6081) / GENEVE(proto=proto, vni=7, **fields)


def gtp(flags, options, p):
    return udp(2152) / Raw(struct.pack("!BBHI", flags, 255, len(options) + len(p), 77) + options + bytes(p))


def ayiya(p):
    return udp(5072) / Raw(bytes([0x41, 0x52, 0x11, 41]) + struct.pack("!I", START) + bytes(16 + 20) + bytes(p))


def capwap(native, payload):
    return udp(5247) / Raw(bytes([0, 2 << 3, 2 | native, 0]) + bytes(4) + payload)


def gpe(protocol, payload):
    return udp(4790) / Raw(bytes([0x0C, 0, 0, protocol, 0, 0, 7, 0]) + payload)


def nsh(protocol, payload, head=b"\x0f\xc6\1", metadata=bytes(16)):
    return head + bytes([protocol]) + b"\0\0\7\xff" + metadata + payload


def l2tp(flags, fields, p):
    "data of version 2; `fields` are those between the session number and PPP"
    size = struct.pack("!H", 2 + 2 + 4 + len(fields) + 4 + len(p)) if flags & 0x4000 else b""
    return udp(1701, 1701) / Raw(struct.pack("!H", flags | 2) + size + b"\0\7\0\x09" + fields + b"\xff\x03\0\x21" + bytes(p))


def swapped(frame):
    return frame[1:2] + frame[:1] + frame[2:]


LAYERS4 = {
    "qinq": (ETHERNET, lambda p: INNER / Dot1AD(vlan=100) / Dot1Q(vlan=42) / p),
    "three_tags": (ETHERNET, lambda p: INNER / Dot1Q(vlan=100) / Dot1Q(vlan=42) / Dot1Q(vlan=43) / p),
    "old_tag": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x9100) / Raw(b"\0\x64\x81\0\0\x2a\x08\0") / p),
    "priority_tag": (ETHERNET, lambda p: INNER / Dot1Q(vlan=0, prio=5) / p),
    "pppoe": (ETHERNET, lambda p: INNER / PPPoE(sessionid=9) / PPP(proto=0x21) / p),
    "pppoe_qinq": (ETHERNET, lambda p: INNER / Dot1AD(vlan=100) / Dot1Q(vlan=42) / PPPoE(sessionid=9) / PPP() / p),
    "mpls": (ETHERNET, lambda p: INNER / MPLS(label=16, s=0) / MPLS(label=17, s=0) / MPLS(label=18, s=1) / p),
    "pseudowire": (ETHERNET, lambda p: OUTER / MPLS(label=18, s=1) / Raw(bytes(INNER / p))),
    "pseudowire_control": (ETHERNET, lambda p: OUTER / MPLS(label=18, s=1) / Raw(b"\0\0\0\x09" + bytes(INNER / p))),
    "pseudowire_mac": (ETHERNET, lambda p: OUTER / MPLS(label=18, s=1) /
                       Raw(bytes(Ether(src=MAC, dst="46:00:00:00:00:01") / Dot1Q(vlan=42) / p))),
    "pbb": (ETHERNET, lambda p: Ether(src="02:00:00:00:0a:01", dst="02:00:00:00:0a:02", type=0x88A8) /
            Raw(b"\0\x64\x88\xe7\0\0\0\x09" + bytes(INNER / Dot1Q(vlan=42) / p))),
    "snap": (ETHERNET, lambda p: Dot3(src=MAC, dst=GATEWAY) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) /
             SNAP(OUI=0, code=0x0800) / p),
    "fabricpath": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x8903) / Raw(b"\0\x40" + bytes(INNER / p))),
    "vntag": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x8926) / Raw(b"\0\1\0\2\x81\0\0\x2a\x08\0") / p),
    "ip_in_ip": (ETHERNET, lambda p: outer() / p),
    "ip4_in_6": (ETHERNET, lambda p: outer6() / p),
    "authentication": (ETHERNET, lambda p: INNER / IP(src=p.src, dst=p.dst, proto=51) /
                       AH(nh=6, spi=7, seq=1, icv=b"x" * 12, payloadlen=4) / bytes(p[TCP])),
    "gre": (ETHERNET, lambda p: outer() / GRE() / p),
    "gre_options": (ETHERNET, lambda p: outer() / GRE(chksum_present=1, key_present=1, key=9, seqnum_present=1) / p),
    "gre_routes": (ETHERNET, lambda p: outer(proto=47) / Raw(b"\x40\0\x08\0" + bytes(4) + b"\x08\0\0\x04\1\2\3\4" +
                                                           bytes(4) + bytes(p))),
    "gre_in_6": (ETHERNET, lambda p: outer6() / GRE() / p),
    "gre_pptp": (ETHERNET, lambda p: outer(proto=47) / Raw(struct.pack("!HHHHII", 0x3081, 0x880B, len(p) + 4, 7, 1, 1) +
                                                         b"\xff\x03\x00\x21" + bytes(p))),
    "gre_wireless": (ETHERNET, lambda p: outer() / GRE(proto=0x8200) / Raw(wlan(p))),
    "gre_udp": (ETHERNET, lambda p: udp(4754) / GRE(key_present=1) / p),
    "gretap": (ETHERNET, lambda p: outer() / GRE(proto=0x6558) / INNER / p),
    "eoip": (ETHERNET, lambda p: outer(proto=47) / Raw(struct.pack("!HHHH", 0x2001, 0x6400, 14 + len(p), 0x0700) +
                                                     bytes(INNER / p))),
    "etherip": (ETHERNET, lambda p: outer() / EtherIP() / INNER / p),
    "erspan1": (ETHERNET, lambda p: outer() / GRE(proto=0x88BE) / ERSPAN_I() / INNER / p),
    "erspan2": (ETHERNET, lambda p: outer() / GRE(proto=0x88BE, seqnum_present=1) / ERSPAN_II(ver=1) / INNER / p),
    "erspan3": (ETHERNET, lambda p: outer() / GRE(proto=0x22EB, seqnum_present=1) / ERSPAN_III() / INNER / p),
    "erspan3_platform": (ETHERNET, lambda p: outer(proto=47) / Raw(
        b"\x10\0\x22\xeb\0\0\0\1" + b"\x20\x01" + bytes(8) + b"\0\1" + bytes(8) + bytes(INNER / p))),
    "erspan3_ip": (ETHERNET, lambda p: outer(proto=47) / Raw(
        b"\x10\0\x22\xeb\0\0\0\1" + b"\x20\x01" + bytes(8) + b"\x08\0" + bytes(p))),
    "vxlan": (ETHERNET, lambda p: udp(4789) / VXLAN(flags=8, vni=7) / INNER / p),
    "vxlan_linux": (ETHERNET, lambda p: udp(8472) / VXLAN(flags=8, vni=7) / INNER / Dot1Q(vlan=42) / p),
    "vxlan_policy": (ETHERNET, lambda p: udp(4789) / Raw(b"\x88\x08\0\x05\0\0\x07\0" + bytes(INNER / p))),
    "vxlan_in_6": (ETHERNET, lambda p: outer6() / UDP(sport=50000, dport=4789) / VXLAN(flags=8, vni=7) / INNER / p),
    "geneve": (ETHERNET, lambda p: geneve(optionlen=2, options=b"\0\0\1\1abcd") / INNER / p),
    "geneve_ip": (ETHERNET, lambda p: geneve(proto=0x0800) / p),
    "gtp": (ETHERNET, lambda p: udp(2152) / GTP_U_Header(teid=77) / p),
    "gtp_sequence": (ETHERNET, lambda p: gtp(0x32, b"\0\x09\0\0", p)),
    "gtp_extensions": (ETHERNET, lambda p: gtp(0x34, b"\0\0\0\x85" + b"\1\0\x09\x85" + b"\2\0\0\0\0\0\0\0", p)),
    "capwap": (ETHERNET, lambda p: capwap(0, bytes(INNER / p))),
    "capwap_wireless": (ETHERNET, lambda p: capwap(1, swapped(wlan(p, b"\x08\x11", b"")))),
    "vxlan_reserved": (ETHERNET, lambda p: udp(4789) / Raw(b"\xff\xff\xff\xff\0\0\7\xff" + bytes(INNER / p))),
    "geneve_reserved": (ETHERNET, lambda p: udp(6081) / Raw(b"\0\x3f\x08\0\0\0\7\xff" + bytes(p))),
    "gtp_reserved": (ETHERNET, lambda p: gtp(0x38, b"", p)),
    "gre_reserved": (ETHERNET, lambda p: outer(proto=47) / Raw(b"\3\xf8\x08\0" + bytes(p))),
    "gre_udp_reserved": (ETHERNET, lambda p: udp(4754) / Raw(b"\3\xf8\x08\0" + bytes(p))),
    "capwap_reserved": (ETHERNET, lambda p: udp(5247) / Raw(bytes([0, 2 << 3, 2, 7, 0, 0, 0, 7]) + bytes(INNER / p))),
    "etherip_reserved": (ETHERNET, lambda p: outer(proto=97) / Raw(b"\x3f\xff" + bytes(INNER / p))),
    "nsh_reserved": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(1, bytes(p), b"\x1f\xc6\xf1"))),
    "l2tp_reserved": (ETHERNET, lambda p: l2tp(0x35F0, b"", p)),
    "vxlan_gpe": (ETHERNET, lambda p: gpe(3, bytes(INNER / Dot1Q(vlan=42) / p))),
    "vxlan_gpe_plain": (ETHERNET, lambda p: udp(4790) / VXLAN(flags=8, vni=7) / INNER / p),
    "vxlan_gpe_ip": (ETHERNET, lambda p: gpe(1, bytes(p))),
    "vxlan_gpe_nsh": (ETHERNET, lambda p: gpe(4, nsh(3, bytes(INNER / p), b"\x0f\xc3\2", b"abcd"))),
    "vxlan_gpe_mpls": (ETHERNET, lambda p: gpe(5, b"\0\1\x21\x40" + bytes(p))),
    "mpls_udp": (ETHERNET, lambda p: udp(6635) / MPLS(label=16, s=0) / MPLS(label=17, s=1) / p),
    "nsh": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(1, bytes(p)))),
    "nsh_short": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(1, bytes(p), b"\x0f\xc2\1"))),
    "nsh_gre": (ETHERNET, lambda p: outer() / GRE(proto=0x894F) / Raw(nsh(4, nsh(3, bytes(INNER / p))))),
    "l2tp": (ETHERNET, lambda p: l2tp(0, b"", p)),
    "l2tp_all": (ETHERNET, lambda p: l2tp(0x4A00, b"\0\1\0\0" + b"\0\3xyz", p)),
    "ethernet_in_ip": (ETHERNET, lambda p: outer(proto=143) / Raw(bytes(INNER / p))),
    "frame_relay": (FRAME_RELAY, lambda p: b"\x18\x41\x03\xcc" + bytes(p)),
    "frame_relay_long": (FRAME_RELAY, lambda p: b"\x18\x40\2\1\x03\xcc" + bytes(p)),
    "frame_relay_snap": (FRAME_RELAY, lambda p: b"\x18\x41\x03\0\x80\0\0\0\x08\0" + bytes(p)),
    "frame_relay_bridged": (FRAME_RELAY, lambda p: b"\x18\x41\x03\0\x80\0\x80\xc2\0\7" + bytes(INNER / p)),
    "frame_relay_cisco": (FRAME_RELAY, lambda p: b"\x18\x41\x08\0" + bytes(p)),
    "tunnel_in_tunnel": (ETHERNET, lambda p: INNER / Dot1Q(vlan=42) / PPPoE() / PPP() / IP(src=END, dst=END2) / GRE() /
                         IP(src=END2, dst=END) / UDP(dport=4789) / VXLAN(flags=8, vni=7) / INNER / Dot1Q(vlan=43) / p),
    "first_fragment": (RAW, lambda p: IP(src=p.src, dst=p.dst, flags="MF", id=p[TCP].seq & 0xFFFF) / p[TCP]),
    "raw_bsd": (RAW_BSD, bytes),
    "ppp": (PPP_LINK, lambda p: PPP(proto=0x21) / p),
    "ppp_short": (PPP_LINK, lambda p: b"\x21" + bytes(p)),
    "hdlc": (HDLC, lambda p: b"\xff\x03\0\x21" + bytes(p)),
    "hdlc_cisco": (CISCO, lambda p: b"\x0f\0\x08\0" + bytes(p)),
    "ppp_pppd": (PPPD, lambda p: b"\1\x03\0\x21" + bytes(p)),
    "ppp_direction": (DIRECTION, lambda p: b"\1\xff\x03\0\x21" + bytes(p)),
    "pppoe_link": (PPPOE, lambda p: PPPoE(sessionid=9) / PPP(proto=0x21) / p),
    "nflog": (NFLOG, lambda p: nflog(p, "<")),
    "nflog_big": (NFLOG, lambda p: nflog(p, ">")),
    "wireless": (WIRELESS, wlan),
    "radiotap": (RADIOTAP, lambda p: b"\0\0\x0a\0\0\0\0\0\0\0" + wlan(p)),
    "ppi": (PPI, lambda p: struct.pack("<BBHI", 0, 0, 12, WIRELESS) + bytes(4) + wlan(p)),
}
LAYERS6 = {
    "vlan6": (ETHERNET, lambda p: INNER / Dot1Q(vlan=42) / p),
    "pppoe6": (ETHERNET, lambda p: INNER / PPPoE(sessionid=9) / PPP(proto=0x57) / p),
    "mpls6": (ETHERNET, lambda p: INNER / MPLS(label=16, s=1) / p),
    "ip6_in_4": (ETHERNET, lambda p: outer() / p),
    "ip6_in_6": (ETHERNET, lambda p: outer6() / p),
    "gre6": (ETHERNET, lambda p: outer() / GRE() / p),
    "geneve6": (ETHERNET, lambda p: geneve(proto=0x86DD) / p),
    "gtp6": (ETHERNET, lambda p: gtp(0x30, b"", p)),
    "ayiya": (ETHERNET, ayiya),
    "vxlan_gpe6": (ETHERNET, lambda p: gpe(2, bytes(p))),
    "nsh6": (ETHERNET, lambda p: Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(2, bytes(p)))),
    "frame_relay6": (FRAME_RELAY, lambda p: b"\x18\x41\x03\x8e" + bytes(p)),
    "headers6": (RAW, lambda p: IPv6(src=p.src, dst=p.dst) / IPv6ExtHdrHopByHop() /
                 IPv6ExtHdrRouting(addresses=["2001:db8::5"], segleft=0) / IPv6ExtHdrFragment(id=5) /
                 AH(spi=7, seq=1, icv=b"x" * 12, payloadlen=4) / IPv6ExtHdrDestOpt() / p[TCP]),
}


def bytes_of(frame):
    return frame if isinstance(frame, bytes) else bytes(frame)


def ends(frame, syn):
    "the number of bytes of a frame up to and including the TCP flags"
    return bytes_of(frame).rindex(bytes(syn[TCP])[:8]) + 14


def capture_cuts():
    "every layer above Ethernet, cut at every byte up to the flags: one SYN each, of the longest"
    packets = b""
    for number, (_, wrap) in enumerate(x for x in LAYERS4.values() if x[0] == ETHERNET):
        syn = tcp("S", sport=30000 + number, seq=0x12345678)
        data = bytes_of(wrap(syn))
        for size in range(ends(data, syn) + 1):
            packets += record(START, data[:size], len(data))
    return header(ETHERNET) + packets


def capture_teredo():
    "IPv6 between Teredo addresses: bare, behind an origin, behind an authentication and an origin"
    heads = [b"", b"\0\0" + bytes(6), b"\0\1\2\3" + bytes(2 + 3 + 9) + b"\0\0" + bytes(6)]
    return pcap(ETHERNET, timed([udp(3544) / Raw(head + bytes(p)) for head, p in
                                 zip(heads, handshake(TEREDO, TEREDO2))]))


def capture_source_route():
    "the destination is where the route ends, while it is not used up"
    route = b"\x83\x0b%c" + bytes([192, 0, 2, 1, 203, 0, 113, 9]) + b"\0"
    ways = [IP(src=HOST, dst="192.0.2.7", options=route % 4), IP(src=HOST, dst=SERVER2, options=route % 12)]
    return pcap(RAW, timed([way / TCP(sport=40000 + i, dport=25, flags="S", seq=9) for i, way in enumerate(ways)]))


def capture_devices():
    "the owner of a MAC address: the inner host, and nobody if the tunnel carries no Ethernet"
    syns = [tcp("S", sport=40000 + i, src=f"10.1.0.{i}") for i in range(1, 5)]
    wraps = [LAYERS4[name][1] for name in ("gretap", "pbb", "gre", "pppoe")]
    return pcap(ETHERNET, timed([wrap(p) for wrap, p in zip(wraps, syns)]))


def capture_not_tunnels():
    "UDP that only looks like a tunnel: no number, another version, another kind of message. And ICMP's quotes"
    p = tcp("S")
    inner, mirrored = bytes(INNER / p), b"\x20\x01" + bytes(6) + bytes(INNER / p)
    lies = {
        4789: [b"\0\0\0\0\0\0\7\0" + inner, b"\xf7\xff\xff\xff\0\0\7\xff" + inner],
        6081: [b"\x40\0\x65\x58\0\0\7\0" + inner, b"\xc0\0\x65\x58\0\0\7\0" + inner],
        1701: [b"\x80\2\0\x40\0\7\0\x09" + b"\xff\3\0\x21" + bytes(p), b"\0\1\0\7\0\x09" + b"\xff\3\0\x21" + bytes(p)],
        2152: [b"\x50\xff\0\x28" + bytes(4) + bytes(p), b"\x20\xff\0\x28" + bytes(4) + bytes(p),
               b"\x30\x01\0\x28" + bytes(4) + bytes(p),
               b"\x34\xff\0\x2c" + bytes(4) + b"\0\0\0\x85" + bytes(4) + bytes(p)],
        3544: [bytes(tcp("S", HOST6, SERVER6)), bytes(p)],
        4754: [b"\0\1\x08\0" + bytes(p), b"\4\0\x08\0" + bytes(p), b"\x08\0\x08\0" + bytes(p), b"\x40\0\x08\0" + bytes(4) + bytes(p)],
        5072: [b"\x41\x52\x10\x29" + bytes(4 + 36) + bytes(tcp("S", HOST6, SERVER6)),
               b"\x41\x52\x11\x06" + bytes(4 + 36) + bytes(p)],
        5247: [b"\1\x10\2\0" + bytes(4) + inner, b"\0\x10\2\x08" + bytes(4) + inner, b"\0\x10\2\x80\0\0\0\x08" + inner,
               b"\0\x08\2\0" + bytes(4) + inner],
        4321: [inner, bytes(p)],
    }
    frames = [udp(port) / Raw(lie) for port, all_of_it in lies.items() for lie in all_of_it]
    frames += [outer(proto=47) / Raw(b"\0\2\x08\0" + bytes(p)),
               outer(proto=47) / Raw(b"\x10\0\x88\xbe\0\0\0\1" + mirrored),
               outer() / ICMP(type=3, code=3) / Raw(bytes(udp(4789)[IP] / VXLAN(flags=8, vni=7) / INNER / p)),
               outer(proto=58) / Raw(bytes(p)), outer(proto=50) / Raw(bytes(8) + bytes(p)),
               INNER / PPPoE(code=7) / PPP(proto=0x21) / p,
               INNER / MPLS(label=18, s=1) / Raw(b"\x10\0\0\x21" + bytes(p))]
    return pcap(ETHERNET, timed(frames, step=0.001))


def capture_not_understood():
    """frames that may hold packets and are not decoded: two EtherTypes, IP and Ethernet in UDP (one of them), a version
    of L2TP, VXLAN-GPE, NSH and GRE, a protocol in each of them, IP compressed; and what holds none: ARP, LLDP, LACP,
    QUIC, ESP"""
    p, p6 = tcp("S"), tcp("S", HOST6, SERVER6)
    told = [Ether(src=MAC, dst=GATEWAY, type=0x22F3) / Raw(bytes(6) + bytes(INNER / p)),
            INNER / Dot1Q(vlan=42, type=0xABCD) / Raw(bytes(p)), udp(5555) / p, udp(5555) / p6,
            udp(1701) / Raw(b"\0\3\0\0\0\0\0\7" + bytes(INNER / p)), outer(proto=115) / Raw(b"\0\0\0\7" + bytes(INNER / p)),
            udp(4790) / Raw(b"\x1c\0\0\1\0\0\7\0" + bytes(p)), gpe(99, bytes(p)),
            Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(1, bytes(p), b"\x4f\xc6\1")),
            Ether(src=MAC, dst=GATEWAY, type=0x894F) / Raw(nsh(99, bytes(p))),
            outer(proto=47) / Raw(b"\0\2\x08\0" + bytes(p)), outer(proto=47) / Raw(b"\0\0\xab\xcd" + bytes(p)),
            outer(proto=108) / Raw(bytes(4) + bytes(p)[20:]), INNER / PPPoE(sessionid=9) / PPP(proto=0x3D) / Raw(b"\xc0\0" + bytes(p))]
    silent = [Ether(src=MAC, dst=GATEWAY, type=kind) / Raw(bytes(46)) for kind in (0x0806, 0x88CC, 0x8809)]
    silent += [udp(5555) / Raw(bytes(p)[:-1]), udp(5555) / Raw(b"\x46" + bytes(p)[1:]), udp(443) / Raw(b"\x45" + bytes(99)),
               outer(proto=50) / Raw(bytes(40)), INNER / PPPoE(sessionid=9) / PPP(proto=0xC021) / Raw(bytes(8))]
    return pcap(ETHERNET, timed(told + silent, step=0.001))


def capture_deep():
    "30 tags are too many, 25 are not"
    frames = []
    for count, sport in ((25, 40000), (30, 40001)):
        tags = b"\x81\0" + b"\0\x2a\x81\0" * (count - 1) + b"\0\x2a\x08\0"
        frames.append(mac(GATEWAY) + mac(MAC) + tags + bytes(tcp("S", sport=sport)))
    return pcap(ETHERNET, timed(frames))


# --- fragments

def pieces(packet, sizes, number):
    "IPv4: the payload cut after each of `sizes` bytes"
    payload, at, out = bytes(packet.payload), 0, []
    for size in sizes + [len(payload)]:
        end = min(at + size, len(payload))
        out.append(IP(src=packet.src, dst=packet.dst, id=number, proto=6, frag=at // 8,
                      flags="MF" if end < len(payload) else 0) / Raw(payload[at:end]))
        at = end
    return out


def pieces6(packet, sizes, number):
    payload, at, out = bytes(packet.payload), 0, []
    for size in sizes + [len(payload)]:
        end = min(at + size, len(payload))
        out.append(IPv6(src=packet.src, dst=packet.dst) / IPv6ExtHdrFragment(
            id=number, nh=6, offset=at // 8, m=end < len(payload)) / Raw(payload[at:end]))
        at = end
    return out


def capture_fragments_split():
    "an opening in two pieces, of which the first has the whole header; and again by the same number"
    packets = []
    for sport in (40000, 40001):
        packets += pieces(tcp("S", sport=sport) / Raw(b"x" * 40), [24], 7)
    packets += pieces6(tcp("S", HOST6, SERVER6) / Raw(b"x" * 40), [24], 7)
    return pcap(RAW, timed(packets))


def capture_fragments_tiny():
    "the header in three pieces: in order, backwards, resent with the same number, in GRE, over IPv6; one incomplete"
    syns = [tcp("S", sport=40000 + i, seq=i << 16) for i in range(4)]
    packets = pieces(syns[0], [8, 8], 7) + pieces(syns[1], [8, 8], 8)[::-1] + pieces(syns[1], [8, 8], 8)[::-1]
    packets += [IP(src=END, dst=END2) / GRE() / p for p in pieces(syns[2], [8, 8], 7)]
    packets += pieces(syns[3], [8, 8], 9)[::2]
    packets += pieces6(tcp("S", HOST6, SERVER6), [8, 8], 7)
    return pcap(RAW, timed(packets))


def capture_fragments_overlap():
    "a piece that makes an opening of what was none, one that hides an opening afterwards, and one before"
    def over(sport, number, first, second, turn=1):
        one, two = (tcp(flags, sport=sport) for flags in (first, second))
        return pieces(one, [16], number)[:1] + [pieces(two, [8], number)[1]][::turn]

    late = over(40002, 9, "S", "A")
    head, tail = pieces(tcp("S", sport=40003), [8], 10)
    lie = pieces(tcp("A", sport=40003), [8], 10)[1]
    return pcap(RAW, timed(over(40000, 7, "A", "S") + over(40001, 8, "S", "S") + late + [tail, lie, head]))


def capture_fragments_crowd():
    "more packets in pieces at once than there is room for: it says so"
    first = bytes(pieces(tcp("S"), [8], 7)[0])
    return pcap(IPV4, [(START, first[:4] + struct.pack("!H", i) + first[6:]) for i in range(4096)])


def captures():
    for layers, flow in ((LAYERS4, (HOST, SERVER)), (LAYERS6, (HOST6, SERVER6))):
        for name, (link, wrap) in layers.items():
            yield name, pcap(link, timed([bytes_of(wrap(p)) for p in handshake(*flow)]))
    for name, function in globals().items():
        if name.startswith("capture_"):
            yield name.removeprefix("capture_"), function()
