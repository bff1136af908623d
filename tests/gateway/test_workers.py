# SPDX-License-Identifier: GPL-3.0-or-later
"""`queue N workers M`: several gates. The kernel gives each pair of source and destination to one of them; the verdict
and the log entry of an opening must not depend on the gate."""
import os
import signal
import time

from check import eventually, expect, expect_that, test
from daemons import Nfqd
from probe import Capture, connect_all, send_syns
from test_matrix import Traffic, moment, refused_again
from test_shield import flood_command

WORKERS = 4
POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
LISTED = ["10.1.0.25", "2001:db8:1::25"]
STRANGERS = ["10.1.0.%d" % n for n in range(101, 113)] + ["2001:db8:1::%x" % n for n in range(0x101, 0x109)]


def outside(src, n):
    """The n-th destination in a source's family."""
    return "2001:db8:f::%x" % (0x100 + n) if ":" in src else "203.0.113.%d" % (100 + n)


def flows(sources, destinations):
    return [(src, outside(src, n), 25) for src in sources for n in range(destinations)]


def taken(nfqd):
    """How many openings each gate has taken."""
    return [gate["listed"] + gate["closed"] for gate in nfqd.status()["gates"]]


def expect_spread(nfqd, total, resent=0):
    """`resent`: so many may come once more, if they were dropped."""
    eventually(2, "%d openings taken by more than one gate" % total, lambda: taken(nfqd),
               lambda seen: total <= sum(seen) <= total + resent and sum(count > 0 for count in seen) > 1)


def gates_of(lab, nfqd, wanted):
    """{flow: number of the gate that takes it, the first being 0}"""
    found = {}
    before = taken(nfqd)
    for flow in wanted:
        connect_all(lab, [flow])
        now = eventually(2, "the gate of %s" % (flow,), lambda: taken(nfqd), lambda seen: sum(seen) == sum(before) + 1)
        found[flow] = next(number for number in range(WORKERS) if now[number] != before[number])
        before = now
    return found


def expect_others_lived_on(nfqd, before, victim):
    for old, new in zip(before, nfqd.gates()):
        if old["number"] != victim + 1:
            expect("gate %d" % old["number"], (old["pid"], 0), (new["pid"], new["restarts"]))


@test
def workers_judge_and_log_as_one_gate_does(lab):
    wanted = flows(LISTED, 6) + flows(STRANGERS, 3)
    results = []
    for workers in (1, WORKERS):
        with Nfqd(lab, POLICY, workers=workers) as nfqd:
            outcomes = [o.kind for o in connect_all(lab, wanted, pace=0.003)]
            counts = {src: (6, 0, 6) for src in LISTED} | {src: (3, 3, 0) for src in STRANGERS}
            nfqd.wait_for_log(counts)
            report = nfqd.report()
            results.append((outcomes, [(h["host"], h["label"], h["attempts"], h["destinations"], h["retransmits"])
                                       for h in report["hosts"]], report["complete"], report["totals"]))
            if workers > 1:
                expect_spread(nfqd, len(wanted))
                status = nfqd.status()
                expect("queues", [(25 + n, "listed", n % WORKERS + 1) if n < WORKERS else
                                  (25 + n, "closed", n % WORKERS + 1) for n in range(2 * WORKERS)],
                       [(q["number"], q["role"], q["gate"]) for q in status["queues"] if q["bound"]])
                expect("the sum of all gates", len(wanted), status["gate"]["listed"] + status["gate"]["closed"])
                text = nfqd.run("status").stdout
                expect_that(all("gate %d " % (n + 1) in text for n in range(WORKERS)), "status to name each gate", text)
    expect("outcomes and report with %d gates" % WORKERS, results[0], results[1])


