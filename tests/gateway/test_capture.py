# SPDX-License-Identifier: GPL-3.0-or-later
"""pcapmon on links of every kind: encapsulation, the kernel's filter, interfaces that come and go."""
import fcntl
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import time

from check import brief, eventually, expect, test
from daemons import CAP_NET_RAW, TOP, Nfqd, Pcapmon, no_rights_but, rights, settings
from probe import connect

BOT, SERVER = "10.1.0.66", "203.0.113.7"
POLICY = "stranger drop\nallow 10.1.0.25\n"
PASSED = "packets passed the kernel's filter"
TAGS = ["0800", "8100002a0800", "88a8002b8100002a0800"]
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
CLIENT_PORT = b"\x9c\x40"  # of the golden captures: 40000


def ip_packet(port, sport=30000):
    """IPv4 with a SYN."""
    return segment(BOT, SERVER, sport, port, 77, 0, 0x02)


def segment(src, dst, sport, dport, seq, ack, flags):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 64240, 0, 0)
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, socket.inet_aton(src),
                       socket.inet_aton(dst)) + tcp


def frame(wrap, packet):
    return bytes.fromhex("0200000000ff0200000000fe" + wrap) + packet


def vxlan(packet):
    """The frame of a packet within VXLAN, as it stands on the wire."""
    inner = frame("0800", packet)
    udp = struct.pack("!HHHH", 50000, 4789, len(inner) + 16, 0) + b"\x08\0\0\0\0\0\7\0" + inner
    return frame("0800", struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                                     socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.2")) + udp)


def passed(pcapmon):
    """The number of packets that reached pcapmon, as logged on SIGUSR1."""
    before = open(pcapmon.log.name).read().count(PASSED)
    pcapmon.process.send_signal(signal.SIGUSR1)
    text = eventually(3, "a line of state", lambda: open(pcapmon.log.name).read(), lambda t: t.count(PASSED) > before)
    return int(re.findall("([0-9]+) " + PASSED, text)[-1])


def expect_passed(pcapmon, name, wanted, send):
    start = passed(pcapmon)
    send()
    time.sleep(1)  # the kernel delivers a partly filled block after 0.5 s
    expect("packets of %s that passed the filter" % name, wanted, passed(pcapmon) - start)


def wire_of(space, interface="eth0"):
    with space:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    return wire


def wait_for_wire(pcapmon, address, attempts, established=0):
    eventually(3, "pcapmon to count (attempts, established) of %s as (%d, %d)" % (address, attempts, established),
               lambda: pcapmon.wire(address),
               lambda w: w and (w["attempts"], w["established"]) == (attempts, established))


@test
def a_live_capture_sees_what_a_file_shows(lab):
    """Every layer of the golden captures that begins with Ethernet, sent over a cable, each as a connection of its
    own."""
    folder = os.path.join(lab.directory, "captures")
    os.mkdir(folder)
    subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests/golden/captures_make.py"), folder], check=True)
    layers = [line.split("|") for line in open(os.path.join(TOP, "tests/golden/captures"))
              if line.startswith("layer-")]
    counts = {"layers4.json\n": 0, "layers6.json\n": 0}
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd) as pcapmon, wire_of(lab.laptop) as wire:
        for number, (_, name, _, expected) in enumerate(layers):
            data = open(os.path.join(folder, name), "rb").read()
            if struct.unpack_from("<I", data, 20)[0] != 1 or expected not in counts:
                continue
            counts[expected] += 1
            sport, at = struct.pack("!H", 41000 + number), 24
            while at < len(data):
                size = struct.unpack_from("<I", data, at + 8)[0]
                packet = data[at + 16:at + 16 + size]
                packet = packet.replace(CLIENT_PORT + b"\0\x19", sport + b"\0\x19")
                wire.send(packet.replace(b"\0\x19" + CLIENT_PORT, b"\0\x19" + sport))
                time.sleep(0.001)
                at += 16 + size
        expect("captures of both versions, at least", True, min(counts.values()) >= 5)
        wait_for_wire(pcapmon, "10.1.0.66", counts["layers4.json\n"], counts["layers4.json\n"])
        wait_for_wire(pcapmon, "2001:db8:1::66", counts["layers6.json\n"], counts["layers6.json\n"])


