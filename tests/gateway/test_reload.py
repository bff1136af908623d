# SPDX-License-Identifier: GPL-3.0-or-later
"""A new policy for a running daemon."""
import signal
import threading
import time

from check import PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import Nfqd
from probe import connect, connect_all

LISTED = "allow 10.1.0.25\nallow 2001:db8:1::25\n"
GUEST = "allow 10.1.0.77\nallow 2001:db8:1::77\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
FLOWS = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25), ("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]
GUESTS = [("10.1.0.77", OUT4, 25), ("2001:db8:1::77", OUT6, 25)]


def kinds(lab, flows):
    return [outcome.kind for outcome in connect_all(lab, flows)]


class Traffic(threading.Thread):
    """The listed host and a stranger connect, over both families, again and again until stopped."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab = lab
        self.seen = {flow[0]: [] for flow in FLOWS}
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            for flow, outcome in zip(FLOWS, connect_all(self.lab, FLOWS, patience=5)):
                self.seen[flow[0]].append(outcome)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.ending.set()
        self.join()

    def judge(self):
        for (src, _, _), expected in zip(FLOWS, ("connected", "connected", "refused", "refused")):
            outcomes = self.seen[src]
            expect_that(len(outcomes) >= 50, "at least 50 connects of %s meanwhile" % src, len(outcomes))
            wrong = [outcome for outcome in outcomes if outcome.kind != expected]
            expect_that(not wrong, "each of %d connects of %s to be %s" % (len(outcomes), src, expected), wrong)


@test
def reload_adds_and_removes_a_host_while_connections_arrive(lab):
    with Nfqd(lab, LISTED) as nfqd, Traffic(lab) as traffic:
        for number in range(6):
            done = nfqd.reload(LISTED + GUEST)
            expect_that(done.returncode == 0, "reload %d to succeed" % number, done.stderr)
            expect("the guest's connects when added", ["connected", "connected"], kinds(lab, GUESTS))
            done = nfqd.reload(LISTED)
            expect_that(done.returncode == 0, "reload %d to succeed" % number, done.stderr)
            expect("the guest's connects when removed", ["refused", "refused"], kinds(lab, GUESTS))
            time.sleep(0.1)
        traffic.ending.set()
        traffic.join()
        traffic.judge()
        nfqd.wait_for_log({src: (len(seen), len(seen) if seen[0].kind == "refused" else 0,
                                 len(seen) if seen[0].kind == "connected" else 0)
                           for src, seen in traffic.seen.items()})


@test
@brief
def reload_reaches_the_kernel(lab):
    """Without the daemon the kernel enforces the reloaded policy, not the one at start."""
    with Nfqd(lab, LISTED) as nfqd:
        for policy, allowed in ((LISTED + GUEST, True), (LISTED, False)):
            done = nfqd.reload(policy)
            expect_that(done.returncode == 0, "reload to succeed", done.stderr)
            nfqd.stop(signal.SIGKILL)
            for (src, _, _), kind in zip(GUESTS, kinds(lab, GUESTS)):
                expect_that((kind == "connected") == allowed,
                            "%s %s with no daemon" % (src, "to connect" if allowed else "not to connect"), kind)
            expect("the listed hosts' connects with no daemon", ["connected"] * 2, kinds(lab, FLOWS[:2]))
            nfqd.start()


@test
@brief
def reload_by_sighup(lab):
    with Nfqd(lab, LISTED) as nfqd:
        expect("the guest's connects before", ["refused", "refused"], kinds(lab, GUESTS))
        nfqd.write(LISTED + GUEST)
        nfqd.process.send_signal(signal.SIGHUP)
        eventually(2, "the guest to connect after SIGHUP", lambda: kinds(lab, GUESTS),
                   lambda seen: seen == ["connected", "connected"])


@test
@brief
def reload_of_a_bad_file_is_refused_and_the_old_policy_stays(lab):
    with Nfqd(lab, LISTED) as nfqd:
        for bad in ("allow 10.1.0.77\nallow 10.1.0.300\n", "allow 10.1.0.77\nblock 10.1.0.77\n",
                    "allow 10.1.0.77\ninclude \"nothing-here.conf\"\n"):
            done = nfqd.reload(LISTED + bad)
            expect_that(done.returncode != 0 and "nfqd.conf:" in done.stderr,
                        "reload to fail and name the line", (done.returncode, done.stderr))
            expect("the connects under the old policy", ["connected", "connected", "refused", "refused"],
                   kinds(lab, FLOWS))
            expect("the guest's connect", "refused", connect(lab, *GUESTS[0]).kind)
        nfqd.process.send_signal(signal.SIGHUP)  # the file is still bad
        time.sleep(0.3)
        expect("the guest's connect after SIGHUP", "refused", connect(lab, *GUESTS[0]).kind)
        expect("nfqd's exit status", None, nfqd.process.poll())


@test
def reload_changes_what_strangers_get(lab):
    with Nfqd(lab, "stranger reject\n" + LISTED) as nfqd:
        for word, seen in (("audit", "connected"), ("drop", "timeout"), ("reject", "refused")):
            done = nfqd.reload("stranger %s\n" % word + LISTED)
            expect_that(done.returncode == 0, "reload to succeed", done.stderr)
            expect("a stranger's connect with `stranger %s`" % word, seen, connect(lab, "10.1.0.66", OUT4).kind)


@test
def an_exemption_ends_by_itself_even_while_the_daemon_is_dead(lab):
    seconds = 4 * PATIENCE_FACTOR
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    with Nfqd(lab, LISTED + "allow 10.1.0.77 until %s\n" % end) as nfqd:
        expect("the guest's connect in time", "connected", connect(lab, *GUESTS[0]).kind)
        nfqd.stop()
        expect("the guest's connect in time, no daemon", "connected", connect(lab, *GUESTS[0]).kind)
        time.sleep(seconds + 0.2)
        outcome = connect(lab, *GUESTS[0]).kind
        expect_that(outcome in ("timeout", "refused"), "the guest not to connect after its time", outcome)
        expect("the listed host's connect", "connected", connect(lab, *FLOWS[0]).kind)


@test
@brief
def a_bad_file_does_not_start(lab):
    nfqd = Nfqd(lab, "allow 10.1.0.300\nallow 10.1.0.5/24\n")
    done = nfqd.run("run", check=False, timeout=10)
    expect("exit status", 2, done.returncode)
    lines = open(nfqd.file).read().split("\n")
    for text, hint in (("allow 10.1.0.300", ""), ("allow 10.1.0.5/24", "10.1.0.0/24")):
        place = "nfqd.conf:%d:" % (lines.index(text) + 1)
        named = [line for line in done.stderr.splitlines() if place in line and hint in line]
        expect_that(len(named) == 1, "one line with %s %s" % (place, hint), done.stderr)
