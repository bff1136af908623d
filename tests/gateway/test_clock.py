# SPDX-License-Identifier: GPL-3.0-or-later
"""A wall clock that is wrong: it begins in 1970, or jumps to 2100 and back (tests/shim/clock.c)."""
import os
import signal
import sqlite3
import time

from check import eventually, expect, expect_that, test
from daemons import Clock, Nfqd
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
