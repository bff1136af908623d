# SPDX-License-Identifier: GPL-3.0-or-later
"""The latency that the gate adds for a listed host: the time of connect() across the gateway, with nfqd and with no
rules at all.

Both are measured in turn in one run (no rules, nfqd, no rules, nfqd, ...), so that other load on the machine affects
both. Kernels answer both ends: nothing but the gateway is in the path.

No process decides about a listed host, but one is told of its connect afterwards, and a processor that has gone to
sleep needs its time to wake up, on a virtual machine often more than everything else. So it is measured twice: on
processors as they are, and on processors that are kept awake by spinning at idle priority, as those of a busy gateway
are. The cost of a wake-up alone is measured by a byte sent to and fro between two processes.

usage: tests/bench/latency.py [ROUNDS [CONNECTS]]
"""
import contextlib
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

LIMIT_MS = 0.2  # the goal for the median
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


def wake_up(count=2000):
    """Median milliseconds that a byte takes to a process on another processor and back: two wake-ups."""
    processors = sorted(os.sched_getaffinity(0))
    out_read, out_write = os.pipe()
    back_read, back_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out_write)
        os.sched_setaffinity(0, processors[-1:])
        while byte := os.read(out_read, 1):
            os.write(back_write, byte)
        os._exit(0)
    os.sched_setaffinity(0, processors[:1])
    times = []
    for _ in range(count):
        start = time.perf_counter()
        os.write(out_write, b"x")
        os.read(back_read, 1)
        times.append((time.perf_counter() - start) * 1000)
    for fd in (out_read, out_write, back_read, back_write):
        os.close(fd)
    os.waitpid(child, 0)
    os.sched_setaffinity(0, processors)
    return statistics.median(times)


@contextlib.contextmanager
def awake(lab):
    """Keeps every processor from sleeping, at a priority that takes no time from anybody."""
    spin = ["chrt", "-i", "0", "taskset", "-c"]
    spinners = [lab.start(lab.switch, [*spin, str(cpu), "sh", "-c", "while :; do :; done"])
                for cpu in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for spinner in spinners:
            lab.stop(spinner)


def compare(lab, listeners, rounds, count):
    """({name: times without rules}, {name: times through nfqd})"""
    without, gated, unused = ({name: [] for name, _, _ in FLOWS} for _ in range(3))

    def turn(into, connects):
        for name, src, dst in FLOWS:
            into[name] += measure(lab, listeners[name], src, dst, connects)

    turn(unused, 100)  # warms up caches and neighbours
    for _ in range(rounds):
        turn(without, count)
        with Nfqd(lab, POLICY):
            turn(unused, 20)
            turn(gated, count)
    return without, gated


def show(how, without, gated):
    """Prints one table and returns the larger of the families' median differences."""
    print("processors %s; a byte to another process and back takes %.3f ms" % how)
    print("        no rules           nfqd               difference         ratio")
    print("        median     p99     median     p99     median     p99     median")
    differences = []
    for name in without:
        a, b = without[name], gated[name]
        ma, mb = statistics.median(a), statistics.median(b)
        differences.append(mb - ma)
        print("  %s  %6.3f  %6.3f     %6.3f  %6.3f     %6.3f  %6.3f     %6.2f"
              % (name, ma, p99(a), mb, p99(b), mb - ma, p99(b) - p99(a), mb / ma))
    worst = max(differences)
    print("  median extra latency: %.3f ms, limit %.1f ms: %s"
          % (worst, LIMIT_MS, "ok" if worst < LIMIT_MS else "TOO MUCH"))
    return worst


def bench(rounds, count):
    with Lab() as lab:
        lab.outside.sysctl("core/somaxconn", count + 110)
        listeners = {name: listen(lab.outside, family(src), 25, count + 110) for name, src, _ in FLOWS}
        for listener in listeners.values():
            listener.setblocking(False)
        print("connect() of a listed host across the gateway, %d rounds of %d connects each, in ms" % (rounds, count))
        show(("as they are", wake_up()), *compare(lab, listeners, rounds, count))
        with awake(lab):
            worst = show(("kept awake", wake_up()), *compare(lab, listeners, rounds, count))
    return 0 if worst < LIMIT_MS else 1


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [5, 400][len(sys.argv) - 1:]
    try:
        why = missing()
        if why:
            raise LabError(why)
        sys.exit(bench(*numbers))
    except LabError as error:
        print("latency: %s" % error, file=sys.stderr)
        sys.exit(1)
