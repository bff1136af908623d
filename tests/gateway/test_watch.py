# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program changes nfqd's objects in the kernel: each change is noticed, repaired and logged within a second.
The same under traffic is in test_matrix.py."""
import datetime
import os
import re
import signal
import time

from check import EMULATED, PATIENCE_FACTOR, Skip, eventually, expect, expect_that, test
from daemons import Clock, Nfqd, ruleset
from lab import WAN4, WAN6
from probe import connect
from test_local import connect_as

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25 to 2001:db8:f::/48\ndeny-to 192.0.2.0/28\n"
STRANGER = ("10.1.0.66", "203.0.113.7")
# Until everything stands again. On an emulated machine each program that we look with takes a second to start.
SECONDS = 4 if EMULATED else 1

BOTH = [
    "nft flush chain inet nfqd_shield prerouting",
    "nft flush chain inet nfqd_shield strangers",
    "nft flush set inet nfqd_shield open4",
    "nft add chain inet nfqd_shield prerouting { policy drop ; }",
    "nft delete table inet nfqd_shield",
]
IPTABLES = [
    "iptables -t mangle -F FORWARD",
    "iptables -t mangle -F NFQD",
    "iptables -t mangle -F NFQD-OUT",
    "iptables -t mangle -D NFQD-OUT 1",
    "iptables -t mangle -F NFQD-END",
    "iptables -t mangle -F NFQD-END-OUT",
    "iptables -t filter -F NFQD-OUT",
    "iptables -t mangle -F POSTROUTING",
    "iptables -t filter -F NFQD",
    "ip6tables -t mangle -F NFQD-HIDDEN",
    "ip6tables -t mangle -F",
    "ip6tables -t filter -F",
]
FORMER = [  # as earlier versions made them, where this one has something else
    "ip6tables -t mangle -R FORWARD 1 -m frag --fragmore -j NFQD-HIDDEN",
    "iptables -t mangle -N NFQD-LOCAL",
    "iptables -t mangle -A NFQD-LOCAL -m set --match-set nfqd_lan4 dst -j RETURN",
    "iptables -t mangle -A OUTPUT -p tcp --tcp-flags SYN,ACK SYN -j NFQD-LOCAL",
]
IPSET = [
    "ipset flush nfqd_lan4",
    "ipset flush nfqd_open4",
    "ipset del nfqd_lan6 2001:db8:1::/48",
    "ipset add nfqd_lan4 203.0.113.0/24",
    "ipset add nfqd_open4 10.1.0.66",
    "ipset create nfqd_open4_new hash:net maxelem 65536 timeout 0",  # as a change that was cut short leaves it
]
NFT = [
    "nft flush chain inet nfqd forward",
    "nft flush chain inet nfqd opening",
    "nft flush chain inet nfqd outbound",
    "nft flush chain inet nfqd forward_reset",
    "nft flush chain inet nfqd pieces",
    "nft insert rule inet nfqd forward accept",
    "nft add chain inet nfqd forward { policy drop ; }",
    "nft add table inet nfqd { flags dormant ; }",
    "nft flush set inet nfqd open4",
    "nft flush set inet nfqd deny4",
    "nft add element inet nfqd open4 { 10.1.0.66 }",
]
END = [  # with either back end
    "nft flush chain inet nfqd end",
    "nft add element inet nfqd bound4 { 10.1.0.66 }",
    "nft add element inet nfqd open4 { 10.1.0.67 }",
    "nft add set inet nfqd next_deny4 { type ipv4_addr ; flags interval ; }",  # as a change that was cut short leaves it
    "nft delete table inet nfqd",
]


LOCAL = "local\nallow local user 4711\n"
LOCAL_IPTABLES = [
    "iptables -t filter -F OUTPUT",
    "iptables -t filter -F NFQD-LOCAL",
    "ip6tables -t filter -F NFQD-LOCAL",
    "iptables -t filter -D NFQD-LOCAL 1",
    "iptables -t mangle -F NFQD-END-LOCAL",
    "ip6tables -t mangle -F",
    "ip6tables -t filter -F",
    "nft flush chain inet nfqd end_reset",
    "nft flush chain inet nfqd end_refused",
]
LOCAL_NFT = [
    "nft flush chain inet nfqd output_ends",
    "nft flush chain inet nfqd local",
    "nft flush chain inet nfqd output_reset",
    "nft flush chain inet nfqd reset_local",
]


def backend(nfqd):
    return nfqd.status()["rules"]["backend"]


def seconds_until(lab, whole):
    begin = time.monotonic()
    while time.monotonic() < begin + 6 * PATIENCE_FACTOR:
        looked = time.monotonic()  # each look takes some time
        now = ruleset(lab.gateway)
        if sorted(now) == sorted(whole):  # a table made anew is the last
            return looked - begin
    return "never (%s)" % sorted(set(now) ^ set(whole))


def change_and_wait(lab, nfqd, changes, whole, run=None):
    """Makes each change, and waits until it is undone and logged. (nfqd may still be restoring an earlier one: a change
    in the meantime is restored along with it, in one line.) Returns the time of each, in microseconds."""
    times = {}
    lines = len(nfqd.lines("journal", "what = 'rules'"))
    for number, command in enumerate(changes, lines + 1):
        (run or lab.gateway.sh)(*command.split())
        times[command] = int(time.time() * 1e6)
        seconds = seconds_until(lab, whole)
        if os.environ.get("V") == "1":
            print("  %s: mended after %s s" % (command, seconds))
        expect_that(isinstance(seconds, float) and seconds <= SECONDS * PATIENCE_FACTOR,
                    "all to stand again within %g s of \"%s\"" % (SECONDS * PATIENCE_FACTOR, command), seconds)
        expect("a stranger's connect after " + command, "refused", connect(lab, *STRANGER).kind)
        eventually(3, "line %d in the journal, of \"%s\"" % (number, command),
                   lambda: nfqd.lines("journal", "what = 'rules'"), lambda journal: len(journal) >= number)
    return times


class Alone:
    """A gateway without an administrator's rules, so that a flush takes nothing of theirs away."""

    def __init__(self, lab):
        self.lab = lab

    def __enter__(self):
        gateway = self.lab.gateway
        self.saved = [(tool, gateway.sh(tool + "-save")) for tool in ("iptables", "ip6tables")]
        for tool in ("iptables", "ip6tables"):
            for table in ("mangle", "filter"):
                gateway.sh(tool, "-t", table, "-F")
        self.rules, self.lab.rules = self.lab.rules, None

    def __exit__(self, *unused):
        for tool, rules in self.saved:
            self.lab.gateway.sh(tool + "-restore", text=rules)
        self.lab.rules = self.rules


