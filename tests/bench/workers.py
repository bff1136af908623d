# SPDX-License-Identifier: GPL-3.0-or-later
"""The gain of a second gate: openings a second through the queues while strangers flood and the shield is off.

One gate and two are measured in turn in one run, by what the gates have counted. The generator, the kernel's side of
the queues and the recorder need processors, too: on two processors there is none to spare for a second gate.

usage: tests/bench/workers.py [ROUNDS [SECONDS]]
"""
import os
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))

from daemons import Nfqd  # noqa: E402
from lab import Lab, LabError, missing  # noqa: E402
from test_shield import flood_command  # noqa: E402

POLICY = "stranger drop\npace off\nallow 10.1.0.25\n"
SOURCES = 1000


def taken(nfqd):
    """(moment, openings that each gate has taken so far)"""
    gates = nfqd.status()["gates"]
    return time.monotonic(), [gate["closed"] for gate in gates]


def measure(lab, workers, seconds):
    """(openings a second, the share of the busiest gate)"""
    with Nfqd(lab, POLICY, workers=workers) as nfqd:
        flood = lab.start(lab.laptop, flood_command(lab, SOURCES, 10**9, per_second=0))
        try:
            time.sleep(1)
            begin, before = taken(nfqd)
            time.sleep(seconds)
            end, after = taken(nfqd)
        finally:
            lab.stop(flood)
    each = [b - a for a, b in zip(before, after)]
    return sum(each) / (end - begin), max(each) / max(1, sum(each))


def bench(rounds, seconds):
    rates = {1: [], 2: []}
    with Lab() as lab:
        print("openings a second through the queues, shield off, %d strangers; %d processors, %d rounds of %d s each"
              % (SOURCES, len(os.sched_getaffinity(0)), rounds, seconds))
        for _ in range(rounds):
            for workers in rates:
                rate, share = measure(lab, workers, seconds)
                rates[workers].append(rate)
                print("  workers %d: %7.0f/s, the busiest gate took %3.0f %%" % (workers, rate, 100 * share))
    medians = {workers: statistics.median(all_rates) for workers, all_rates in rates.items()}
    print("  medians: workers 1 %.0f/s, workers 2 %.0f/s, ratio %.2f"
          % (medians[1], medians[2], medians[2] / medians[1]))
    return 0 if min(medians.values()) > 0 else 1


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [3, 5][len(sys.argv) - 1:]
    try:
        why = missing()
        if why:
            raise LabError(why)
        sys.exit(bench(*numbers))
    except LabError as error:
        print("workers: %s" % error, file=sys.stderr)
        sys.exit(1)