@test
def on_any_interface_bulk_stays_in_the_kernel(lab):
    """Cooked frames: the filter finds the protocol where the kernel keeps it. Of two tags newer kernels (6.11) tell one
    alone, and the type of what lies behind both: see pcapmon(8)."""
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, "any") as pcapmon, wire_of(lab.annex) as wire:
        def send(ports, wraps):
            return lambda: [wire.send(frame(wrap, ip_packet(port))) for port in ports for wrap in wraps]

        expect_passed(pcapmon, "bulk", 0, send([443] * 100, TAGS))
        expect_passed(pcapmon, "mail", 2, send([25], TAGS[:2]))
        expect_passed(pcapmon, "a PPPoE session", 2, send([25, 443], ["886411000001002a0021"]))
        expect_passed(pcapmon, "VXLAN", 1, lambda: wire.send(vxlan(ip_packet(25, 30001))))
        wait_for_wire(pcapmon, BOT, 2)


@test
def interfaces_of_a_pattern_are_watched_when_they_come(lab):
    """One socket for all of them: what passes others is not counted."""
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, "dsl*") as pcapmon, wire_of(lab.annex) as wire:
        expect_passed(pcapmon, "mail through another interface", 0,
                      lambda: [wire.send(frame(TAGS[0], ip_packet(25, 30000 + n))) for n in range(3)])
        lab.gateway.ip("link set lan1 down\nlink set lan1 name dsl7\nlink set dsl7 up")
        try:
            eventually(5, "the opening of %s through the new one, however often it is sent" % BOT,
                       lambda: wire.send(frame(TAGS[0], ip_packet(25, 30010))) and pcapmon.wire(BOT),
                       lambda w: w and w["attempts"] == 1)
        finally:
            lab.gateway.ip("link set dsl7 down\nlink set dsl7 name lan1\nlink set lan1 up\n"
                           "addr replace 2001:db8:1:c8::1/64 dev lan1 nodad")


@test
def raw_interfaces_are_filtered_and_counted(lab):
    """A tun device has no link header."""
    with lab.gateway:
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"tun0", IFF_TUN | IFF_NO_PI))
    try:
        lab.gateway.sysctl("ipv6/conf/tun0/disable_ipv6", 1)  # its router solicitations have extension headers
        lab.gateway.ip("link set tun0 up")
        with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, "tun0") as pcapmon:
            expect_passed(pcapmon, "bulk", 0, lambda: [os.write(tun, ip_packet(443)) for _ in range(100)])
            expect_passed(pcapmon, "mail", 2, lambda: [os.write(tun, ip_packet(port)) for port in (25, 25)])
            wait_for_wire(pcapmon, BOT, 1)
    finally:
        os.close(tun)


def syns_resent(space):
    """The number of SYNs that the kernel there has retransmitted since the namespace was made."""
    names, numbers = [line.split() for line in space.sh("cat", "/proc/net/netstat").splitlines()
                      if line.startswith("TcpExt:")]
    return int(numbers[names.index("TCPSynRetrans")])


@test
@brief
def two_interfaces_show_one_attempt(lab):
    """The same connection on the inside and, behind NAT or not, on the outside."""
    flows = [("10.1.0.25", SERVER, 25), ("2001:db8:1::25", "2001:db8:f::7", 25)]
    with Nfqd(lab, POLICY + "allow 2001:db8:1::25\n") as nfqd, Pcapmon(nfqd, "lan0", "wan0") as pcapmon:
        resent = syns_resent(lab.mail)
        for _ in range(3):
            for flow in flows:
                expect("connection of %s" % flow[0], "connected", connect(lab, *flow).kind)
        for address, _, _ in flows:
            wait_for_wire(pcapmon, address, 3, 3)
        # The kernel of a slow machine retransmits; the other interface's copy of a SYN is no retransmission.
        expect("SYNs of both", 6 + syns_resent(lab.mail) - resent,
               sum(pcapmon.wire(address)["syns"] for address, _, _ in flows))
        expect("hosts on the wire", sorted(flow[0] for flow in flows),
               sorted(host["host"] for host in nfqd.report()["hosts"] if host["wire"]))


@test
def each_interface_may_see_one_direction(lab):
    """The two ports of a tap: packets that the kernel delivers late are still put in order."""
    lab.gateway.ip("\n".join("link add tap%d type veth peer name end%d\nlink set tap%d up\nlink set end%d up" %
                             (n, n, n, n) for n in range(2)))
    try:
        with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, "tap0", "tap1") as pcapmon:
            out, back = wire_of(lab.gateway, "end0"), wire_of(lab.gateway, "end1")
            with out, back:
                for sport in range(30000, 30020):
                    out.send(frame("0800", segment(BOT, SERVER, sport, 25, 77, 0, 0x02)))
                    time.sleep(0.01)
                    back.send(frame("0800", segment(SERVER, BOT, 25, sport, 99, 78, 0x12)))
                    time.sleep(0.01)
                    out.send(frame("0800", segment(BOT, SERVER, sport, 25, 78, 100, 0x10)))
                    out.send(frame("0800", segment(BOT, SERVER, sport, 25, 78, 100, 0x14)))
                wait_for_wire(pcapmon, BOT, 20, 20)
    finally:
        lab.gateway.ip("link del tap0\nlink del tap1")


