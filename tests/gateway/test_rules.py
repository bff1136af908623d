# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's rules: ours are applied once and updated in place; the administrator's are never touched."""
import ipaddress
import re
import os
import shutil
import signal
import socket
import struct

from check import brief, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon, ruleset
from probe import Capture, connect, connect_all

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
FLOWS = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25), ("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]

def counters(lab):
    """Packet counts of all rules that hand openings to us, and of our named counters, in order."""
    counts = []
    for tool in ("iptables-save", "ip6tables-save"):
        for line in lab.gateway.sh(tool, "-c").splitlines():
            if "NFQUEUE" in line or "NFLOG" in line:
                counts.append(int(re.search(r"\[(\d+):", line).group(1)))
    named = lab.gateway.run("nft", "list", "counters", "table", "inet", "nfqd", check=False).stdout
    return counts + [int(count) for count in re.findall(r"packets (\d+)", named)]


@test
@brief
def rules_print_without_applying(lab):
    nfqd = Nfqd(lab, POLICY)
    before = ruleset(lab.gateway)
    for backend, words in (("nft", ["table inet nfqd", "queue"]), ("iptables", ["NFQUEUE", "--queue-num 26"])):
        text = nfqd.run("rules", "--backend", backend).stdout
        for word in words + ["10.1.0.25", "2001:db8:1::25"]:
            expect_that(word in text, "rules --backend %s to print %s" % (backend, word), text)
    expect("rules changed by printing", [], sorted(set(before) ^ set(ruleset(lab.gateway))))


@test
@brief
def rules_are_root_s(lab):
    """Anybody else gets an error in one line, and changes nothing."""
    with Nfqd(lab, POLICY) as nfqd:
        program = shutil.copy(NFQD, lab.directory)
        before = ruleset(lab.gateway)
        for option in ("--remove", "--apply"):
            done = lab.gateway.run(*"setpriv --reuid 65534 --regid 65534 --clear-groups".split(), program, "rules", "-c",
                                   nfqd.file, option, check=False)
            expect("exit status and error of rules " + option, (1, "nfqd: rules: %s must be run as root\n" % option),
                   (done.returncode, done.stderr))
        expect("rules changed", [], sorted(set(before) ^ set(ruleset(lab.gateway))))


@test
@brief
def rules_for_nft_are_accepted_by_nft_but_for_the_queue(lab):
    """This kernel may lack nft's queue statement: then the rest of the rules must at least be right."""
    nfqd = Nfqd(lab, POLICY + "deny-to 192.0.2.0/24\nallow 10.1.0.77 to 203.0.113.0/24\n"
                "range r 10.1.64.0/18\nstranger drop in r\nallow 10.1.0.78 until 2999-01-01\n")
    text = nfqd.run("rules", "--backend", "nft").stdout
    done = lab.gateway.run("nft", "-c", "-f", "-", text=text, check=False)
    errors = [line for line in done.stderr.splitlines() if "rror" in line]
    if done.returncode != 0:
        without = re.sub(r"queue (flags \w+ )?(num|to) \d+( bypass)?", "accept", text)
        expect_that(without != text, "a queue statement in the rules", text)
        done = lab.gateway.run("nft", "-c", "-f", "-", text=without, check=False)
    expect_that(done.returncode == 0, "nft to accept the rules", errors + [done.stderr])


@test
def rules_for_nft_are_removed_from_beside_a_chain_of_others(lab):
    """All that the nft back end makes is known as ours, in both tables; without the queue statement, for any kernel."""
    nfqd = Nfqd(lab, POLICY + "local\nallow local user 4711\nallow 10.1.0.79 max 10/minute\n"
                "allow 10.1.0.80 mac 02:00:00:00:00:01\n")
    tables = ("nfqd", "nfqd_shield")
    text = re.sub(r"queue (flags \w+ )?(num|to) \d+( bypass)?", "accept", nfqd.run("rules", "--backend", "nft").stdout)
    lab.gateway.sh("nft", "-f", "-", text=text)
    try:
        for table in tables:
            lab.gateway.sh("nft", "add", "chain", "inet", table, "theirs")
        done = nfqd.run("rules", "--remove")
        expect("tables that it says it leaves", 2, done.stderr.count("left: nft's table inet nfqd"))
        for table in tables:
            lines = lab.gateway.sh("nft", "list", "table", "inet", table).split()
            expect("what is left of %s" % table, "table inet %s { chain theirs { } }" % table, " ".join(lines))
    finally:
        for table in tables:
            lab.gateway.run("nft", "delete", "table", "inet", table, check=False)


@test
def apply_twice_is_idempotent_and_keeps_counters(lab):
    with Nfqd(lab, POLICY) as nfqd:
        connect_all(lab, FLOWS)
        rules, counts = ruleset(lab.gateway), counters(lab)
        expect_that(sum(counts) >= 4, "our rules to have counted 4 packets", counts)
        for number in (1, 2):
            done = nfqd.run("rules", "--apply", check=False)
            expect_that(done.returncode == 0, "rules --apply to succeed", done.stderr)
            # The daemon sees them change, and may be making them, too.
            eventually(3, "no rule to be changed by --apply", lambda: sorted(set(rules) ^ set(ruleset(lab.gateway))),
                       lambda changed: not changed)
            expect("counters after --apply", counts, counters(lab))
        expect("the connects", ["connected", "connected", "refused", "refused"],
               [o.kind for o in connect_all(lab, FLOWS)])


@test
@brief
def remove_leaves_nothing(lab):
    """Applied and removed by hand, without a daemon, also twice and when nothing is there."""
    nfqd = Nfqd(lab, POLICY + "local\nallow local user 4711\n")
    before = lab.rules
    published = nfqd.top + "/control.policy"
    nfqd.run("rules", "--remove")
    expect("rules left by the tests before", [], sorted(set(before) ^ set(ruleset(lab.gateway))))
    for argument in ("--remove", "--apply", "--apply", "--remove", "--remove"):
        nfqd.write(POLICY + ("local\nallow local user 4711\n" if argument == "--apply" else "allow everybody\n"))
        done = nfqd.run("rules", argument, check=False)
        expect_that(done.returncode == 0, "rules %s to succeed" % argument, done.stderr)
        changed = sorted(set(before) ^ set(ruleset(lab.gateway)))
        if argument == "--apply":
            expect_that(changed != [], "rules after --apply", "none")
            expect_that(all(line not in changed for line in before), "the administrator's rules to stay", changed)
            expect("the published policy", True, os.path.exists(published))
        else:
            expect("rules left after --remove", [], changed)
            expect("the published policy after --remove", False, os.path.exists(published))
            expect("what --remove says of a wrong configuration", "", done.stderr)


@test
@brief
def applied_rules_alone_hold_the_policy(lab):
    """At boot, before the daemon: the listed host passes, and sources that the policy refuses do not."""
    passing = FLOWS[:2] + [("10.1.0.3", OUT4, 25)]
    refused = FLOWS[2:] + [
        ("10.1.0.25", "198.51.100.7", 25), ("2001:db8:1::25", "2001:db8:f:dead::7", 25),  # deny-to
        ("10.1.0.9", OUT4, 25),  # an exception within a wider allow
        ("10.1.0.77", "192.0.2.7", 25), ("10.1.0.78", OUT4, 25), ("10.1.0.79", OUT4, 25)]  # to, until, from
    nfqd = Nfqd(lab, POLICY + "deny-to 198.51.100.0/24\ndeny-to 2001:db8:f:dead::/64\n"
                "allow 10.1.0.0/28\nblock 10.1.0.9\nallow 10.1.0.77 to 203.0.113.0/24\n"
                "allow 10.1.0.78 until 2020-01-01\nallow 10.1.0.79 from 2999-01-01\n")
    nfqd.run("rules", "--apply")
    try:
        outcomes = connect_all(lab, passing + refused)
        for (src, dst, _), outcome in zip(passing, outcomes):
            expect_that(outcome.kind == "connected", "%s to reach %s" % (src, dst), outcome)
        for (src, dst, _), outcome in zip(refused, outcomes[len(passing):]):
            expect_that(outcome.kind in ("refused", "timeout"), "%s not to reach %s" % (src, dst), outcome)
    finally:
        nfqd.run("rules", "--remove")


@test
@brief
def status_is_fine_when_all_runs(lab):
    with Nfqd(lab, POLICY) as nfqd:
        eventually(2, "nfqd status to succeed", lambda: nfqd.run("status", check=False),
                   lambda done: done.returncode == 0)
        status = nfqd.status()
        expect("state", "ok", status["state"])
        expect("children", ["gate", "recorder"], sorted(child["name"] for child in status["children"]))
        expect("rules intact", True, status["rules"]["intact"])


@test
def rules_removed_behind_our_back_are_noticed(lab):
    """nfqd puts its rules back, and pcapmon has seen the connections that passed meanwhile as leaks."""
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd) as pcapmon:
        supervisor = nfqd.process.pid
        os.kill(supervisor, signal.SIGSTOP)  # so that it cannot be faster than the stranger
        try:
            nfqd.run("rules", "--remove")
            kinds = [o.kind for o in connect_all(lab, FLOWS)]
        finally:
            os.kill(supervisor, signal.SIGCONT)
        expect("the connects without rules", ["connected"] * 4, kinds)
        eventually(3, "the wire to show one leak each of the strangers and none of the listed hosts",
                   lambda: [(pcapmon.wire(flow[0]) or {}).get("leaked") for flow in FLOWS],
                   lambda seen: seen == [0, 0, 1, 1])
        expect("leaked in the totals", 2, nfqd.report()["totals"]["leaked"])
        eventually(6, "pcapmon to name a cause", lambda: [nfqd.host(flow[0])["leak_cause"] for flow in FLOWS[2:]],
                   lambda seen: all("never saw it" in (cause or "") or "nfqd does not run" in (cause or "")
                                    for cause in seen))
        eventually(8, "the rules to be back and a stranger to be refused", lambda: connect(lab, *FLOWS[2]).kind,
                   lambda kind: kind == "refused")


