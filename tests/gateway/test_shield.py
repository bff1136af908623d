# SPDX-License-Identifier: GPL-3.0-or-later
"""The shield: openings above the pace are dropped before the gate, and counted exactly by source."""
import ipaddress
import os
import shutil
import signal
import subprocess
import time

from check import PATIENCE_FACTOR, Failed, eventually, expect, expect_that, test
from daemons import BUILD, Nfqd
from probe import connect

FLOOD = os.path.join(BUILD, "bench/flood")
FIRST = "10.1.16.0"
PLAIN = "allow 10.1.0.25\nallow 2001:db8:1::25\n"
LISTED = "pace 1/second burst 60\n" + PLAIN  # less than the default: short floods suffice


def mac(space, interface):
    words = space.sh("ip", "link", "show", interface).split()
    return words[words.index("link/ether") + 1]


def flood_command(lab, sources, packets, first=FIRST, per_second=20000):
    """SYNs from as many addresses behind the laptop, to ten servers outside."""
    return [FLOOD, "eth0", mac(lab.gateway, "lan0"), first, str(sources), "203.0.113.40", "10",
            str(packets), str(per_second)]


def flood(lab, *arguments, **options):
    """As flood_command says, to its end."""
    lab.laptop.run(*flood_command(lab, *arguments, **options))


def shielded(lab):
    """(named, unnamed) of the shield's own counters."""
    counts = {}
    for name in ("shielded", "unnamed"):
        words = lab.gateway.sh("nft", "list", "counter", "inet", "nfqd_shield", name).split()
        counts[name] = int(words[words.index("packets") + 1])
    return counts["shielded"], counts["unnamed"]


def arrived(lab, nfqd):
    """Openings that reached the gateway: under load the laboratory's switch may lose some before."""
    return sum(shielded(lab)) + nfqd.status()["rules"]["openings"]["stranger"]


def recorded(entry):
    """SYNs in the log: attempts and retransmissions logged by the gate, and those that the shield only counted."""
    return entry["attempts"] + entry["retransmits"] + entry["syns"]


def openings(report, sources):
    """{address: SYNs in the log} of the flood's sources."""
    first = ipaddress.ip_address(FIRST)
    wanted = {str(first + n) for n in range(sources)}
    return {h["host"]: recorded(h["gate"]) for h in report["hosts"] if h["host"] in wanted}


def wait_for(nfqd, wanted, seconds):
    """Fails unless the report has these {address: SYNs}; the failure names their number, not each."""
    def wrong():
        seen = openings(nfqd.report(), len(wanted))
        return {a: (n, seen.get(a, 0)) for a, n in wanted.items() if seen.get(a, 0) != n}
    first = eventually_empty(seconds, wrong)
    expect_that(not first, "no wrong count of %d sources" % len(wanted),
                "%d wrong, such as (wanted, seen) %s" % (len(first), list(first.items())[:3]))