@test
def watch_every_change_is_mended_within_a_second(lab):
    with Alone(lab), Nfqd(lab, POLICY) as nfqd:
        changes = (NFT if backend(nfqd) == "nft" else IPTABLES + IPSET) + END + BOTH
        times = change_and_wait(lab, nfqd, changes, ruleset(lab.gateway))
        time.sleep(1.2 * PATIENCE_FACTOR)  # (and no line more)
        journal = nfqd.lines("journal", "what = 'rules'")
        expect_that(len(journal) == len(changes), "%d lines in the journal" % len(changes), journal)
        expect_that(any("changed by nft (process " in text for text in journal), "the journal to say who", journal)
        # Only what let openings pass uncounted, or may have, is a gap; what the shield lost is another.
        causes = nfqd.lines("gap", column="cause")
        changed = [cause for cause in causes if "kernel rules were changed" in cause]
        gaps = nfqd.lines("gap", "cause LIKE '%kernel rules were changed%'", "since || ' ' || until")
        gaps = [tuple(int(time) for time in gap.split()) for gap in gaps]
        open_changes = [c for c in changes if "nfqd_shield" not in c and "set" not in c.split()[1:3] and "element" not in c
                        and "nfqd_open" not in c]
        # One that begins where the last ended extends it. To fill a set anew rules move to another one for a moment: if
        # that was cut short by the next change, it is a gap, too.
        expect_that(0 < len(changed) <= len([c for c in changes if "nfqd_shield" not in c]), "a gap for each change at most",
                    (open_changes, causes))
        expect("changes without a gap", [], [command for command in open_changes if not any(
            since <= times[command] <= until for since, until in gaps)])
        expect("all other gaps", ["shield"], ["shield" for cause in causes if cause not in changed])
        expect("problems", [], nfqd.status()["problems"])


