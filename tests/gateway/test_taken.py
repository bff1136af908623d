# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of ours that another program has taken: a table of nft's, a chain of iptables', an ipset. What is there is told
by its name, once, and stays as it is, also after `nfqd rules --remove` (which Nfqd compares on its way out); strangers
are refused by the rest, listed hosts connect; and nfqd takes the name once it is free."""
from check import Skip, brief, eventually, expect, expect_that, test
from daemons import Nfqd, ruleset
from probe import connect

POLICY = "stranger reject\nallow 10.1.0.25\n"
OUT = "203.0.113.7"
STRANGER, LISTED = ("10.1.0.66", OUT), ("10.1.0.25", OUT)


def run_lines(space, lines):
    for line in lines:
        space.sh(*line.split())


def whole_log(nfqd):
    with open(nfqd.top + "/log", errors="replace") as f:
        return f.read().split("\n")


def troubles(nfqd):
    """Faults that leave the rest enforced are notes."""
    status = nfqd.status()
    return status["problems"] + status["notes"]


def expect_gate(lab, when):
    expect("a listed host's connect " + when, "connected", connect(lab, *LISTED).kind)
    expect_that(connect(lab, *STRANGER).kind != "connected", "a stranger not to connect " + when, "connected")


def expect_told(lab, taken, told, free, logs=True, asks=False):
    """The commands `taken` are another program's, `free` is its end. `told`: the messages begin so. `logs`: what is refused
    meanwhile is in the log; otherwise it has a gap. `asks`: nfqd is told that they are free, rather than finding out."""
    before = ruleset(lab.gateway)
    run_lines(lab.gateway, taken)
    theirs = True
    try:
        with Nfqd(lab, POLICY) as nfqd:
            if nfqd.status()["rules"]["backend"] != "iptables":
                raise Skip("the nft back end has no such object")
            expect_gate(lab, "beside theirs")
            if logs:
                eventually(3, "the stranger in the log", lambda: nfqd.host(STRANGER[0]), bool)
            for words in told:
                said = troubles(nfqd)
                expect_that(any(words in line for line in said), "the status to say \"%s\"" % words, said)
                expect("lines that say \"%s\"" % words, 1,
                       len([line for line in whole_log(nfqd) if line.startswith("nfqd: " + words)]))
            nfqd.stop()
            done = nfqd.run("rules", "--remove")
            left = [line for line in (done.stderr + done.stdout).split("\n") if "left: " in line]
            expect("things that `rules --remove` says it leaves", len(told), len(left))
            nfqd.start()
            theirs = False
            run_lines(lab.gateway, free)
            nfqd.before = before
            if asks:
                expect("reload", 0, nfqd.reload(POLICY).returncode)
            eventually(15, "the status to be ok", lambda: troubles(nfqd), lambda seen: not seen)
            expect_gate(lab, "after their end")
            eventually(3, "the stranger in the log", lambda: nfqd.host(STRANGER[0]), bool)
            gaps = [gap["cause"] for gap in nfqd.report()["gaps"] if "could not lead" in gap["cause"]]
            expect("gaps, while no rule leads to the daemon", not logs, gaps != [])
    finally:
        if theirs:
            run_lines(lab.gateway, free)


@test
def taken_tables_of_nft_are_told_and_left(lab):
    expect_told(lab, ["nft add table inet nfqd", "nft add chain inet nfqd forward", "nft add set inet nfqd theirs { type mark ; }",
                      "nft add rule inet nfqd forward udp dport 9 drop", "nft add table inet nfqd_shield"],
                ["nft's table inet nfqd is another program's", "nft's table inet nfqd_shield is another program's"],
                ["nft delete table inet nfqd", "nft delete table inet nfqd_shield"])


@test
def taken_sets_of_nft_are_told_and_left(lab):
    expect_told(lab, ["nft add table inet nfqd", "nft add set inet nfqd pairs4 { type ipv4_addr ; }",
                      "nft add set inet nfqd open4 { type inet_service ; }", "nft add element inet nfqd open4 { 25 }"],
                ["the set open4 in nft's table inet nfqd has not the type of ours"], ["nft delete table inet nfqd"])


@test
def taken_chains_of_iptables_are_told_and_left(lab):
    expect_told(lab, ["iptables -t mangle -N NFQD", "iptables -t mangle -A NFQD -p udp --dport 9 -j DROP",
                      "iptables -t mangle -A FORWARD -p udp -j NFQD", "ip6tables -N NFQD-OUT",
                      "ip6tables -A NFQD-OUT -p udp --dport 9 -j DROP"],
                ["the chain NFQD in iptables' table mangle (iptables-save) is another program's",
                 "the chain NFQD-OUT in iptables' table filter (ip6tables-save) is another program's"],
                ["iptables -t mangle -D FORWARD -p udp -j NFQD", "iptables -t mangle -F NFQD",
                 "iptables -t mangle -X NFQD", "ip6tables -F NFQD-OUT", "ip6tables -X NFQD-OUT"], logs=False, asks=True)


@test
def taken_ipsets_are_told_and_left(lab):
    """Of our type, but not made as ours; it has the stranger, who must not pass for that."""
    expect_told(lab, ["ipset create nfqd_open4 hash:net counters", "ipset add nfqd_open4 10.1.0.66",
                      "ipset create nfqd_deny6_new hash:net"],
                ["the ipset nfqd_open4 has not the options of ours", "the ipset nfqd_deny6_new has not the options of ours"],
                ["ipset destroy nfqd_open4", "ipset destroy nfqd_deny6_new"], logs=False, asks=True)


@test
@brief
def what_others_put_beside_ours_stays(lab):
    """Chains in our tables, chains and ipsets with names like ours: no sign of a changed rule, and left by
    `rules --remove`, which takes ours from among them."""
    theirs = ["iptables -t mangle -N NFQD-MINE", "iptables -t mangle -A NFQD-MINE -p udp --dport 9 -j DROP",
              "ipset create nfqd_mine hash:net"]
    with Nfqd(lab, POLICY) as nfqd:
        run_lines(lab.gateway, theirs + ["nft add chain inet nfqd mine", "nft add rule inet nfqd mine udp dport 9 drop"])
        eventually(3, "a look at the rules", lambda: nfqd.status()["problems"], lambda seen: not seen)
        expect_gate(lab, "beside theirs")
        expect("reload", 0, nfqd.reload(POLICY + "allow 10.1.0.26\n").returncode)
        expect("lines of changed rules", [], [line for line in whole_log(nfqd) if "changed by" in line])
        nfqd.stop()
        done = nfqd.run("rules", "--remove")
        expect_that("left: nft's table inet nfqd" in done.stderr + done.stdout, "it to say what it leaves", done.stderr)
        expect_that("udp dport 9 drop" in lab.gateway.sh("nft", "list", "chain", "inet", "nfqd", "mine"), "their rule to stay",
                    lab.gateway.sh("nft", "list", "table", "inet", "nfqd"))
        expect("chains and sets in the table", 1, lab.gateway.sh("nft", "list", "table", "inet", "nfqd").count(" {\n") - 1)
        run_lines(lab.gateway, ["nft delete table inet nfqd", "iptables -t mangle -F NFQD-MINE",
                                "iptables -t mangle -X NFQD-MINE", "ipset destroy nfqd_mine"])