@test
def somebody_elses_use_of_our_mark_harms_nobody(lab):
    """A router that marks packets with the bit of ours: other ports are not affected, and openings that the gate
    accepts must not look refused."""
    marking = "iptables -t mangle -%s FORWARD -i lan0 -p tcp -j MARK --set-xmark 0x20000000/0x20000000"
    with Nfqd(lab, POLICY):
        lab.gateway.sh(*(marking % "I").split())
        try:
            kinds = [connect(lab, src, OUT4, port).kind
                     for src, port in (("10.1.0.66", 587), ("10.1.0.25", 25), ("10.1.0.66", 25))]
        finally:
            lab.gateway.sh(*(marking % "D").split())
        expect("the connects to port 587, listed to 25, stranger to 25", ["connected", "connected", "refused"], kinds)


def send_fragments(lab, protocol, payload, cut):
    """One IPv6 packet of the laptop's to OUT6 in two fragments."""
    gateway = re.search(r"ether (\S+)", lab.gateway.sh("ip", "link", "show", "lan0")).group(1)
    head = bytes.fromhex((gateway + lab.mac("laptop")).replace(":", "")) + b"\x86\xdd"
    ends = ipaddress.ip_address("2001:db8:1::66").packed + ipaddress.ip_address(OUT6).packed
    with lab.laptop, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("eth0", 0))
        for offset, part in ((1, payload[:cut]), (cut, payload[cut:])):  # 1: first of several
            part = struct.pack("!BxHI", protocol, offset, 7) + part
            s.send(head + struct.pack("!IHBB", 6 << 28, len(part), 44, 64) + ends + part)