@test
def an_interface_goes_and_comes_back_beside_another(lab):
    """Meanwhile the other is watched; the time is a gap."""
    make = "link add tap0 type veth peer name end0\nlink set tap0 up\nlink set end0 up"
    lab.gateway.ip(make)
    try:
        with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, "lan0", "tap0") as pcapmon:
            def log():
                return open(pcapmon.log.name).read()

            # To open interfaces again.
            expect("rights of pcapmon", no_rights_but(CAP_NET_RAW), rights(pcapmon.process.pid))
            lab.gateway.ip("link del tap0")
            eventually(3, "a line that tap0 is gone", log, lambda text: "tap0: " in text and "trying again" in text)
            expect("connection meanwhile", "connected", connect(lab, "10.1.0.25", SERVER, 25).kind)
            wait_for_wire(pcapmon, "10.1.0.25", 1, 1)
            expect("who is away", True, passed(pcapmon) > 0 and "lan0, tap0 (away): " in log())
            lab.gateway.ip(make)
            eventually(4, "a line that tap0 is back", log, lambda text: "tap0: watched again after" in text)
            with wire_of(lab.gateway, "end0") as wire:
                wire.send(frame("0800", ip_packet(25)))
                wait_for_wire(pcapmon, BOT, 1)
            with sqlite3.connect("file:%s/db/wire.db?mode=ro" % nfqd.top, uri=True) as db:
                eventually(3, "a gap", lambda: db.execute("SELECT cause FROM gap").fetchall(),
                           lambda rows: rows == [("capture: interface was away",)])
            expect("pcapmon's exit status", 0, pcapmon.stop())
    finally:
        lab.gateway.ip("link del tap0")


@test
def packets_just_before_the_end_are_counted(lab):
    """The kernel has not delivered them yet."""
    lab.gateway.ip("link add tap0 type veth peer name end0\nlink set tap0 up\nlink set end0 up")
    try:
        with Nfqd(lab, POLICY) as nfqd, wire_of(lab.gateway, "end0") as wire:
            for run in range(5):
                with Pcapmon(nfqd, "tap0") as pcapmon:
                    time.sleep(0.15 * run)
                    for sport in range(20):
                        wire.send(frame("0800", ip_packet(25, 30000 + 20 * run + sport)))
                    expect("pcapmon's exit status", 0, pcapmon.stop())
                    expect("attempts after run %d" % run, 20 * (run + 1), (pcapmon.wire(BOT) or {}).get("attempts"))
    finally:
        lab.gateway.ip("link del tap0")


@test
def pcapmon_reads_the_policy_again(lab):
    """On SIGHUP, where the gate is on another machine: a host that is no longer listed leaks, if the gate still has the old
    policy. A bad file keeps the old one."""
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd, follows=False) as pcapmon:
        def reload(policy, line):
            before = open(pcapmon.log.name).read().count(line)
            with open(pcapmon.file, "w") as f:
                f.write(settings(nfqd.top, nfqd.user).replace("/control.sock", "/elsewhere.sock") + policy)
            pcapmon.process.send_signal(signal.SIGHUP)
            eventually(3, "a line with " + line, lambda: open(pcapmon.log.name).read().count(line), lambda n: n > before)

        def leaked():
            return pcapmon.wire("10.1.0.25")["leaked"]

        for policy, line, expected in ((POLICY, "read again", 0), ("stranger drop\n", "read again", 1),
                                       ("stranger drop\nallow nobody\n", "the old policy stays", 2),
                                       ("port 26\nallow 10.1.0.25\n", "another port needs a restart", 3),
                                       (POLICY, "read again", 3)):
            attempts = (pcapmon.wire("10.1.0.25") or {"attempts": 0})["attempts"]
            reload(policy, line)
            expect("connection", "connected", connect(lab, "10.1.0.25", SERVER, 25).kind)
            wait_for_wire(pcapmon, "10.1.0.25", attempts + 1, attempts + 1)
            expect("leaks after \"%s\"" % policy, expected, leaked())
        with sqlite3.connect("file:%s/db/wire.db?mode=ro" % nfqd.top, uri=True) as db:
            expect("reloads in the journal", 3,
                   db.execute("SELECT count(*) FROM journal WHERE what = 'reload'").fetchone()[0])