@test
def workers_know_a_retransmission(lab):
    syns = [(src, dst, port, 30000 + number, 77) for number, (src, dst, port) in enumerate(flows(STRANGERS, 2))]
    with Nfqd(lab, "stranger drop\nallow 10.1.0.25\n", workers=WORKERS) as nfqd:
        for _ in range(3):
            send_syns(lab, syns)
        nfqd.wait_for_log({src: (2, 2, 0) for src in STRANGERS})
        eventually(3, "2 retransmissions of each attempt", lambda: nfqd.report()["totals"],
                   lambda seen: (seen["attempts"], seen["retransmits"]) == (len(syns), 2 * len(syns)))
        expect_spread(nfqd, 3 * len(syns))


@test
def workers_share_the_minute_of_max(lab):
    """A source that opens to many destinations, and so through all gates, has one minute's worth. A gate that is killed
    gives nothing back."""
    wanted = flows(LISTED, 30)
    policy = "".join("allow %s max 20/minute\n" % src for src in LISTED)
    with Nfqd(lab, policy, workers=WORKERS) as nfqd:
        outcomes = connect_all(lab, wanted, pace=0.004)  # the listed queues are short
        for src in LISTED:
            kinds = [o.kind for flow, o in zip(wanted, outcomes) if flow[0] == src]
            expect("%s's connects" % src, (20, 10), (kinds.count("connected"), kinds.count("timeout")))
        nfqd.wait_for_log({src: (30, 10, 20) for src in LISTED})
        expect_spread(nfqd, len(wanted), 20)
        for gate in nfqd.gates():
            os.kill(gate["pid"], signal.SIGKILL)
        eventually(5, "new gates", nfqd.gates,
                   lambda gates: all(gate["restarts"] == 1 and gate["pid"] for gate in gates))
        outcomes = connect_all(lab, flows(LISTED[:1], 30), pace=0.004)
        expect_that(sum(o.kind == "connected" for o in outcomes) <= 5, "what has been refilled and no more", outcomes)


@test
def workers_take_over_a_reload(lab):
    wanted = flows(STRANGERS[:2] + STRANGERS[-2:], 8)
    with Nfqd(lab, POLICY, workers=WORKERS) as nfqd:
        expect("before", {"refused"}, {o.kind for o in connect_all(lab, wanted, pace=0.003)})
        done = nfqd.reload(POLICY + "allow lan\n")
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect("allowed by all gates", {"connected"}, {o.kind for o in connect_all(lab, wanted, pace=0.003)})
        done = nfqd.reload(POLICY)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect("refused by all gates", {"refused"}, {o.kind for o in connect_all(lab, wanted, pace=0.003)})
        expect_spread(nfqd, 3 * len(wanted))
        nfqd.workers = 2
        done = nfqd.reload(POLICY)
        expect_that(done.returncode == 1 and "`queue` has changed" in done.stderr, "another number to need a restart",
                    done.stderr)


