# SPDX-License-Identifier: GPL-3.0-or-later
"""Listed hosts are decided by the kernel alone, and reported by NFLOG: no process of nfqd can delay them, and the log
has each opening or the number of those missing."""
import contextlib
import json
import os
import signal
import time

from check import eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from lab import WAN4
from probe import connect, connect_all, send_syns
from test_local import connect_as
from test_shield import flood

MAIL4, MAIL6, BOT4 = "10.1.0.25", "2001:db8:1::25", "10.1.0.66"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
POLICY = "stranger drop\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
LISTED = [(MAIL4, OUT4, 25), (MAIL6, OUT6, 25)]
FLOODERS = "10.1.16.0/24"  # of flood(), whose addresses begin there


def processes(nfqd):
    return [nfqd.process.pid] + [child["pid"] for child in nfqd.status()["children"]]


def kinds(lab, wanted, patience=4):
    got = [outcome.kind for outcome in connect_all(lab, wanted, patience)]
    return {kind: got.count(kind) for kind in set(got)}


def sums(report, hosts):
    """(logged, missing): openings of the hosts with their retransmits, and the numbers of all gaps."""
    logged = sum(host["attempts"] + host["retransmits"] for host in report["hosts"] if host["host"] in hosts)
    return logged, sum(gap["missing"] or 0 for gap in report["gaps"])


@test
def nflog_listed_hosts_need_no_process_of_ours(lab):
    """All processes stopped (SIGSTOP): 100 connects of listed hosts, and every one of them is in the log afterwards."""
    for workers in (1, 3):
        with Nfqd(lab, POLICY, workers=workers) as nfqd:
            pids = processes(nfqd)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                expect("connects of listed hosts", {"connected": 100}, kinds(lab, LISTED * 50))
                expect("a stranger's connect", "timeout", connect(lab, BOT4, OUT4, patience=0.5).kind)
            finally:
                for pid in reversed(pids):
                    os.kill(pid, signal.SIGCONT)
            # A gate that looks hung may be replaced: its unread messages are then in a gap, and nowhere else.
            eventually(8, "100 openings in the log or in gaps", lambda: sums(nfqd.report(), (MAIL4, MAIL6)),
                       lambda seen: seen[0] <= 100 <= sum(seen))
            expect("the kernel's count", 100, nfqd.status()["rules"]["openings"]["listed"])