@test
def watch_every_change_is_mended_with_local(lab):
    with Alone(lab), Nfqd(lab, POLICY + LOCAL) as nfqd:
        changes = LOCAL_NFT if backend(nfqd) == "nft" else LOCAL_IPTABLES
        change_and_wait(lab, nfqd, changes, ruleset(lab.gateway))
        expect("connects of the gateway's users 4711 and 4712", ["connected", "refused"],
               [connect_as(lab, user, STRANGER[1]) for user in (4711, 4712)])
        expect("problems", [], nfqd.status()["problems"])


@test
def watch_rules_put_before_ours_are_overtaken(lab):
    """A firewall's ACCEPT before our rules would let everything pass. Ours move before it; it stays."""
    with Nfqd(lab, POLICY + LOCAL) as nfqd:
        if backend(nfqd) == "nft":
            raise Skip("with nft, others cannot accept an opening for good")
        for tool, table, chain in (("iptables", "mangle", "FORWARD"), ("ip6tables", "mangle", "FORWARD"),
                                   ("iptables", "mangle", "POSTROUTING"), ("iptables", "filter", "OUTPUT"),
                                   ("ip6tables", "filter", "OUTPUT")):
            rule = [chain, "-p", "tcp", "-j", "ACCEPT"]
            lab.gateway.sh(tool, "-t", table, "-I", *rule)
            end = time.monotonic() + SECONDS * PATIENCE_FACTOR
            theirs = False
            while not theirs and time.monotonic() < end:
                lines = [line for line in lab.gateway.sh(tool + "-save", "-t", table).splitlines()
                         if line.startswith("-A " + chain + " ")]
                theirs = [line for line in lines if line.startswith("-A %s -p tcp -j ACCEPT" % chain)]
                theirs = theirs and all(lines.index(theirs[0]) > n for n, line in enumerate(lines) if "NFQD" in line)
            lab.gateway.sh(tool, "-t", table, "-D", *rule)
            expect_that(theirs, "our rules before an ACCEPT in %s %s" % (tool, chain), lines)
        expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)


@test
def watch_others_change_their_own(lab):
    """As docker does: hundreds of changes to other tables cause no comparison and no gap, and neither do our own
    changes."""
    with Nfqd(lab, POLICY) as nfqd:
        begin = processor_time(nfqd)
        lab.gateway.sh("nft", "-f", "-", text="table inet other {\n set s {\n type ipv4_addr\n }\n}\n")
        for number in range(30):
            lab.gateway.sh("nft", "-f", "-", text="".join(
                "add element inet other s { 192.0.2.%d }\ndelete element inet other s { 192.0.2.%d }\n" % (n, n)
                for n in range(100)))
            lab.gateway.sh("iptables", "-t", "nat", "-I", "PREROUTING", "-p", "udp", "--dport", "9", "-j", "RETURN")
            lab.gateway.sh("iptables", "-t", "nat", "-D", "PREROUTING", "-p", "udp", "--dport", "9", "-j", "RETURN")
        lab.gateway.sh("nft", "delete", "table", "inet", "other")
        used = processor_time(nfqd) - begin
        expect_that(used < 1 * PATIENCE_FACTOR, "less than 1 s of processor time", "%.2f s" % used)
        nfqd.reload(POLICY + "allow 10.1.0.26\n")
        time.sleep(1.2 * PATIENCE_FACTOR)
        expect("lines about rules in the journal", [], nfqd.lines("journal", "what = 'rules'"))
        expect("gaps", [], nfqd.lines("gap", column="cause"))


