# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judge says of hosts behind a real gateway, by the gate's rows and by what pcapmon saw."""
import json
import os
import signal
import sqlite3

from check import eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon
from probe import connect_all
from test_matrix import Clock

LAPTOP, PRINTER, MAIL, SMART_HOST = "10.1.0.66", "10.1.0.9", "10.1.0.25", "203.0.113.5"
POLICY = "stranger %s\nallow 10.1.0.25\n"
# Fewer would not do: the eighth network crosses.
BOT = [(LAPTOP, "%d.%d.7.25" % (20 + n, 3 * n), 25) for n in range(12)]
PRINTS = [(PRINTER, SMART_HOST, 25)] * 24
MAILS = [(MAIL, "203.0.113.%d" % n, 25) for n in range(30, 40)]
LABELS = {LAPTOP: "zombie", PRINTER: "misconfigured", MAIL: "listed"}


def labels(nfqd, database):
    out = nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db" + database, "--since", "all", "--until",
                        "2099-01-01", "--json")
    return {host["host"]: host["label"] for host in json.loads(out)["hosts"] if host["host"] in LABELS}


def stored(nfqd):
    """Labels as the recorder has written them."""
    with sqlite3.connect("file:%s/db/gate.db?mode=ro" % nfqd.top, uri=True) as db:
        return dict(db.execute("SELECT host, name FROM judged_host JOIN judged USING (who) JOIN label_name ON id = label"))


def check_status(nfqd):
    return nfqd.space.run(NFQD, "report", "--db", nfqd.top + "/db", "--since", "all", "--until", "2099-01-01",
                          "--check", check=False).returncode


def labelled(lab, stranger, patience):
    clock = Clock(lab)
    with Nfqd(lab, POLICY % stranger, environment=clock.environment) as nfqd, Pcapmon(nfqd) as pcapmon:
        expect("the status of a check of nothing", 0, check_status(nfqd))
        connect_all(lab, BOT[:7] + PRINTS + MAILS, patience)
        nfqd.wait_for_log({LAPTOP: (7, 7, 0), PRINTER: (24, 24, 0), MAIL: (10, 0, 10)}, seconds=4)
        expect("the label of seven networks", "unknown", labels(nfqd, "")[LAPTOP])
        expect("the status of a check without a zombie", 0, check_status(nfqd))
        connect_all(lab, BOT[7:], patience)
        # In the report within a second or two, before the minute is over.
        eventually(3, "the report to say %s" % LABELS, lambda: labels(nfqd, ""), lambda seen: seen == LABELS)
        expect("the status of a check", 3, check_status(nfqd))
        eventually(3, "pcapmon's rows alone to say so, too", lambda: labels(nfqd, "/wire.db"),
                   lambda seen: seen == LABELS)
        expect("pcapmon's attempts", 12, pcapmon.wire(LAPTOP)["attempts"])
        clock.step(100)  # the minutes are over
        eventually(5, "the recorder to have judged all three", lambda: len(stored(nfqd)), lambda count: count == 3)
        before = stored(nfqd)
        expect("the labels in the database", sorted(LABELS.values()), sorted(before.values()))
        victim = nfqd.child("recorder")["pid"]
        os.kill(victim, signal.SIGKILL)
        eventually(10, "another recorder", lambda: nfqd.child("recorder")["pid"], lambda pid: pid not in (None, victim))
        connect_all(lab, PRINTS[:1], patience)
        nfqd.wait_for_log({PRINTER: (25, 25, 0)}, seconds=10)
        expect("the labels after a recorder died", (before, LABELS), (stored(nfqd), labels(nfqd, "")))
        host = json.loads(nfqd.space.sh(NFQD, "host", LAPTOP, "--db", nfqd.top + "/db/gate.db", "--since", "all", "--until",
                                        "2099-01-01", "--json"))
        expect_that(len(host["steps"]) >= 7, "a step for each network after the first, until it crosses", host["steps"])
        expect_that(abs(sum(step["step"] for step in host["steps"]) - host["score"]) < 0.01,
                    "the steps to sum up to the score %s" % host["score"], host["steps"])
        expect("the last change of label", "zombie", host["label_history"][-1]["to"])
        expect_that("take it off the net" in host["advice"], "advice", host["advice"])


@test
def a_zombie_and_a_printer_are_told_apart_when_dropped(lab):
    labelled(lab, "drop", 1.5)


@test
def a_zombie_and_a_printer_are_told_apart_when_rejected(lab):
    labelled(lab, "reject", 3)
