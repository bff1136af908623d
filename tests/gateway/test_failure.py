# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds when parts of nfqd, or all of it, are dead: listed hosts pass, strangers do not, and the log says so."""
import datetime
import os
import signal
import sqlite3
import time

from check import eventually, expect, expect_that, test
from daemons import Nfqd, ruleset
from probe import connect, connect_all

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
LISTED = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25)]
STRANGERS = [("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]


def expect_static(lab, when, patience=1.5):
    """Listed hosts connect, strangers do not, whether refused or not answered at all."""
    outcomes = connect_all(lab, LISTED + STRANGERS, patience)
    expect("the listed hosts' connects " + when, ["connected", "connected"], [o.kind for o in outcomes[:2]])
    for outcome in outcomes[2:]:
        expect_that(outcome.kind in ("refused", "timeout"), "a stranger not to connect " + when, outcome)


def gate_pid(nfqd):
    return nfqd.child("gate")["pid"]


@test
def killed_gate_is_restarted_and_the_gap_is_in_the_report(lab):
    with Nfqd(lab, POLICY) as nfqd:
        expect("gaps before", [], nfqd.report()["gaps"])
        victim = gate_pid(nfqd)
        before = time.time()
        os.kill(victim, signal.SIGKILL)
        expect_static(lab, "right after the gate was killed")
        eventually(5, "another gate", lambda: gate_pid(nfqd), lambda pid: pid and pid != victim)
        eventually(3, "strangers to be refused again", lambda: connect(lab, *STRANGERS[0]).kind,
                   lambda kind: kind == "refused")
        expect_that(nfqd.child("gate")["restarts"] >= 1, "the status to count the restart", nfqd.child("gate"))
        gaps = eventually(3, "a gap in the report", lambda: nfqd.report()["gaps"], bool)
        expect("number of gaps", 1, len(gaps))
        since, until = moment(gaps[0]["since"]), moment(gaps[0]["until"])
        expect_that(before - 2 <= since <= until <= time.time() + 1, "the gap to begin when the gate was killed",
                    (before, gaps[0]))
        expect_that("gate" in gaps[0]["cause"], "the gap's cause to name the gate", gaps[0]["cause"])
        expect("complete", False, nfqd.report()["complete"])


def moment(text):
    """Seconds since the epoch of an RFC 3339 time in UTC."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@test
def stopped_gate_lets_the_listed_host_pass(lab):
    """A gate that hangs: its queues exist and nobody reads them."""
    with Nfqd(lab, POLICY) as nfqd:
        pid = gate_pid(nfqd)
        os.kill(pid, signal.SIGSTOP)
        try:
            outcomes = connect_all(lab, LISTED * 20 + STRANGERS, patience=4)
            expect_that(all(o.kind == "connected" for o in outcomes[-12:-2]), "the listed host to connect past a full "
                        "queue", outcomes[-12:-2])
            for outcome in outcomes[-2:]:
                expect_that(outcome.kind in ("refused", "timeout"), "a stranger not to connect", outcome)
        finally:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass  # the supervisor has replaced it meanwhile
        eventually(5, "strangers to be refused again", lambda: connect(lab, *STRANGERS[0]).kind,
                   lambda kind: kind == "refused")


@test
def what_a_gate_that_stumbles_did_not_see_is_in_the_report(lab):
    """It is stopped for less than it takes to be replaced; most openings of the listed host pass its full queue."""
    with Nfqd(lab, POLICY) as nfqd:
        pid = gate_pid(nfqd)
        os.kill(pid, signal.SIGSTOP)
        outcomes = connect_all(lab, LISTED[:1] * 40, patience=0.7)
        os.kill(pid, signal.SIGCONT)
        expect("the gate after it stumbled", pid, gate_pid(nfqd))
        expect_that(sum(o.kind == "connected" for o in outcomes) >= 20, "most to connect", outcomes)
        seen = eventually(9, "40 openings, seen or missing", lambda: (nfqd.gate("10.1.0.25")[0],
                          nfqd.report()["missing"]), lambda seen: sum(seen) == 40)
        expect_that(seen[1] >= 20, "those that passed unseen to be missing", seen)
        expect("complete", False, nfqd.report()["complete"])


@test
def counters_that_begin_anew_hide_no_loss(lab):
    """Another port rewrites iptables' chains, and they count from 0. What passes while nfqd is down is still known."""
    with Nfqd(lab, POLICY) as nfqd:
        connect_all(lab, STRANGERS[:1] * 20)
        nfqd.wait_for_log({"10.1.0.66": (20, 20, 0)})
        expect("exit status of reload", 0, nfqd.reload(POLICY + "port 25 2525\n").returncode)
        nfqd.stop()
        connect_all(lab, LISTED[:1] * 30, patience=0.5)
        nfqd.start()
        gaps = eventually(3, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect("missing in each gap", [30], [gap["missing"] for gap in gaps])


@test
def killed_recorder_changes_no_verdict_and_loses_nothing(lab):
    with Nfqd(lab, POLICY) as nfqd:
        victim = nfqd.child("recorder")["pid"]
        os.kill(victim, signal.SIGKILL)
        kinds = [o.kind for o in connect_all(lab, LISTED + STRANGERS)]
        expect("the connects with no recorder", ["connected", "connected", "refused", "refused"], kinds)
        eventually(5, "another recorder", lambda: nfqd.child("recorder")["pid"], lambda pid: pid and pid != victim)
        nfqd.wait_for_log({"10.1.0.25": (1, 0, 1), "10.1.0.66": (1, 1, 0), "2001:db8:1::66": (1, 1, 0)}, seconds=5)


@test
def killed_daemon_leaves_the_policy_in_the_kernel(lab):
    """SIGKILL of the supervisor: no part of nfqd may live on, and the rules stay. Then it starts again over them."""
    with Nfqd(lab, POLICY) as nfqd:
        children = [child["pid"] for child in nfqd.status()["children"]]
        nfqd.stop(signal.SIGKILL)
        eventually(3, "no child to outlive the supervisor",
                   lambda: [pid for pid in children if os.path.exists("/proc/%d" % pid)], lambda seen: not seen)
        expect_static(lab, "with no daemon")
        expect_that(nfqd.run("status", check=False).returncode != 0, "nfqd status to fail", "exit status 0")
        rules = ruleset(lab.gateway)
        nfqd.start()
        expect("rules changed by the restart", [], sorted(set(rules) ^ set(ruleset(lab.gateway))))
        kinds = [o.kind for o in connect_all(lab, LISTED + STRANGERS)]
        expect("the connects after the restart", ["connected", "connected", "refused", "refused"], kinds)
        gaps = eventually(3, "the time without daemon as a gap in the report", lambda: nfqd.report()["gaps"], bool)
        expect("number of gaps", 1, len(gaps))


@test
def sigterm_leaves_the_rules(lab):
    with Nfqd(lab, POLICY) as nfqd:
        rules = ruleset(lab.gateway)
        expect("exit status after SIGTERM", 0, nfqd.stop())
        expect("rules changed by SIGTERM", [], sorted(set(rules) ^ set(ruleset(lab.gateway))))
        expect_static(lab, "with no daemon")
        expect_that("rules" in nfqd.log(), "the log to say that the rules stay", nfqd.log())


@test
def sigterm_with_remove_rules_on_exit(lab):
    with Nfqd(lab, POLICY, ["--remove-rules-on-exit"]) as nfqd:
        expect("exit status after SIGTERM", 0, nfqd.stop())
        expect("rules left", [], sorted(set(nfqd.before) ^ set(ruleset(lab.gateway))))
        expect("a stranger's connect without rules", "connected", connect(lab, *STRANGERS[0]).kind)


@test
def a_database_that_cannot_be_written_changes_no_verdict(lab):
    """Somebody holds the database's write lock; what happened meanwhile must be in the log afterwards."""
    with Nfqd(lab, POLICY) as nfqd:
        connect(lab, *STRANGERS[0])
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})
        lock = sqlite3.connect(nfqd.top + "/db/gate.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        for number in range(3):
            kinds = [o.kind for o in connect_all(lab, LISTED + STRANGERS)]
            expect("the connects while locked", ["connected", "connected", "refused", "refused"], kinds)
            time.sleep(0.5)
        lock.execute("ROLLBACK")
        lock.close()
        nfqd.wait_for_log({"10.1.0.66": (4, 4, 0), "10.1.0.25": (3, 0, 3)}, seconds=3)
