# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clients: TCP connects from addresses of the laboratory, many at once, and SYNs made by hand."""
import errno
import ipaddress
import os
import selectors
import signal
import socket
import struct
import subprocess
import time

PATIENCE = 1.5  # seconds until a connect counts as a time-out; the kernel resends a SYN after 1 and 3 s

OUTCOMES = {
    0: "connected",
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "prohibited",  # ICMP destination unreachable, administratively prohibited
    errno.EACCES: "prohibited",  # the same of ICMPv6
}


class Outcome:
    def __init__(self, kind, seconds):
        self.kind = kind
        self.ms = seconds * 1000

    def __repr__(self):
        return "%s after %.1f ms" % (self.kind, self.ms)


def family(address):
    return socket.AF_INET6 if ":" in str(address) else socket.AF_INET


def listen(space, kind, port, backlog=4096):
    """A listening socket on every address that a namespace has, or answers for, in one family."""
    with space:
        s = socket.socket(kind, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("", port))
    s.listen(backlog)
    return s


def open_socket(lab, src, dst, port):
    """A connect under way: (socket, errno so far)."""
    host = lab.host(src)
    with host:
        s = socket.socket(family(src), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    s.bind((src, 0))
    return s, s.connect_ex((str(dst), port))


def connect_all(lab, flows, patience=PATIENCE, pace=0):
    """Connects (src, dst, port) in parallel, `pace` seconds apart, and closes what it opened. Outcomes in order."""
    outcomes = [None] * len(flows)
    with selectors.DefaultSelector() as waiting:
        begun = {}
        opened = 0
        next_open = time.monotonic()
        while opened < len(flows) or begun:
            now = time.monotonic()
            while opened < len(flows) and now >= next_open:
                s, error = open_socket(lab, *flows[opened])
                begun[opened] = now, s
                if error not in (0, errno.EINPROGRESS):
                    finish(outcomes, begun, opened, error)
                else:
                    waiting.register(s, selectors.EVENT_WRITE, opened)
                opened += 1
                next_open += pace
                now = time.monotonic()
            ends = [start + patience for start, _ in begun.values()]
            if opened < len(flows):
                ends.append(next_open)
            for key, _ in waiting.select(max(0, min(ends, default=now) - now)):
                waiting.unregister(key.fileobj)
                finish(outcomes, begun, key.data, key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            now = time.monotonic()
            for number in [n for n, (start, _) in begun.items() if now - start >= patience]:
                waiting.unregister(begun[number][1])
                finish(outcomes, begun, number, None)
    return outcomes


def finish(outcomes, begun, number, error):
    start, s = begun.pop(number)
    kind = "timeout" if error is None else OUTCOMES.get(error, os.strerror(error))
    outcomes[number] = Outcome(kind, time.monotonic() - start)
    s.close()


def connect(lab, src, dst, port=25, patience=PATIENCE):
    return connect_all(lab, [(src, dst, port)], patience)[0]


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send_syns(lab, flows):
    """Sends one SYN for each (src, dst, port, source port, initial sequence number), as given and only once."""
    for src, dst, port, sport, isn in flows:
        ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
        header = struct.pack("!HHIIBBHHH", sport, port, isn, 0, 5 << 4, 0x02, 64240, 0, 0)
        pseudo = ends + struct.pack("!II", len(header), socket.IPPROTO_TCP)
        header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
        with lab.host(src):
            s = socket.socket(family(src), socket.SOCK_RAW, socket.IPPROTO_TCP)
        with s:
            s.bind((src, 0))
            s.sendto(header, (dst, 0))


def attribute(kind, *content):
    """A netlink attribute; with several parts, or attributes in it, nested ones."""
    body = b"".join(content)
    return struct.pack("=HH", len(body) + 4, kind) + body + b"\0" * (-len(body) % 4)


def fill_conntrack(space, kinds):
    """Puts established TCP connections into a gateway's table: (source, destination, port, how many), each from a source
    port of its own. (linux/netfilter/nfnetlink_conntrack.h)"""
    nested, create, batch = 0x8000, 0x0401, []
    status = attribute(3, struct.pack("!I", 0x0e)) + attribute(7, struct.pack("!I", 3600))  # assured; for an hour
    state = attribute(4 | nested, attribute(1 | nested, attribute(1, b"\3")))  # established

    def tuple_of(kind, src, dst, sport, dport):
        ip = attribute(1 | nested, attribute(1, src), attribute(2, dst))
        ports = attribute(2, struct.pack("!H", sport)), attribute(3, struct.pack("!H", dport))
        return attribute(kind | nested, ip, attribute(2 | nested, attribute(1, b"\6"), *ports))

    with space, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:  # NETLINK_NETFILTER
        for src, dst, port, count in kinds:
            ends = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
            for number in range(count):
                there = tuple_of(1, *ends, 10000 + number, port)
                body = struct.pack("!BBH", socket.AF_INET, 0, 0) + there + tuple_of(2, *ends[::-1], port, 10000 + number)
                body += status + state
                batch.append(struct.pack("=IHHII", len(body) + 16, 0x0100, create, 0, 0) + body)
                if len(batch) == 200 or number == count - 1:
                    s.send(b"".join(batch))
                    batch.clear()


class Capture:
    """tcpdump in a namespace, as `with Capture(...) as capture:`; afterwards capture.lines holds what it printed."""

    def __init__(self, lab, space, expression, interface="eth0"):
        self.lab = lab
        self.lines = []
        self.process = lab.start(space, ["tcpdump", "-i", interface, "-n", "-l", "--immediate-mode", expression],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = "the first line"
        while line and "listening on" not in line:
            line = self.process.stderr.readline()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        time.sleep(0.1)  # time for tcpdump to print the last packets
        self.process.send_signal(signal.SIGINT)
        self.lines += self.process.communicate(timeout=5)[0].splitlines()
        self.lab.stop(self.process)
