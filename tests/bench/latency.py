# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate costs a listed host: the time of connect() across the gateway, with nfqd and with no rules at all.

Both are measured in turn in one run (no rules, nfqd, no rules, nfqd, ...), so that whatever else the machine does
falls on both. Kernels answer both ends: nothing but the gateway is in the path.
usage: tests/bench/latency.py [ROUNDS [CONNECTS]]
"""
import os
import socket
import statistics
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))

from daemons import Nfqd  # noqa: E402
from lab import Lab, LabError, missing  # noqa: E402
from probe import family, listen  # noqa: E402

LIMIT_MS = 0.2  # what the median may cost
FLOWS = [("IPv4", "10.1.0.25", "203.0.113.25"), ("IPv6", "2001:db8:1::25", "2001:db8:f::25")]
POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"


def measure(lab, listener, src, dst, count):
    """Milliseconds of each of `count` connects, one after the other."""
    with lab.mail:
        sockets = [socket.socket(family(src), socket.SOCK_STREAM) for _ in range(count)]
    times = []
    for s in sockets:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset: no TIME_WAIT
        s.bind((src, 0))
        start = time.perf_counter()
        s.connect((dst, 25))
        times.append((time.perf_counter() - start) * 1000)
        s.close()
    try:
        while True:
            listener.accept()[0].close()
    except BlockingIOError:
        return times


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


def bench(rounds, count):
    without = {name: [] for name, _, _ in FLOWS}
    gated = {name: [] for name, _, _ in FLOWS}
    with Lab() as lab:
        lab.outside.sysctl("core/somaxconn", count + 10)
        listeners = {name: listen(lab.outside, family(src), 25, count + 10) for name, src, dst in FLOWS}
        for listener in listeners.values():
            listener.setblocking(False)

        def turn(into, connects):
            for name, src, dst in FLOWS:
                into[name] += measure(lab, listeners[name], src, dst, connects)

        turn({name: [] for name in without}, 100)  # warms up caches and neighbours
        for number in range(rounds):
            turn(without, count)
            with Nfqd(lab, POLICY):
                turn({name: [] for name in without}, 20)
                turn(gated, count)
            if sys.stdout.isatty():
                print("  round %d of %d" % (number + 1, rounds), end="\r", flush=True)

    print("connect() of a listed host across the gateway, %d rounds of %d connects each, in ms" % (rounds, count))
    print("        no rules           nfqd               difference         ratio")
    print("        median     p99     median     p99     median     p99     median")
    worst = 0.0
    for name in without:
        a, b = without[name], gated[name]
        ma, mb = statistics.median(a), statistics.median(b)
        worst = max(worst, mb - ma)
        print("  %s  %6.3f  %6.3f     %6.3f  %6.3f     %6.3f  %6.3f     %6.2f"
              % (name, ma, p99(a), mb, p99(b), mb - ma, p99(b) - p99(a), mb / ma))
    print("median extra latency: %.3f ms, limit %.1f ms: %s" % (worst, LIMIT_MS, "ok" if worst < LIMIT_MS else "TOO MUCH"))
    return 0 if worst < LIMIT_MS else 1


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [6, 500][len(sys.argv) - 1:]
    try:
        why = missing()
        if why:
            raise LabError(why)
        sys.exit(bench(*numbers))
    except LabError as error:
        print("latency: %s" % error, file=sys.stderr)
        sys.exit(1)