@test
def nflog_death_of_all_changes_nothing_for_listed_hosts(lab):
    """Each process killed at once; the next run says how many openings it did not see."""
    with Nfqd(lab, POLICY) as nfqd:
        expect("a stranger's connect", "timeout", connect(lab, BOT4, OUT4, patience=0.5).kind)
        nfqd.wait_for_log({BOT4: (1, 1, 0)})
        for pid in processes(nfqd):
            os.kill(pid, signal.SIGKILL)
        nfqd.process.wait()
        expect("connects of listed hosts", {"connected": 100}, kinds(lab, LISTED * 50))
        nfqd.start()
        gaps = eventually(4, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect("openings missing", 100, sum(gap["missing"] for gap in gaps))
        expect("connects of listed hosts", {"connected": 2}, kinds(lab, LISTED))
        nfqd.wait_for_log({MAIL4: (1, 0, 1), MAIL6: (1, 0, 1)}, seconds=4)


@test
def nflog_a_killed_gate_leaves_a_numbered_gap(lab):
    """Openings that passed while there was no gate, or that it had not read, are missing with a number."""
    with Nfqd(lab, POLICY) as nfqd:
        victim = nfqd.child("gate")["pid"]
        os.kill(victim, signal.SIGSTOP)
        expect("connects of listed hosts", {"connected": 20}, kinds(lab, LISTED * 10))
        with contextlib.suppress(ProcessLookupError):  # on a slow machine the supervisor has ended and replaced it
            os.kill(victim, signal.SIGKILL)
        gaps = eventually(4, "a gap", lambda: nfqd.report()["gaps"], bool)
        missing = sum(gap["missing"] for gap in gaps)
        logged = {address: nfqd.gate(address)[0] for address in (MAIL4, MAIL6)}
        expect("openings logged or missing", 20, sum(logged.values()) + missing)
        expect_that(missing > 0 and "the gate was killed" in gaps[0]["cause"], "the gate's death as the cause", gaps)
        expect("connects of listed hosts", {"connected": 2}, kinds(lab, LISTED))
        nfqd.wait_for_log({address: (count + 1, 0, count + 1) for address, count in logged.items()}, seconds=4)


@test
def nflog_an_orderly_stop_loses_nothing(lab):
    """Openings that the kernel holds for half a second are logged before the gate ends."""
    with Nfqd(lab, POLICY) as nfqd:
        for round in range(3):
            expect("connects of listed hosts", {"connected": 10}, kinds(lab, LISTED * 5))
            nfqd.stop()
            nfqd.start()
        nfqd.wait_for_log({MAIL4: (15, 0, 15), MAIL6: (15, 0, 15)}, seconds=4)
        missing = [gap["missing"] for gap in nfqd.report()["gaps"]]
        expect("openings missing", {0}, set(missing))


@test
def nflog_events_are_those_of_the_queue(lab):
    """MAC, times, retransmits, reasons, counts, and the user of the gateway's own processes."""
    policy = "stranger audit\nlocal\nallow local user 4711\nallow 10.1.0.25\nblock 10.1.0.9\n"
    syn = (MAIL4, OUT4, 25, 30001, 5)
    with Nfqd(lab, policy) as nfqd:
        begun = time.time()
        send_syns(lab, [syn, syn, syn, (BOT4, OUT4, 25, 30002, 6), ("10.1.0.9", OUT4, 25, 30003, 7)])
        for user in (4711, 4712):
            expect("a connect on the gateway", "connected", connect_as(lab, user, OUT4))
        nfqd.wait_for_log({MAIL4: (1, 0, 1), BOT4: (1, 0, 1), "10.1.0.9": (1, 0, 1), WAN4: (2, 0, 2)}, seconds=4)
        report = nfqd.report()
        host = nfqd.host(MAIL4, report)
        expect("retransmits and MAC", (2, "02:00:00:00:00:25"),
               (host["retransmits"], host["device"]["mac"]))
        for address, wanted in ((MAIL4, {("pass", "listed")}), (BOT4, {("audit", "stranger")}),
                                ("10.1.0.9", {("audit", "blocked")}),
                                (WAN4, {("pass", "listed"), ("audit", "stranger")})):
            text = nfqd.space.sh(NFQD, "host", address, "--db", nfqd.top + "/db", "--since", "all", "--json")
            rows = json.loads(text)["destinations_list"]
            expect("verdicts and reasons of " + address, wanted, {(row["verdict"], row["reason"]) for row in rows})
        status = nfqd.status()
        expect("openings of listed hosts and of strangers, and by NFLOG", (4, 3, 7),
               (*(status["rules"]["openings"][who] for who in ("listed", "stranger")), status["gate"]["listed"]))
        expect("the group", (25, True, 0, 0), tuple(status["nflog"][key] for key in
                                                    ("group", "bound", "lost", "overruns")))
        expect("packets in queues", 0, sum(queue["waiting"] for queue in status["queues"]))
        expect_that("nflog     group 25, bound" in nfqd.run("status").stdout, "the status to name the group", status)
        first = nfqd.lines("attempt", column="min(first)")[0] / 1e6
        expect_that(begun - 0.1 <= first <= begun + 1, "the time of the packet, not of the message", first - begun)
        expect("complete", True, report["complete"])


@test
def nflog_losses_have_a_number(lab):
    """More than the socket holds, while nobody reads: all that the kernel counted is logged or missing, once."""
    with Nfqd(lab, POLICY + "allow %s\n" % FLOODERS) as nfqd:
        pids = [nfqd.process.pid, nfqd.child("gate")["pid"]]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            flood(lab, 50, 320000, per_second=0)
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

        def add_up():
            def look():  # the status may be of the last look at the counters
                report = nfqd.report()
                return (nfqd.status()["rules"]["openings"]["listed"],
                        sum(sums(report, {host["host"] for host in report["hosts"]})))
            eventually(20, "what is counted to be logged or missing", look, lambda seen: seen[0] == seen[1] > 300000)
        add_up()
        # The next message shows how many were lost before it, which the counters may have shown already.
        expect("connects of listed hosts", {"connected": 2}, kinds(lab, LISTED))
        status = eventually(4, "NFLOG to have lost some", lambda: nfqd.status()["nflog"],
                            lambda seen: seen["lost"] > 1000 and seen["overruns"] >= 1)
        time.sleep(7)  # a look at the counters finds nothing more
        add_up()
        gaps = nfqd.report()["gaps"]
        expect_that(sum(gap["missing"] for gap in gaps) >= status["lost"], "the lost ones in gaps", (status, gaps))
