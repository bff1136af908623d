# SPDX-License-Identifier: GPL-3.0-or-later
"""How nfqd ends when it is asked to, and openings that no gate saw. What happens when it or a part of it is killed is
in test_matrix.py."""
import os
import signal

from check import brief, eventually, expect, expect_that, test
from daemons import Nfqd, ruleset
from probe import connect, connect_all

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
LISTED = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25)]
STRANGERS = [("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]


def expect_static(lab, when):
    """Listed hosts connect, strangers do not, whether refused or not answered at all."""
    outcomes = connect_all(lab, LISTED + STRANGERS)
    expect("the listed hosts' connects " + when, ["connected", "connected"], [o.kind for o in outcomes[:2]])
    for outcome in outcomes[2:]:
        expect_that(outcome.kind in ("refused", "timeout"), "a stranger not to connect " + when, outcome)


@test
def sigterm_leaves_the_rules(lab):
    with Nfqd(lab, POLICY) as nfqd:
        rules = ruleset(lab.gateway)
        expect("exit status after SIGTERM", 0, nfqd.stop())
        expect("rules changed by SIGTERM", [], sorted(set(rules) ^ set(ruleset(lab.gateway))))
        expect_static(lab, "with no daemon")
        expect_that("rules" in nfqd.log(), "the log to say that the rules stay", nfqd.log())


@test
@brief
def sigterm_with_remove_rules_on_exit(lab):
    with Nfqd(lab, POLICY, ["--remove-rules-on-exit"]) as nfqd:
        expect("exit status after SIGTERM", 0, nfqd.stop())
        expect("rules left", [], sorted(set(nfqd.before) ^ set(ruleset(lab.gateway))))
        expect("a stranger's connect without rules", "connected", connect(lab, *STRANGERS[0]).kind)


@test
def a_recorder_that_fails_at_once_fills_no_log(lab):
    """Its user is gone, as this process sees it, so that it ends as soon as it is started, once a second."""
    with Nfqd(lab, POLICY, within=("unshare", "-m", "--propagation", "private")) as nfqd:
        inside = ["nsenter", "-t", str(nfqd.process.pid), "-m"]
        users = ("/etc/passwd", "/etc/nsswitch.conf")  # systemd's module always knows nobody
        for file in users:
            nfqd.space.sh(*inside, "mount", "--bind", "/dev/null", file)
        os.kill(nfqd.child("recorder")["pid"], signal.SIGKILL)
        eventually(9, "five starts", lambda: nfqd.child("recorder")["restarts"], lambda count: count >= 5)
        lines = [line for line in nfqd.log().split("\n") if "recorder" in line]
        expect("lines of its end, and of its reason", ["nfqd: the recorder was killed by signal 9 (Killed)", True],
               lines[:1] + [len(lines) == 2 and lines[1].startswith("nfqd recorder: ")])
        for file in users:
            nfqd.space.sh(*inside, "umount", file)
        eventually(12, "a line when it works again", lambda: nfqd.log().split("\n")[-1],
                   lambda line: line.startswith("nfqd: the recorder is running again, after "))
        expect("lines of its end", 1, nfqd.log().count("the recorder was killed"))


def gate_pid(nfqd):
    return nfqd.child("gate")["pid"]


def stumble(lab, nfqd):
    """Stops the gate for less time than it takes to be replaced, during 40 openings of the listed host. Returns the
    numbers of openings (seen, missing)."""
    pid = gate_pid(nfqd)
    os.kill(pid, signal.SIGSTOP)
    outcomes = connect_all(lab, LISTED[:1] * 40, patience=0.7)
    os.kill(pid, signal.SIGCONT)
    expect("the gate after it stumbled", pid, gate_pid(nfqd))
    expect_that(sum(o.kind == "connected" for o in outcomes) >= 20, "most to connect", outcomes)
    return eventually(9, "40 openings, seen or missing", lambda: (nfqd.gate("10.1.0.25")[0], nfqd.report()["missing"]),
                      lambda seen: sum(seen) == 40)


@test
def openings_missed_by_a_stopped_gate_are_in_the_report(lab):
    """Openings of a listed host wait for it in its socket; most of a host with `max` pass its full queue."""
    with Nfqd(lab, POLICY) as nfqd:
        expect("openings seen and missing", (40, 0), stumble(lab, nfqd))
        expect("complete", True, nfqd.report()["complete"])
    with Nfqd(lab, "stranger reject\nallow 10.1.0.25 max 1000/minute\n") as nfqd:
        seen = stumble(lab, nfqd)
        expect_that(seen[1] >= 20, "those that passed unseen to be missing", seen)
        expect("complete", False, nfqd.report()["complete"])


@test
def counters_that_begin_anew_hide_no_loss(lab):
    """Another port rewrites iptables' chains, and their counters start at 0. Openings while nfqd is down are still
    counted."""
    with Nfqd(lab, POLICY) as nfqd:
        connect_all(lab, STRANGERS[:1] * 20)
        nfqd.wait_for_log({"10.1.0.66": (20, 20, 0)})
        expect("exit status of reload", 0, nfqd.reload(POLICY + "port 25 2525\n").returncode)
        nfqd.stop()
        connect_all(lab, LISTED[:1] * 30, patience=0.5)
        nfqd.start()
        gaps = eventually(3, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect("missing in each gap", [30], [gap["missing"] for gap in gaps])