SYN = struct.pack("!HHIIBBHHH", 5001, 25, 1, 0, 0x50, 2, 64240, 0, 0)
DATA = struct.pack("!HHIIBBHHH", 5002, 443, 1, 1, 0x50, 0x10, 64240, 0, 0) + b"\0\0\0\x19" + b"\2" * 2000
OPTIONS = bytes([60, 31, 1, 252]) + bytes(252)


def expect_no_syn_behind_fragments(lab):
    """Two headers of destination options, the second in another fragment, so that the first names no protocol. But
    fragments of what is open already pass. (Nothing here puts IPv6 together before it is filtered.)"""
    with Capture(lab, lab.outside, "ip6[6] == 44", "wan0") as capture:
        send_fragments(lab, 60, OPTIONS + bytes([6, 0, 1, 4, 0, 0, 0, 0]) + SYN, len(OPTIONS))
        send_fragments(lab, 6, DATA, 1000)
    first = [line for line in capture.lines if "frag (0|" in line]
    expect("first fragments outside, to port 443", [True], [" > 443:" in line for line in first])
    expect("all fragments to port 443", 1, sum("(1000|" in line for line in capture.lines))


@test
def no_syn_passes_behind_fragments(lab):
    with Nfqd(lab, POLICY):
        expect_no_syn_behind_fragments(lab)


