# SPDX-License-Identifier: GPL-3.0-or-later
"""A wall clock that is wrong: it begins in 1970, or jumps to 2100 and back (tests/shim/clock.c)."""
import os
import signal
import sqlite3
import time

from check import eventually, expect, expect_that, test
from daemons import Clock, Nfqd, Pcapmon
from test_matrix import another_child, moment
from probe import connect

POLICY = "stranger reject\nallow 10.1.0.25\n"
FAR = 4102444800  # 2100
DAY = 86400


def old_minutes(nfqd, days):
    """Writes a minute for each of the last days."""
    with sqlite3.connect(nfqd.top + "/db/gate.db", timeout=10) as db:
        for day in range(1, days + 1):
            first = int((time.time() - day * DAY) * 1000000)
            db.execute("INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
                       " destinations, first, last, lead, tail) VALUES (?, ?, ?, 25, 1, 1, 3, 0, 1, ?, ?, 0, 0)",
                       (first // 60000000, bytes([10, 1, 2, 1]), bytes([203, 0, 113, 1]), first, first))


def minutes(nfqd):
    return len(nfqd.lines("attempt", "host = x'0a010201'", "minute"))


@test
def clock_in_2100_deletes_nothing_and_silences_no_judge(lab):
    clock = Clock(lab)
    with Nfqd(lab, "keep 2d\n" + POLICY, environment=clock.environment) as nfqd:
        connect(lab, "10.1.0.66", "203.0.113.25")
        eventually(5, "a first minute", lambda: len(nfqd.lines("attempt", column="minute")), bool)
        eventually(5, "a first pruning to be over", lambda: nfqd.lines("meta", "key = 'clock'", "value"), bool)
        old_minutes(nfqd, 1)
        clock.step(FAR - time.time())
        for host in ("10.1.0.67", "10.1.0.68"):
            connect(lab, host, "203.0.113.25")
            eventually(5, "rows of 2100", lambda: len(nfqd.lines("attempt", "first > %d" % (FAR * 1000000), "minute")),
                       lambda n, host=host: n >= int(host[-1]) - 6)
            time.sleep(1.5)  # a prune that is due comes with the commit of the rows
            expect("minutes of yesterday, after %s" % host, 1, minutes(nfqd))
            if host == "10.1.0.67":  # nor after a restart
                recorder = nfqd.child("recorder")["pid"]
                os.kill(recorder, signal.SIGKILL)
                another_child(nfqd, "recorder", recorder)
        clock.step(5 - time.time() % 60 - 10)  # back, 5 s before the end of a minute
        eventually(3, "the clock to be noticed", lambda: nfqd.lines("journal", "what = 'clock'"), lambda l: len(l) == 2)
        connect(lab, "10.1.0.69", "203.0.113.25")
        # The laboratory's hosts share a card, by which they are judged: its state is of 2100.
        eventually(35, "the new host to be judged, at its time",
                   lambda: nfqd.lines("judged_host JOIN judged USING (who)", "host = x'0a010045'", "last"),
                   lambda last: last and abs(last[0] / 1000000 - time.time()) < 300)
        expect("minutes of yesterday", 1, minutes(nfqd))
        status = nfqd.status()
        expect_that("judged" not in str(status["problems"]), "no problem of judging", status["problems"])


@test
def clock_set_after_the_start_moves_the_times(lab):
    """It begins in 1970, twice: with a new log, and with one of an earlier run."""
    clock = Clock(lab)
    sent = 0
    for again in (False, True):
        clock.step(120 - time.time())
        if not again:
            nfqd = Nfqd(lab, POLICY, environment=clock.environment)
        before = time.time()
        with nfqd:
            for _ in range(5):
                connect(lab, "10.1.0.66", "203.0.113.25")
            sent += 5
            recorder = nfqd.child("recorder")["pid"]
            os.kill(recorder, signal.SIGKILL)  # its successor waits as well
            another_child(nfqd, "recorder", recorder)
            time.sleep(1.5)
            clock.step(0)
            nfqd.wait_for_log({"10.1.0.66": (sent, sent, 0)}, seconds=5)
            report = nfqd.report()
            expect("rows of 1970", [], nfqd.lines("attempt", "first < 1000000000000000", "first"))
            last = nfqd.lines("attempt", column="max(last)")[0] / 1000000
            expect_that(before <= last <= time.time(), "the attempts at their times", (before, last, time.time()))
            causes = [(gap["cause"], gap["since"][:4], gap["until"][:4]) for gap in report["gaps"]]
            year = time.strftime("%Y")
            expect_that(not again and not causes or all(since == until == year for _, since, until in causes),
                        "no gap in 1970", causes)
        nfqd.run("rules", "--remove", check=False)


@test
def clock_not_set_in_time_is_a_gap(lab):
    """The recorder stops waiting, here because it ends; the attempts are in 1970, and their number where they belong."""
    clock = Clock(lab)
    clock.step(120 - time.time())
    before = time.time()
    with Nfqd(lab, POLICY, environment=clock.environment) as nfqd:
        for _ in range(5):
            connect(lab, "10.1.0.66", "203.0.113.25")
        recorder = nfqd.child("recorder")["pid"]
        os.kill(recorder, signal.SIGTERM)
        another_child(nfqd, "recorder", recorder)
        for _ in range(2):
            connect(lab, "10.1.0.66", "203.0.113.25")
        eventually(5, "rows of 1970", lambda: sum(nfqd.lines("attempt", column="attempts")), lambda n: n == 7)
        clock.step(0)
        gaps = eventually(5, "a gap", lambda: nfqd.report("--since", "1h", "--json")["gaps"],
                          lambda gaps: [gap for gap in gaps if "the clock was not set" in gap["cause"]])
        expect("number of missing ones", [7], [gap["missing"] for gap in gaps])
        expect_that(abs(moment(gaps[0]["since"]) - before) < 5, "a gap from the start on", gaps)


def make_five(lab, nfqd):
    """Attempts, by whatever the clock says; both programs have recorded them."""
    for _ in range(5):
        connect(lab, "10.1.0.66", "203.0.113.25")
    eventually(5, "five attempts of the past", lambda: sum(nfqd.lines("attempt", column="attempts")), lambda n: n == 5)
    eventually(5, "five attempts of the past in wire.db", lambda: wire(nfqd, "attempt", "sum(attempts)", "1"),
               lambda n: n == 5)


@test
def clock_that_was_slow_and_is_set_forward_is_a_gap(lab):
    """It is later than all that is known, so neither gate nor pcapmon can know that it is wrong, until it is set."""
    clock = Clock(lab)
    clock.step(-3 * DAY)
    before = time.time()
    with Nfqd(lab, POLICY, environment=clock.environment) as nfqd, Pcapmon(nfqd, environment=clock.environment) as pcapmon:
        make_five(lab, nfqd)
        clock.step(0)
        connect(lab, "10.1.0.66", "203.0.113.25")
        gaps = eventually(5, "a gap of each", lambda: nfqd.report("--since", "1h", "--json")["gaps"],
                          lambda gaps: ["the clock was set forward" in gap["cause"] for gap in gaps] == [True, True])
        expect("logs", ["gate", "wire"], sorted(gap["log"] for gap in gaps))
        for gap in gaps:
            expect_that(5 <= gap["missing"] <= 6, "5 openings to be missing, or 6 as the last may be one of them", gap)
            expect_that(abs(moment(gap["since"]) - before) < 6, "a gap from the start on", gap)
        expect("exit status", 0, pcapmon.stop())


@test
def clock_set_forward_long_after_the_start_is_a_gap(lab):
    """Nobody knows since when it was wrong: what was skipped is a gap of unknown size. The machine was suspended for six
    minutes meanwhile, by which the wall clock is right to go on."""
    clock = Clock(lab)
    passed = 360
    clock.step(-passed - DAY)
    with Nfqd(lab, POLICY, environment=clock.environment) as nfqd, Pcapmon(nfqd, environment=clock.environment) as pcapmon:
        make_five(lab, nfqd)
        clock.step(-DAY, suspended=passed)
        time.sleep(2.2)  # each has looked at its clock
        expect("gaps of a machine that was suspended", [], forward_gaps(nfqd))
        clock.step(0, suspended=passed)
        gaps = eventually(5, "a gap of each", lambda: forward_gaps(nfqd), lambda gaps: len(gaps) == 2)
        expect("logs", ["gate", "wire"], sorted(gap["log"] for gap in gaps))
        for gap in gaps:
            expect("missing", None, gap["missing"])
            since, until = moment(gap["since"]), moment(gap["until"])
            expect_that(abs(until - time.time()) < 6 and abs(until - since - DAY) < 6, "a gap over what was skipped", gap)
        connect(lab, "10.1.0.66", "203.0.113.25")
        now = "first > %d" % ((time.time() - passed) * 1000000)
        eventually(5, "another attempt, at its time", lambda: nfqd.lines("attempt", now, "attempts"), lambda got: got == [1])
        eventually(5, "it in wire.db", lambda: wire(nfqd, "attempt", "sum(attempts)", now), lambda n: n == 1)
        expect("attempts of all times", [6, 6],
               [sum(nfqd.lines("attempt", column="attempts")), wire(nfqd, "attempt", "sum(attempts)", "1")])
        expect("complete", False, nfqd.report("--since", "1h", "--json")["complete"])
        expect("exit status", 0, pcapmon.stop())


@test
def clock_of_pcapmon_not_set_at_its_start_is_a_gap(lab):
    """With the number of SYNs if this is its first run; else from the end of the last one on."""
    clock = Clock(lab)
    with Nfqd(lab, POLICY, environment=clock.environment) as nfqd:
        for again in (False, True):
            ended = time.time()
            clock.step(120 - time.time())
            before = time.time()
            with Pcapmon(nfqd, environment=clock.environment) as pcapmon:
                for _ in range(5):
                    connect(lab, "10.1.0.67", "203.0.113.25")
                eventually(5, "rows of 1970", lambda: wire(nfqd, "attempt", "sum(attempts)", "minute < 1000"),
                           lambda n: n == (10 if again else 5))
                expect("a sign of life in 1970", 0, wire(nfqd, "meta", "count(*)", "key = 'run_alive' AND value < 1000000000000000"))
                clock.step(0)
                gaps = eventually(5, "a gap", lambda: clock_gaps(nfqd), lambda seen: len(seen) == 1 + again)
                expect("missing", None if again else 5, gaps[again]["missing"])
                expect_that(abs(moment(gaps[again]["since"]) - (ended if again else before)) < 5, "a gap from then on", gaps)
                connect(lab, "10.1.0.67", "203.0.113.25")
                eventually(5, "another attempt, at its time", lambda: wire(nfqd, "attempt", "sum(attempts)", "minute > 1000"),
                           lambda n: n == 1 + again)
                expect("exit status", 0, pcapmon.stop())


def wire(nfqd, table, column, where):
    """A number of wire.db."""
    with sqlite3.connect("file:%s/db/wire.db?mode=ro" % nfqd.top, uri=True) as db:
        return db.execute("SELECT %s FROM %s WHERE %s" % (column, table, where)).fetchone()[0]


def forward_gaps(nfqd):
    return [gap for gap in nfqd.report("--since", "2d", "--json")["gaps"] if "the clock was set forward" in gap["cause"]]


def clock_gaps(nfqd):
    """Those of wire.db, the first one first."""
    gaps = nfqd.report("--since", "1h", "--json")["gaps"]
    return sorted((gap for gap in gaps if "the clock was not set: SYNs" in gap["cause"]), key=lambda gap: gap["until"])