def processor_time(nfqd):
    """Of the supervisor and the programs that it ran, in seconds. (On an emulated machine without the programs: reading
    the counters every five seconds takes longer there than what is measured.)"""
    with open("/proc/%d/stat" % nfqd.process.pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:13 if EMULATED else 15]) / os.sysconf("SC_CLK_TCK")


@test
def watch_changed_while_nfqd_was_down(lab):
    """The kernel's counters go on, but they did not count all: then their difference is no bound."""
    with Alone(lab), Nfqd(lab, POLICY) as nfqd:
        time.sleep(1.2 * PATIENCE_FACTOR)  # the recorder has written down how the rules were left
        nfqd.stop()
        lab.gateway.sh("nft", "flush", "table", "inet", "nfqd")
        for table in ("mangle", "filter"):
            lab.gateway.sh("iptables", "-t", table, "-F")
        expect("a stranger's connect past flushed rules", "connected", connect(lab, *STRANGER).kind)
        nfqd.start()
        expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)
        time.sleep(1.2 * PATIENCE_FACTOR)
        expect("what is missing", [None], [gap["missing"] for gap in nfqd.report()["gaps"]])
        whole = ruleset(lab.gateway)
        if backend(nfqd) == "iptables":
            nfqd.stop()
            for command in FORMER:
                lab.gateway.sh(*command.split())
            nfqd.start()
            expect("what differs after an upgrade from an earlier version", set(), set(whole) ^ set(ruleset(lab.gateway)))


LEGACY = "/usr/sbin/xtables-legacy-multi"


class LegacyTables:
    """The old iptables in place of the new one, as `with LegacyTables(lab) as legacy:`; legacy.words lead to it."""

    def __init__(self, lab):
        self.lab = lab
        if not os.path.exists(LEGACY) or not os.path.exists("/usr/sbin/xtables-nft-multi"):
            raise Skip("needs both kinds of iptables")
        if lab.gateway.run("iptables-legacy", "-t", "mangle", "-L", check=False).returncode != 0:
            raise Skip("this kernel has no iptables-legacy")
        if os.environ.get("NFQD_BACKEND") == "nft":
            raise Skip("nft is used here")
        self.words = ["unshare", "--mount", "sh", "-c",
                      "mount --bind %s /usr/sbin/xtables-nft-multi && exec \"$@\"" % LEGACY, "sh"]

    def run(self, *argv):
        return self.lab.gateway.sh(*self.words, *argv)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for tool in ("iptables", "ip6tables"):
            for table in ("mangle", "filter"):
                self.run(tool, "-t", table, "-F")
                self.run(tool, "-t", table, "-X")


@test
def watch_iptables_legacy(lab):
    """The old iptables sends no events. nfqd runs where `iptables` is the old one, and compares by itself."""
    with LegacyTables(lab) as legacy, Alone(lab), Nfqd(lab, POLICY + LOCAL, within=legacy.words) as nfqd:
        run = legacy.run
        expect_that("NFQD" in run("iptables-save"), "rules in the old tables", run("iptables-save"))
        for command in ("iptables -t mangle -F FORWARD", "ip6tables -t mangle -F NFQD-OUT",
                        "iptables -t filter -F NFQD", "iptables -t filter -F OUTPUT", "iptables -t filter -F NFQD-LOCAL",
                        "ip6tables -t mangle -F NFQD-END-LOCAL", "ipset flush nfqd_lan4"):
            whole = legacy_rules(run)
            run(*command.split())
            begin = time.monotonic()
            while legacy_rules(run) != whole and time.monotonic() < begin + 5 * PATIENCE_FACTOR:
                pass
            seconds = time.monotonic() - begin
            if os.environ.get("V") == "1":
                print("  legacy: %s: mended after %.2f s" % (command, seconds))
            expect_that(seconds < (SECONDS + 0.3) * PATIENCE_FACTOR, "\"%s\" to be mended" % command, seconds)
        expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)
        expect("connects of the gateway's users 4711 and 4712", ["connected", "refused"] * 2,
               [connect_as(lab, user, dst) for dst in (STRANGER[1], "2001:db8:f::7") for user in (4711, 4712)])
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0), WAN4: (2, 1, 1), WAN6: (2, 1, 1)})
        expect("problems", [], nfqd.status()["problems"])