@test
@brief
def no_syn_passes_behind_fragments_with_nft(lab):
    """As far as a kernel can tell that may lack nft's queue statement."""
    nfqd = Nfqd(lab, POLICY)
    text = re.sub(r"queue num \d+( bypass)?", "drop", nfqd.run("rules", "--backend", "nft").stdout)
    lab.gateway.sh("nft", "-f", "-", text=text)
    try:
        expect_no_syn_behind_fragments(lab)
    finally:
        nfqd.run("rules", "--remove")


@test
def an_administrators_later_rules_still_change_what_passes(lab):
    """A packet that a queue accepts skips the rules behind the queue in the same chain: ours must come after TCPMSS and
    the like, at start and, for rules loaded later, from the next reload on."""
    rule = "-t mangle %s FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000"
    tools = [("iptables", "10.1.0.25", "203.0.113.7"), ("ip6tables", "2001:db8:1::25", "2001:db8:f::7")]

    def clamped(tool, src, dst):
        with Capture(lab, lab.outside, "tcp[tcpflags] & tcp-syn != 0 and dst port 25" if tool == "iptables" else
                     "ip6 and dst port 25 and ip6[53] & 2 != 0", "wan0") as capture:
            expect("the listed host's connect", "connected", connect(lab, src, dst).kind)
        return any("mss 1000" in line for line in capture.lines)

    for tool, src, dst in tools:
        lab.gateway.sh(tool, *(rule % "-A").split())
        try:
            with Nfqd(lab, POLICY) as nfqd:
                expect("the MSS to be clamped, the rule being there before", True, clamped(tool, src, dst))
                lab.gateway.sh(tool, *(rule % "-D").split())
                lab.gateway.sh(tool, *(rule % "-A").split())
                expect("exit status of reload", 0, nfqd.reload(POLICY).returncode)
                expect("the MSS to be clamped, the rule being newer than ours", True, clamped(tool, src, dst))
                expect("a stranger's connect", "refused", connect(lab, *(("10.1.0.66", dst) if tool == "iptables" else
                                                                          ("2001:db8:1::66", dst))).kind)
        finally:
            lab.gateway.sh(tool, *(rule % "-D").split())