def eventually_empty(seconds, look):
    end = time.monotonic() + seconds
    while (seen := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def everyone(sources, each):
    return {str(ipaddress.ip_address(FIRST) + n): each for n in range(sources)}


@test
def a_flood_is_counted_to_the_last_opening_of_every_source(lab):
    with Nfqd(lab, LISTED) as nfqd:
        flood(lab, 50, 100000)
        wait_for(nfqd, everyone(50, 2000), 4)
        named, unnamed = shielded(lab)
        expect_that(named > 90000, "the shield to have dropped most of 100,000", named)
        report = nfqd.report()
        expect("SYNs in the report", named, report["totals"]["syns"])
        expect("complete, missing, unnamed", (True, 0, 0), (report["complete"], report["missing"], unnamed))
        expect("openings that the gate saw", 100000 - named, nfqd.status()["gate"]["closed"])


@test
def an_uneven_flood_is_counted_as_its_sender_counts_it(lab):
    # From behind a router on a link of its own, so that no packet is lost before the gateway.
    lab.gateway.ip("route replace 10.1.208.0/20 via 10.1.200.50 dev lan1")
    with Nfqd(lab, LISTED) as nfqd:
        lines = lab.annex.sh(FLOOD, "-cu", "eth0", mac(lab.gateway, "lan1"), "10.1.208.0", "1000", "203.0.113.1", "200",
                             "200000").splitlines()
        sent = {address: int(count) for address, count in map(str.split, lines[1:])}
        expect("openings that the generator counts", 200000, sum(sent.values()))

        def wrong():
            seen = {h["host"]: recorded(h["gate"]) for h in nfqd.report()["hosts"] if h["gate"]}
            return {a: (n, seen.get(a, 0)) for a, n in sent.items() if seen.get(a, 0) != n}
        left = eventually_empty(15, wrong)
        expect_that(not left, "every source as sent",
                    "%d wrong, such as (sent, logged) %s" % (len(left), list(left.items())[:3]))
        report = nfqd.report()
        named, unnamed = shielded(lab)
        expect("complete, missing, recorded, SYNs of it", (True, 0, 200000, named),
               (report["complete"], report["missing"], recorded(report["totals"]), report["totals"]["syns"]))
        expect_that(named > 100000 and unnamed == 0, "the shield to have taken most, all by name", (named, unnamed))
    lab.gateway.ip("route del 10.1.208.0/20")


@test
def a_crowd_below_its_pace_is_counted_by_name_too(lab):
    with Nfqd(lab, LISTED) as nfqd:
        flood(lab, 3000, 150000, per_second=0)  # 50 each: all within their burst, too many for the gate
        came = arrived(lab, nfqd)
        expect_that(came > 149000, "nearly all of 150,000 to arrive", came)
        # Where the machine is too busy for the gate, its queue fills up; then the gap has the number.
        report = eventually(15, "every SYN to be named or known to be missing", nfqd.report,
                            lambda r: sum(openings(r, 3000).values()) + r["missing"] == came)
        expect("sources", 3000, len(openings(report, 3000)))
        expect_that(max(openings(report, 3000).values()) <= 50, "at most 50 of each", max(openings(report, 3000).values()))
        expect_that(report["missing"] < 15000, "nearly all to be named", report["missing"])
        expect("complete", report["missing"] == 0, report["complete"])
        expect_that(shielded(lab)[0] > 1000, "the shield to have taken some", shielded(lab))


def delays_no_repair(lab, nfqd):
    """While the shield's sets are read, which takes a second or more."""
    chain = ("iptables", "-t", "mangle", "-%s", "NFQD")
    if nfqd.status()["rules"]["backend"] == "nft":
        chain = ("nft", "%s", "chain", "inet", "nfqd", "forward")
    flush, show = ("flush", "list") if chain[0] == "nft" else ("F", "S")
    for _ in range(3):
        lab.gateway.sh(*(word.replace("%s", flush) for word in chain))
        begin = time.monotonic()
        eventually(2, "the rules to be back", lambda: lab.gateway.sh(*(word.replace("%s", show) for word in chain)),
                   lambda text: "dport" in text)
        if os.environ.get("V") == "1":
            print("  rules back after %.2f s" % (time.monotonic() - begin))
        begin = time.monotonic()
        nfqd.status()
        took = time.monotonic() - begin
        expect_that(took < 2 * PATIENCE_FACTOR, "the status within 2 s", took)


@test
def a_hundred_thousand_new_strangers_at_once_are_all_named(lab):
    # The kernel has no counters ready for so many. From behind a router on a link of its own, so that all arrive.
    lab.gateway.ip("route replace 10.64.0.0/14 via 10.1.200.50 dev lan1")
    with Nfqd(lab, "lan 10.64.0.0/14\n" + LISTED) as nfqd:
        lab.annex.sh(FLOOD, "eth0", mac(lab.gateway, "lan1"), "10.64.0.0", "100000", "203.0.113.1", "200", "200000", "0")
        delays_no_repair(lab, nfqd)
        nfqd.stop()
        for name in ("strangers4", "crowd4", "once4"):  # nft reads all elements, for 8 s, before it prints a counter
            lab.gateway.sh("nft", "flush", "set", "inet", "nfqd_shield", name)
        named, unnamed = shielded(lab)
        expect_that(named > 100000 and unnamed == 0, "most of it in the shield, all by name", (named, unnamed))
    lab.gateway.ip("route del 10.64.0.0/14")


@test
def a_source_without_a_counter_is_logged_with_one_opening(lab):
    with Nfqd(lab, LISTED) as nfqd:
        lab.gateway.sh("nft", "add element inet nfqd_shield once4 { 10.1.18.9 }")  # as the kernel does it
        for packets in (100, 200):
            flood(lab, 1, packets)
            wait_for(nfqd, everyone(1, packets if packets == 100 else 300), 6)
            expect("SYNs of it", 1, nfqd.host("10.1.18.9")["syns"])


@test
def a_listed_source_is_never_shielded(lab):
    policy = "allow %s/28 note \"mail relays\"\nallow 10.1.17.0/28 to 203.0.113.32/27\n" % FIRST + LISTED
    with Nfqd(lab, policy) as nfqd:
        flood(lab, 16, 4800, per_second=1000)  # 300 each, five times the burst
        expect("what the shield has dropped", (0, 0), shielded(lab))
        report = eventually(15, "300 attempts of each source, all allowed", nfqd.report,
                            lambda r: set(openings(r, 16).values()) == {300} and r["complete"])
        expect("blocked", 0, report["totals"]["blocked"])
        flood(lab, 16, 1600, "10.1.17.0", per_second=1000)
        expect("what the shield has dropped of sources listed for a destination", (0, 0), shielded(lab))


@test
def a_listed_host_connects_during_a_flood(lab):
    with Nfqd(lab, LISTED):
        pid = os.fork()
        if pid == 0:
            try:
                flood(lab, 200, 400000, per_second=0)
            finally:
                os._exit(0)
        try:
            for address in ("10.1.0.25", "2001:db8:1::25") * 10:
                outcome = connect(lab, address, "203.0.113.7" if "." in address else "2001:db8:f::7")
                expect_that(outcome.kind == "connected" and outcome.ms < 900, "%s to connect at once" % address, outcome)
        finally:
            os.waitpid(pid, 0)


@test
def a_flood_while_nfqd_is_stopped_is_named_at_the_next_start(lab):
    with Nfqd(lab, LISTED) as nfqd:
        flood(lab, 20, 10000)
        wait_for(nfqd, everyone(20, 500), 4)
        nfqd.stop()
        flood(lab, 20, 20000)
        nfqd.start()
        report = eventually(4, "the next start to name what the shield dropped", nfqd.report,
                            lambda r: sum(openings(r, 20).values()) + r["missing"] == 30000)
        # Openings below the pace met a closed queue: the kernel's rules counted them, without a source.
        expect_that(0 < report["missing"] <= 20 * 63, "only what was below the pace to be missing", report["missing"])
        expect("complete", False, report["complete"])


@test
def a_flood_that_goes_on_while_nfqd_is_restarted_is_named_but_for_a_moment(lab):
    """What the shield drops between its last reading and the moment it is emptied is known by number alone."""
    with Nfqd(lab, LISTED) as nfqd:
        running = lab.start(lab.laptop, flood_command(lab, 20, 20000, per_second=4000), stdout=subprocess.DEVNULL)
        time.sleep(1)
        nfqd.stop()
        time.sleep(1)
        nfqd.start()
        expect("exit status of the flood", 0, running.wait(10))
        lab.processes.remove(running)
        came = arrived(lab, nfqd)
        report = eventually(4, "all to be in the log, or known to be missing", nfqd.report,
                            lambda r: sum(openings(r, 20).values()) + r["missing"] >= came)
        seen = sum(openings(report, 20).values())
        expect_that(seen <= came, "%d openings at most to be named" % came, seen)
        expect_that(report["missing"] <= 20 * 63 + 1000, "most to be named", report["gaps"])
        expect("gaps that tell of a disorderly end", [], [g for g in report["gaps"] if "orderly" in g["cause"]])


@test
def a_killed_supervisor_leaves_a_gap_with_the_right_number(lab):
    with Nfqd(lab, LISTED) as nfqd:
        flood(lab, 20, 10000)
        wait_for(nfqd, everyone(20, 500), 4)
        nfqd.stop(signal.SIGKILL)
        time.sleep(0.5)
        flood(lab, 20, 20000)
        nfqd.start()
        report = eventually(4, "10,000 named and 20,000 missing", nfqd.report,
                            lambda r: sum(openings(r, 20).values()) + r["missing"] == 30000)
        expect("SYNs of each", everyone(20, 500), openings(report, 20))


@test
def what_is_over_the_pace_is_syns_and_no_attempt(lab):
    with Nfqd(lab, "pace 1/hour burst 5\n" + PLAIN) as nfqd:
        flood(lab, 1, 100)
        host = eventually(4, "100 SYNs in the log", lambda: nfqd.host(FIRST), lambda h: h and recorded(h) == 100)
        expect("attempts, blocked, SYNs only counted, resent", (5, 5, 95, 0),
               (host["attempts"], host["gate"]["blocked"], host["syns"], host["retransmits"]))
        expect("destinations and networks of the five", (5, 1), (host["destinations"], host["networks"]))
        total = nfqd.report()["totals"]
        expect("attempts, SYNs of all", (5, 95), (total["attempts"], total["syns"]))
        status = nfqd.status()
        expect("what the kernel counted", (5, 95), (status["rules"]["openings"]["stranger"], status["shield"]["named"]))
        text = " ".join(nfqd.run("host", FIRST).stdout.split())
        expect_that("5 attempts to 5 destinations on port 25" in text and
                    "95 more SYNs were only counted (over the pace)" in text, "a sentence with both", text)


@test
def the_pace_can_be_changed_and_switched_off(lab):
    with Nfqd(lab, "pace 1/hour burst 5\n" + PLAIN) as nfqd:
        flood(lab, 1, 100)
        eventually(4, "95 to be dropped by the shield", lambda: shielded(lab)[0], lambda n: n == 95)
        done = nfqd.reload("pace 1/hour burst 20\n" + PLAIN)
        expect("exit status of reload", 0, done.returncode)
        flood(lab, 1, 100)
        eventually(4, "80 more", lambda: shielded(lab)[0], lambda n: n == 175)
        done = nfqd.reload("pace off\n" + PLAIN)
        expect("exit status of reload", 0, done.returncode)
        flood(lab, 1, 100)
        eventually(4, "all 300 in the log", lambda: openings(nfqd.report(), 1), lambda seen: seen == {FIRST: 300})
        expect("dropped by the shield", 175, shielded(lab)[0])
        if not nfqd.report()["complete"]:
            raise Failed("expected a complete log, got %s" % nfqd.report()["gaps"])


@test
def a_new_pace_loses_no_opening_that_is_not_read_yet(lab):
    with Nfqd(lab, LISTED) as nfqd:
        for rate in (2, 3, 4):
            flood(lab, 2000, 20000)
            expect("exit status of reload", 0, nfqd.reload("pace %d/second burst 60\n" % rate + PLAIN).returncode)
        came = arrived(lab, nfqd)
        report = eventually(15, "every SYN to be named or known to be missing", nfqd.report,
                            lambda r: sum(openings(r, 2000).values()) + r["missing"] == came)
        named, unnamed = shielded(lab)
        expect_that(named > 1000 and unnamed == 0, "the shield to have taken some, all by name", (named, unnamed))
        expect("SYNs that the shield has counted", named, report["totals"]["syns"])


# nft as on a kernel without dynamic sets: a rule with a limit of its own for each element is refused.
OLD_KERNEL = """#!/bin/sh
[ "$1" = -cf ] || exec {real} "$@"
script=$(cat)
case $script in *"limit rate"*) echo "Error: Could not process rule: No such file or directory" >&2 && exit 1 ;; esac
printf '%s\\n' "$script" | {real} -cf -
"""


def old_kernel(lab):
    """Words before a command line that make it see such an nft."""
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
    real, script = (os.path.join(lab.directory, name) for name in ("nft.real", "nft.old"))
    shutil.copy(nft, real)
    with open(script, "w", encoding="utf-8") as file:
        file.write(OLD_KERNEL.format(real=real))
    os.chmod(script, 0o755)
    return ["unshare", "-m", "sh", "-c", 'mount --bind %s %s && exec "$@"' % (script, nft), "old"]


def holds_without_a_shield(lab, nfqd, lines):
    """The rules were applied once and the gate is well. `lines`: of the log about the shield."""
    for _ in range(4):  # several looks at the rules
        time.sleep(0.5)
        status = nfqd.status()
        expect("state, problems, rules in place, shield", ("ok", [], True, None),
               (status["state"], status["problems"], status["rules"]["intact"], status["shield"]))
    expect("a stranger's connect and a listed host's", ("refused", "connected"),
           (connect(lab, "10.1.0.66", "203.0.113.7", 25).kind, connect(lab, "10.1.0.25", "203.0.113.7", 25).kind))
    expect("rules put back", [], [line for line in nfqd.log().splitlines() if "put back" in line])
    expect("lines about the shield", lines, nfqd.log().count("shield"))
    expect("exit status of status", 0, nfqd.run("status", check=False).returncode)


@test
def no_shield_is_a_state_like_others(lab):
    policy = "stranger reject\n" + PLAIN
    with Nfqd(lab, policy + "pace off\n") as nfqd:
        holds_without_a_shield(lab, nfqd, 0)
        nfqd.reload(policy + "pace off\nallow 10.1.0.9\n")
        expect("a connect that the new policy allows", "connected", connect(lab, "10.1.0.9", "203.0.113.7", 25).kind)
        holds_without_a_shield(lab, nfqd, 0)
    with Nfqd(lab, policy) as nfqd:
        eventually(3, "a shield", lambda: nfqd.status()["shield"], lambda seen: seen)
        nfqd.reload(policy + "pace off\nallow 10.1.0.9\n")
        time.sleep(1)
        expect("lines about rules put back", 0, nfqd.log().count("put back"))
        expect("problems", [], nfqd.status()["problems"])
    with Nfqd(lab, policy, within=old_kernel(lab)) as nfqd:
        holds_without_a_shield(lab, nfqd, 1)
