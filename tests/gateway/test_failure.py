# SPDX-License-Identifier: GPL-3.0-or-later
"""How nfqd ends when it is asked to. What happens when it or a part of it is killed is in test_matrix.py."""
from check import expect, expect_that, test
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
def sigterm_with_remove_rules_on_exit(lab):
    with Nfqd(lab, POLICY, ["--remove-rules-on-exit"]) as nfqd:
        expect("exit status after SIGTERM", 0, nfqd.stop())
        expect("rules left", [], sorted(set(nfqd.before) ^ set(ruleset(lab.gateway))))
        expect("a stranger's connect without rules", "connected", connect(lab, *STRANGERS[0]).kind)
