# SPDX-License-Identifier: GPL-3.0-or-later
"""`max N/minute` on allow lines: listed hosts that go over it."""
import json
import time

from check import eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon
from probe import Capture, connect_all, send_syns

MAIL4, MAIL6 = "10.1.0.25", "2001:db8:1::25"
BOT4, BOT6, ANNEX6 = "10.1.0.66", "2001:db8:1::66", "2001:db8:1:c8::50"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
FIVE = "allow 10.1.0.25 max 5/minute\nallow 2001:db8:1::25 max 5/minute\n"


def kinds(lab, src, dst, count, patience=3):
    """The number of `count` simultaneous connects by outcome: {kind: number}."""
    got = [outcome.kind for outcome in connect_all(lab, [(src, dst, 25)] * count, patience)]
    return {kind: got.count(kind) for kind in set(got)}


def reasons(nfqd, address):
    """{(verdict, reason): attempts} of a host."""
    host = json.loads(nfqd.space.sh(NFQD, "host", address, "--db", nfqd.top + "/db", "--since", "all", "--json"))
    sums = {}
    for row in host["destinations_list"]:
        key = row["verdict"], row["reason"]
        sums[key] = sums.get(key, 0) + row["attempts"]
    return sums


@test
def max_refuses_what_goes_over_it(lab):
    with Nfqd(lab, FIVE + "allow 10.1.0.66\n") as nfqd, Pcapmon(nfqd) as pcapmon:
        for src, dst in ((MAIL4, OUT4), (MAIL6, OUT6)):
            expect("%s's 9 connects" % src, {"connected": 5, "timeout": 4}, kinds(lab, src, dst, 9))
            verdict, text = nfqd.explain(src, dst)
            expect_that(verdict == "pass" and "over 5 a minute: drop  rate" in text, "explain to tell of max", text)
        expect("connects without max", {"connected": 9}, kinds(lab, BOT4, OUT4, 9))
        nfqd.wait_for_log({MAIL4: (9, 4, 5), MAIL6: (9, 4, 5), BOT4: (9, 0, 9)})
        for src in (MAIL4, MAIL6):
            expect("%s's verdicts and reasons" % src, {("pass", "listed"): 5, ("drop", "rate"): 4}, reasons(nfqd, src))
            expect("%s's label" % src, "listed", nfqd.host(src)["label"])
            eventually(3, "pcapmon to see 5 connections of %s, no leak" % src, lambda: pcapmon.wire(src),
                       lambda wire: wire and (wire["established"], wire["leaked"]) == (5, 0))
        gate = nfqd.status()["gate"]
        expect("forgotten sources and openings", (0, 0), (gate["evicted_sources"], gate["evicted_openings"]))


@test
def max_gives_the_fate_of_strangers_there(lab):
    policy = "stranger audit\nrange dsl 10.1.64.0/18\nstranger drop in dsl\nallow lan max 2/minute\n"
    with Nfqd(lab, policy) as nfqd:
        expect("connects where strangers are audited", {"connected": 5}, kinds(lab, BOT4, OUT4, 5))
        expect("connects where they are dropped", {"connected": 2, "timeout": 3}, kinds(lab, "10.1.64.7", OUT4, 5))
        nfqd.wait_for_log({BOT4: (5, 0, 5), "10.1.64.7": (5, 3, 2)})
        expect("reasons", {("pass", "listed"): 2, ("audit", "rate"): 3}, reasons(nfqd, BOT4))


@test
def max_counts_each_source_and_each_64(lab):
    with Nfqd(lab, "allow lan to 203.0.113.8 max 2/minute\nallow lan max 3/minute\n"):
        expect("one source's connects", {"connected": 3, "timeout": 1}, kinds(lab, MAIL4, OUT4, 4))
        expect("its connects by another line", {"connected": 2, "timeout": 2}, kinds(lab, MAIL4, "203.0.113.8", 4))
        expect("another source's connects", {"connected": 3, "timeout": 1}, kinds(lab, BOT4, OUT4, 4))
        expect("connects of an IPv6 address", {"connected": 3}, kinds(lab, MAIL6, OUT6, 3))
        expect("connects of another in its /64", {"timeout": 2}, kinds(lab, BOT6, OUT6, 2))
        expect("connects from another /64", {"connected": 3, "timeout": 1}, kinds(lab, ANNEX6, OUT6, 4))


@test
def max_refills_and_knows_resent_openings(lab):
    """30 a minute: one more every 2 s. A retransmission of a refused opening is refused and of a passed one passes;
    neither uses a token."""
    first = [(MAIL4, OUT4, 25, 20000 + number, 1000 + number) for number in range(30)]
    refused, after = (MAIL4, OUT4, 25, 21000, 5), (MAIL4, OUT4, 25, 22000, 5)
    with Nfqd(lab, "stranger drop\nallow 10.1.0.25 max 30/minute\n") as nfqd:
        start = time.monotonic()
        with Capture(lab, lab.outside, "tcp[tcpflags] == tcp-syn and dst port 25", "wan0") as capture:
            for at in range(0, 61, 6):  # the listed queue is short, and accepts the excess unseen
                send_syns(lab, (first + first + [refused])[at:at + 6])
                time.sleep(0.02)
            took = time.monotonic() - start
            expect_that(took < 1.8, "61 SYNs to be sent within 1.8 s", "%.1f s" % took)
            time.sleep(start + 3 - time.monotonic())  # now there is room for one
            send_syns(lab, [refused, refused] + first[:1] + [after, (MAIL4, OUT4, 25, 23000, 5)])
            nfqd.wait_for_log({MAIL4: (33, 2, 31)}, seconds=4)
        expect("retransmissions", 33, nfqd.host(MAIL4)["retransmits"])
        expect("SYNs outside", 62, len([line for line in capture.lines if "Flags [S]" in line]))
        expect("verdicts and reasons", {("pass", "listed"): 31, ("drop", "rate"): 2}, reasons(nfqd, MAIL4))


@test
def max_outlives_a_reload_and_is_not_the_kernels(lab):
    def over_max(when):
        """No more of three connects succeed than have become free since the first: one in 12 seconds."""
        connected = kinds(lab, MAIL4, OUT4, 3).get("connected", 0)
        free = int((time.monotonic() - began) * 5 / 60)
        expect_that(connected <= free, "at most %d of the connects %s to succeed" % (free, when), connected)

    with Nfqd(lab, FIVE) as nfqd:
        began = time.monotonic()
        expect("the connects", {"connected": 5, "timeout": 2}, kinds(lab, MAIL4, OUT4, 7))
        done = nfqd.reload("allow 10.1.0.9\ndeny-to 198.51.100.1\n" + FIVE)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        over_max("after a reload")
        done = nfqd.reload("allow 10.1.0.25\n")
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect("the connects without max", {"connected": 9}, kinds(lab, MAIL4, OUT4, 9))
        done = nfqd.reload(FIVE)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        over_max("with max again")
        nfqd.stop()
        expect("the connects without a daemon", {"connected": 9}, kinds(lab, MAIL4, OUT4, 9))