def legacy_rules(run):
    return [line.partition(" [")[0] for tool in ("iptables-save", "ip6tables-save", "ipset save")
            for line in run(*tool.split()).splitlines() if not line.startswith("#") and "create" not in line]


def from_now(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@test
def watch_the_end_of_a_line_is_nobodys_change(lab):
    """The elements of the line end by themselves. The supervisor stands still meanwhile, and looks only afterwards."""
    ends = "allow 10.1.0.8/30 until %s\nallow 10.1.0.50 max 9/minute until %s\n" % ((from_now(3),) * 2)
    with Nfqd(lab, POLICY + ends) as nfqd:
        os.kill(nfqd.process.pid, signal.SIGSTOP)
        try:
            time.sleep(5)
        finally:
            os.kill(nfqd.process.pid, signal.SIGCONT)
        eventually(SECONDS + 1, "the rules to be as expected", lambda: nfqd.status()["rules"]["intact"], bool)
        time.sleep(1)
        expect("changes of rules in the journal", [], nfqd.lines("journal", "what = 'rules'"))


def hours(lab, address):
    """Hours that are left of the address in the kernel's sets."""
    unit = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    found = re.findall(r"%s timeout (\d+)" % re.escape(address), lab.gateway.sh("ipset", "save"))
    expires = r"%s timeout \S+ expires ([0-9dhms]+)" % re.escape(address)
    for text in re.findall(expires, lab.gateway.sh("nft", "list", "ruleset")):
        found.append(sum(int(n) * unit.get(u, 0) for n, u in re.findall(r"(\d+)(ms|[dhms])", text)))
    return {round(int(seconds) / 3600) for seconds in found}


@test
def watch_a_clock_that_was_set_renews_the_timeouts(lab):
    """Otherwise a listed host is cut off before its line ends."""
    for ahead in (5, -5):
        clock = Clock(lab)
        clock.step(ahead * 3600)
        with Nfqd(lab, POLICY + "allow 10.1.0.9 until %s\n" % from_now(6 * 3600), environment=clock.environment):
            expect("hours left by the clock at first", {6 - ahead}, hours(lab, "10.1.0.9"))
            clock.step(0)
            eventually(SECONDS + 1, "6 hours left of the line in all sets", lambda: hours(lab, "10.1.0.9"),
                       lambda left: left == {6})


@test
def watch_rules_that_vanish_while_a_gate_is_dead_leave_no_number(lab):
    """The rules take their counters with them: what the dead gate has missed is unknown, and not 0."""
    with Nfqd(lab, POLICY) as nfqd:
        gate, backend = nfqd.child("gate")["pid"], nfqd.status()["rules"]["backend"]
        os.kill(nfqd.process.pid, signal.SIGSTOP)  # no other gate is started
        os.kill(gate, signal.SIGKILL)
        for _ in range(3):
            connect(lab, *STRANGER, patience=0.2)
        if backend == "nft":
            lab.gateway.sh("nft", "delete", "table", "inet", "nfqd")
        else:
            lab.gateway.sh("iptables", "-t", "mangle", "-F", "NFQD-OUT")
        os.kill(nfqd.process.pid, signal.SIGCONT)
        gaps = eventually(5 * SECONDS, "a gap of the gate", lambda: nfqd.report()["gaps"],
                          lambda gaps: any("the gate was killed" in gap["cause"] for gap in gaps))
        expect("numbers of the gate's gap", [None], [gap["missing"] for gap in gaps if "the gate was killed" in gap["cause"]])