@test
def workers_one_killed(lab):
    with Nfqd(lab, POLICY, workers=WORKERS) as nfqd, Traffic(lab, nfqd) as traffic:
        before = nfqd.gates()
        begin = time.time()
        os.kill(before[1]["pid"], signal.SIGKILL)
        eventually(5, "another gate 2", lambda: nfqd.gates()[1],
                   lambda gate: gate["pid"] not in (None, before[1]["pid"]) and gate["restarts"] == 1)
        expect_others_lived_on(nfqd, before, 1)
        refused_again(lab)
        gaps = eventually(3, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect_that(len(gaps) == 1 and "gate 2 was killed" in gaps[0]["cause"] and "queues 26 and 30" in
                    gaps[0]["cause"] and moment(gaps[0]["since"]) >= begin - 2, "one gap of gate 2's queues", gaps)
        expect_that(gaps[0]["missing"] is not None and gaps[0]["missing"] < 40, "a small number in it", gaps)
        traffic.judge()


@test
def workers_one_hangs(lab):
    """The others go on meanwhile, and it alone is replaced."""
    wanted = flows(STRANGERS[:8] + STRANGERS[-4:], 2)
    with Nfqd(lab, POLICY, workers=WORKERS) as nfqd:
        gate = gates_of(lab, nfqd, wanted)
        expect_that(len(set(gate.values())) > 1, "more than one gate to be used", gate)
        victim = next(iter(gate.values()))
        before = nfqd.gates()
        os.kill(before[victim]["pid"], signal.SIGSTOP)
        outcomes = connect_all(lab, wanted, patience=1)
        for flow, outcome in zip(wanted, outcomes):
            if gate[flow] == victim:
                expect("a connect through the gate that hangs", "timeout", outcome.kind)
            else:
                expect_that(outcome.kind == "refused" and outcome.ms < 500, "a refusal at once by gate %d" %
                            (gate[flow] + 1), outcome)
        eventually(4, "another gate %d" % (victim + 1), lambda: nfqd.gates()[victim],
                   lambda g: g["pid"] not in (None, before[victim]["pid"]) and g["restarts"] == 1)
        expect_others_lived_on(nfqd, before, victim)
        expect("connects after that", {"refused"}, {o.kind for o in connect_all(lab, wanted)})
        gaps = eventually(3, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect_that(len(gaps) == 1 and "gate %d was killed" % (victim + 1) in gaps[0]["cause"], "one gap, of it", gaps)
        # Each was tried three times, and the kernel sent again what was not answered; nothing but that may be missing.
        unanswered = sum(gate[flow] == victim for flow in wanted)
        expect_that(unanswered <= gaps[0]["missing"] <= 3 * unanswered, "%d openings or their resends in it" %
                    unanswered, gaps)
        eventually(3, "every other attempt in the log", lambda: nfqd.report()["totals"]["attempts"],
                   lambda seen: seen == 3 * len(wanted) - unanswered)


@test
def workers_recorder_killed(lab):
    """A new one continues in the spools of all gates: nothing is lost or counted twice."""
    wanted = flows(STRANGERS, 3)
    with Nfqd(lab, POLICY, workers=WORKERS) as nfqd:
        for _ in range(5):
            connect_all(lab, wanted)
            pid = nfqd.child("recorder")["pid"]
            if pid:
                os.kill(pid, signal.SIGKILL)
            connect_all(lab, wanted)
        nfqd.wait_for_log({src: (30, 30, 0) for src in STRANGERS}, seconds=6)
        expect("retransmissions", 0, nfqd.report()["totals"]["retransmits"])
        expect("missing", 0, nfqd.report()["missing"])
        expect_spread(nfqd, 10 * len(wanted))


@test
def workers_of_another_number_after_a_restart(lab):
    """The rules of the last run name other queues. In a flood, no stranger may pass through a queue that was closed
    before and is now a short one that accepts its excess."""
    policy = "stranger drop\npace off\nallow 10.1.0.25\n"
    with Nfqd(lab, policy) as nfqd, Capture(lab, lab.outside, "dst net 203.0.113.40/29", "wan0") as capture:
        flood = lab.start(lab.laptop, flood_command(lab, 200, 10000000))
        eventually(3, "the flood", lambda: taken(nfqd), lambda seen: sum(seen) > 1000)
        for workers in (WORKERS, 2, 1):
            nfqd.stop()
            nfqd.workers = workers
            nfqd.write(policy)
            nfqd.start()
            eventually(3, "all %d gates to judge the flood" % workers, lambda: taken(nfqd),
                       lambda seen: len(seen) == workers and all(count > 0 for count in seen))
        lab.stop(flood)
    expect("openings of strangers outside", [], [line for line in capture.lines if "Flags [S]" in line][:3])


@test
def workers_in_the_rules_of_iptables(lab):
    nfqd = Nfqd(lab, POLICY, workers=WORKERS)
    rules = [line for line in nfqd.run("rules", "--backend", "iptables").stdout.splitlines() if "NFQUEUE" in line]
    expect("rules with a queue", {True}, {"--queue-balance 29:32" in line or
                                          "--queue-balance 25:28 --queue-bypass" in line for line in rules})