@test
def an_administrators_chain_that_changes_packets_comes_before_the_queue(lab):
    """A chain of his own with TCPMSS and RETURN, there before ours or later; a host with `max`, which is queued."""
    policy = POLICY + "allow 10.1.0.50 max 100/minute\n"
    made = ["-N clamp", "-A clamp -p udp -j RETURN", "-N clamp-all", "-A clamp -j clamp-all",
            "-A clamp-all -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000"]
    gone = ["-F clamp", "-F clamp-all", "-X clamp", "-X clamp-all"]

    def mangle(rules):
        for rule in rules:
            lab.gateway.sh("iptables", "-t", "mangle", *rule.split())

    def clamped(src):
        with Capture(lab, lab.outside, "tcp[tcpflags] & tcp-syn != 0 and dst port 25", "wan0") as capture:
            expect("the connect of %s" % src, "connected", connect(lab, src, "203.0.113.7").kind)
        return any("mss 1000" in line for line in capture.lines)

    mangle(made + ["-A FORWARD -j clamp"])
    try:
        with Nfqd(lab, policy):
            expect("the MSS to be clamped (listed, max), the chain before ours", [True, True],
                   [clamped("10.1.0.25"), clamped("10.1.0.50")])
        mangle(["-D FORWARD -j clamp"])
        with Nfqd(lab, policy) as nfqd:
            mangle(["-A FORWARD -j clamp"])
            eventually(5, "the MSS to be clamped (listed, max), the chain being newer than ours",
                       lambda: [clamped("10.1.0.25"), clamped("10.1.0.50")], lambda got: got == [True, True])
            mangle(["-A clamp-all -p tcp -j ACCEPT"])
            eventually(5, "ours before a chain that accepts", lambda: nfqd.space.sh("iptables-save", "-t", "mangle"),
                       lambda text: text.index("-j NFQD\n") < text.index("-A FORWARD -j clamp"))
            eventually(5, "a stranger's connect to be refused", lambda: connect(lab, "10.1.0.66", "203.0.113.7").kind,
                       lambda kind: kind == "refused")
            mangle(["-A FORWARD -p udp --dport 9 -j NFQUEUE --queue-num 77"])
            status = nfqd.status()
            expect("state and number of notes", ("ok", 2), (status["state"], len(status["notes"])))
            expect_that(status["notes"][0].endswith(": iptables -t mangle -A FORWARD -p udp -m udp --dport 9 -j NFQUEUE --queue-num 77")
                        and status["notes"][1].endswith(": iptables -t mangle -A FORWARD -j clamp"),
                        "notes of the other queue and of the clamp behind ours", status["notes"])
            mangle(["-D FORWARD -p udp --dport 9 -j NFQUEUE --queue-num 77"])
            mangle(["-D FORWARD -j clamp", "-D clamp-all -p tcp -j ACCEPT"])
    finally:
        lab.gateway.run("iptables", "-t", "mangle", "-D", "FORWARD", "-j", "clamp", check=False)  # after a failure
        mangle(gone)


@test
@brief
def a_rule_that_lets_all_pass_does_not_stand_before_ours(lab):
    rule = "-t mangle %s FORWARD -p tcp -j ACCEPT"
    lab.gateway.sh("iptables", *(rule % "-A").split())
    try:
        with Nfqd(lab, POLICY):
            expect("a stranger's connect", "refused", connect(lab, "10.1.0.66", "203.0.113.7").kind)
    finally:
        lab.gateway.sh("iptables", *(rule % "-D").split())


@test
@brief
def rules_leave_a_foreign_set_alone(lab):
    """Another program's set has the name of one of ours: the message names it, and nothing of iptables'."""
    nfqd = Nfqd(lab, "allow 10.1.0.25\n")
    lab.gateway.sh("ipset", "create", "nfqd_open4", "hash:ip")
    try:
        before = ruleset(lab.gateway)
        done = nfqd.run("rules", "--apply", "--backend", "iptables", check=False)
        expect("exit status", 1, done.returncode)
        expect_that("the ipset nfqd_open4 is not of type hash:net" in done.stderr, "the set to be named", done.stderr)
        made = set(before) ^ set(ruleset(lab.gateway))
        expect("what it has made besides tables of nft", [], [line for line in made if not line.startswith("nft: ")])
    finally:
        lab.gateway.sh("ipset", "destroy", "nfqd_open4")
        nfqd.run("rules", "--remove")
