# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of the gate and the log under a flood: our goals, measured in one run and as ratios. nfqd and its
contenders take turns, so that other load on the machine affects all of them; a ratio is the median of the rounds' own.
Nothing is asserted: each figure is printed beside its goal.

usage: tests/bench/figures.py [--full] [--markdown FILE] [WORD...]
--full: floods of 20 s and 10,000,000 openings, as the goals want them (some 15 minutes); without, a look in some 2
minutes. --markdown: puts the table into that page, too. WORD: only the rows whose function's name has one of the words.
"""
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))

import latency  # noqa: E402
import ulogd  # noqa: E402
from contenders import POLICY, Flood, Gate, HandWritten, Smallest, measure, prepare  # noqa: E402
from daemons import BUILD, TOP  # noqa: E402
from lab import Lab  # noqa: E402
from probe import family, listen  # noqa: E402
from table import run_rows  # noqa: E402
from test_shield import recorded  # noqa: E402

SOURCES = (50, 5000)


class Bench:
    def __init__(self, lab, full, table):
        self.lab = lab
        self.table = table
        self.seconds = 20 if full else 3
        self.packets = 10000000 if full else 500000
        self.rounds = 3
        self.rate = {}  # packets/s that nfqd has handled, by number of sources

    def in_turns(self, contenders, sources):
        """[{name: (packets/s, packets per second of the generator's processor)}], one for each round."""
        rounds = []
        for _ in range(self.rounds):
            rounds.append({})
            for name, make in contenders.items():
                with make() as contender:
                    rounds[-1][name] = measure(self.lab, contender, sources, self.seconds)
        return rounds


def rate(rounds, name):
    return statistics.median(turn[name][0] for turn in rounds)


def ratio(rounds, name, other, column=0):
    return statistics.median(turn[name][column] / turn[other][column] for turn in rounds)


def against(rounds, name, other):
    """The text next to a ratio: both rates, and the ratio by processor time, which other work on the machine does not
    affect."""
    return "%.0f k/s to %.0f k/s; by processor time %.2f" % (
        rate(rounds, name) / 1e3, rate(rounds, other) / 1e3, ratio(rounds, name, other, 1))


class Costed:
    """nfqd, and the processor time of its processes until the log is complete."""

    def __init__(self, lab, costs, policy=POLICY):
        self.gate = Gate(lab, policy)
        self.costs = costs

    def __enter__(self):
        self.gate.__enter__()
        self.handled = self.gate.handled
        self.before = self.gate.cpu()
        return self

    def __exit__(self, *error):
        if error[0] is None:
            report = self.gate.settle()
            self.costs.append(((self.gate.cpu() - self.before) / recorded(report["totals"]) * 1e6,
                               report["complete"], len(report["hosts"])))
        self.gate.__exit__(*error)


# A source is over it at once, so that nearly all of a flood meets one rule; the default lets all that is no flood pass.
LOW_PACE = "pace 1/second burst 60\n"


def flood_and_cost(bench):
    for sources, forward, cost in zip(SOURCES, (1.0, 0.95), (0.05, 0.2)):
        costs, default_costs = [], []
        rounds = bench.in_turns({"forward": lambda: HandWritten(bench.lab, "forward"),
                                 "raw": lambda: HandWritten(bench.lab, "raw"),
                                 "nfqd": lambda: Costed(bench.lab, costs, POLICY + LOW_PACE),
                                 "default": lambda: Costed(bench.lab, default_costs)}, sources)
        bench.rate[sources] = rate(rounds, "default")
        named = all(complete and hosts == sources for _, complete, hosts in costs + default_costs)
        all_named = "every source named" if named else "NOT every source named"
        bench.table.at_least("flood of %d strangers, against the hand-written rule in the forward hook" % sources,
                             ratio(rounds, "nfqd", "forward"), forward,
                             "%s; %s" % (against(rounds, "nfqd", "forward"), all_named), met=named)
        bench.table.at_least("the same, against that rule in the raw hook", ratio(rounds, "nfqd", "raw"), 0.78,
                             against(rounds, "nfqd", "raw"))
        bench.table.at_most("processor seconds of all our processes per 1,000,000 refused, %d strangers" % sources,
                            statistics.median(seconds for seconds, _, _ in costs), cost, "until the log has them all")
        for hook in ("forward", "raw"):
            bench.table.add("%d strangers at the default pace, against the rule in the %s hook" % (sources, hook),
                            "%.2f" % ratio(rounds, "default", hook), "shown", against(rounds, "default", hook), None)
        bench.table.add("the same: processor seconds per 1,000,000 refused",
                        "%.3g" % statistics.median(seconds for seconds, _, _ in default_costs), "shown",
                        "until the log has them all", None)


def without_shield(bench):
    rounds = bench.in_turns({"smallest": lambda: Smallest(bench.lab), "batches": lambda: Smallest(bench.lab, "-b"),
                             "nfqd": lambda: Gate(bench.lab, POLICY + "pace off\n")}, 50)
    bench.table.at_least("shield off, against the smallest loop that drops everything",
                         ratio(rounds, "nfqd", "smallest"), 0.95,
                         "%.0f k/s to %.0f k/s; the same loop in batches: %.0f k/s" %
                         tuple(rate(rounds, name) / 1e3 for name in ("nfqd", "smallest", "batches")))


def exact(bench):
    packets = bench.packets
    with Gate(bench.lab, POLICY.replace("stranger drop", "stranger reject")) as gate:
        before = gate.cpu()
        flood = Flood.run(bench.lab, 5000, packets=packets, counts=True)
        report = gate.settle()
        seconds = gate.cpu() - before
        saw = gate.shielded()["shielded"] + gate.shielded()["unnamed"] + \
            gate.status()["rules"]["openings"]["stranger"]
    logged = {host["host"]: recorded(host["gate"]) for host in report["hosts"]}
    wrong = sum(logged.get(address) != count for address, count in flood.counts.items())
    same = wrong == 0 and len(logged) == len(flood.counts) and report["complete"] and report["missing"] == 0
    bench.table.add("SYNs in the report / packets the kernel saw, {:,} SYNs".format(packets),
                    "%.6f" % (recorded(report["totals"]) / saw), "1.000000",
                    "complete: %s, missing: %d; %d of %d hosts differ from what the generator sent; strangers rejected,"
                    " %.2f processor seconds per 1,000,000" % (str(report["complete"]).lower(), report["missing"],
                                                               wrong, len(flood.counts), seconds / packets * 1e6),
                    same and recorded(report["totals"]) == saw)


def other_log(bench):
    packets = bench.packets
    what = "attempts stored by ulogd2 + SQLite, of {:,}".format(packets)
    if ulogd.missing():
        bench.table.add(what, "-", "shown", "ulogd2 is not installed (contrib/install-deps --bench)", None)
        return
    with ulogd.Ulogd(bench.lab) as log:
        Flood.run(bench.lab, 5000, packets=packets)
        stored = log.stored()
    bench.table.add(what, "{:,}".format(stored), "shown", "%.4f of them" % (stored / packets), None)


PAIRS = 5  # rounds for the p99, of which a few slow connects decide


def connects(bench, listener, per_second):
    """Milliseconds of the mail server's connects, one after the other, while a flood lasts, or at rest (0)."""
    command = Flood.command(bench.lab, 5000, seconds=bench.seconds + 2, per_second=per_second)
    times = []
    flood = bench.lab.start(bench.lab.annex, command, stdout=subprocess.DEVNULL) if per_second > 0 else None
    time.sleep(1)
    end = time.monotonic() + bench.seconds
    while time.monotonic() < end:
        times += latency.measure(bench.lab, listener, "10.1.0.25", "203.0.113.25", 200)
    if flood is not None:
        bench.lab.stop(flood)
    return times


def compare_connects(bench, listener, when, per_second):
    ratios, ours, theirs = [], [], []
    for _ in range(PAIRS):
        with HandWritten(bench.lab, "forward"):
            theirs.append(connects(bench, listener, per_second))
        with Gate(bench.lab):
            ours.append(connects(bench, listener, per_second))
        ratios.append(latency.p99(ours[-1]) / latency.p99(theirs[-1]))
    bench.table.at_most("p99 connect of the listed mail server %s, against the hand-written rule" % when,
                        statistics.median(ratios), 1.2, "%.2f ms to %.2f ms (medians %.2f, %.2f) at %.0f k/s" % (
                            statistics.median(map(latency.p99, ours)), statistics.median(map(latency.p99, theirs)),
                            statistics.median(sum(ours, [])), statistics.median(sum(theirs, [])), per_second / 1e3))


def mail_server(bench):
    if 5000 not in bench.rate:
        with Gate(bench.lab) as gate:
            bench.rate[5000] = measure(bench.lab, gate, 5000, bench.seconds)[0]
    per_second = 0.8 * bench.rate[5000]
    bench.lab.outside.sysctl("core/somaxconn", 400)
    listener = listen(bench.lab.outside, family("10.1.0.25"), 25, 400)
    listener.setblocking(False)
    compare_connects(bench, listener, "at rest", 0)
    compare_connects(bench, listener, "in a flood at 80 %", per_second)
    listener.close()


def memory(bench):
    with Gate(bench.lab) as gate:
        Flood.run(bench.lab, 100000, packets=300000)
        report = gate.settle()
        bench.table.at_most("memory of all our processes after 100,000 distinct strangers, MiB", gate.memory(), 96,
                            "PSS; %d hosts in the report, missing: %d" % (report["totals"]["hosts"], report["missing"]))


def geography(bench):
    """bench_geo's slowest database."""
    out = subprocess.run([os.path.join(BUILD, "bench/bench_geo")], cwd=TOP, capture_output=True, text=True,
                         check=True).stdout
    each = {name.strip(): float(ns) for name, ns in re.findall(r"^  (\S.*?)\s+([0-9.]+) ns ", out, re.MULTILINE)}
    bench.table.at_most("country of an address, nanoseconds a look-up in one file", max(each.values()), 1000,
                        "processor time; " + ", ".join("%s: %.0f" % item for item in each.items()))


ROWS = [flood_and_cost, without_shield, exact, other_log, mail_server, memory, geography]


@contextlib.contextmanager
def prepared_lab():
    with Lab() as lab:
        prepare(lab)
        yield lab


if __name__ == "__main__":
    run_rows("figures", __doc__, "make bench", prepared_lab, Bench, ROWS)
