# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays below the shield's limits is logged to the last opening and destination, with the defaults that users get:
a busy bot, and a network full of them, each opening resent as a client does that gets no answer."""
import functools
import ipaddress

from check import Failed, eventually, expect, expect_that, test
from daemons import Nfqd, Pcapmon
from probe import connect_all
from test_shield import FLOOD, PLAIN, eventually_empty, mac, shielded

BOT = "10.1.0.66"
WORLD = ipaddress.ip_address("45.0.0.0")  # servers in as many networks as there are


class Busy(Failed):
    """The log is not exact and says so itself: other groups of tests have left too little of the processors."""


def expect_not_busy(missing):
    if missing:
        raise Busy("expected all openings in the log, got %d that it states as missing" % missing)


def again_if_busy(function):
    """A second time the log must be exact."""
    @functools.wraps(function)
    def run(lab):
        try:
            function(lab)
        except Busy as busy:
            print("  once more: %s" % busy)
            function(lab)
    return run


def world(lab):
    """Addresses of the Internet that answer, in the namespace that stands for it."""
    lab.outside.run("ip", "route", "replace", "local", "45.0.0.0/8", "dev", "lo")


def servers(count):
    """Each in a network of its own."""
    return [str(WORLD + 0x10000 * (n // 200 + 1) + 0x100 * (n % 200) + 25) for n in range(count)]


def seen(host):
    """What a host's entry of the report says of its openings."""
    return host and {key: host[key] for key in ("attempts", "destinations", "destinations_estimated")}


def exactly(attempts, destinations):
    return {"attempts": attempts, "destinations": destinations, "destinations_estimated": False}


def a_busy_bot(lab, verdict, outcome):
    """150 connects in 20 s, each to a server of its own, by a real client."""
    world(lab)
    flows = [(BOT, server, 25) for server in servers(150)]
    with Nfqd(lab, "stranger %s\n" % verdict + PLAIN) as nfqd, Pcapmon(nfqd) as pcapmon:
        outcomes = connect_all(lab, flows, patience=3.6, pace=20 / len(flows))
        expect("the connects", {outcome}, {o.kind for o in outcomes})
        eventually(4, "150 attempts to 150 destinations in the report", lambda: seen(nfqd.host(BOT)),
                   lambda found: found == exactly(150, 150))
        host = eventually(4, "150 attempts and as many resends on the wire as in the gate's log", lambda: nfqd.host(BOT),
                          lambda h: h["wire"] and (h["wire"]["attempts"], h["wire"]["syns"]) ==
                          (150, 150 + h["gate"]["retransmits"]))
        report = nfqd.report()
        expect("openings that the shield has dropped", (0, 0), shielded(lab))
        expect_that((host["gate"]["retransmits"] > 0) == (verdict == "drop"), "resends where there is no answer", host)
        expect("attempts, blocked, allowed in the gate's log", (150, 150, 0), nfqd.gate(BOT))
        expect("networks", 150, host["networks"])
        expect("complete, missing", (True, 0), (report["complete"], report["missing"]))
        detail = nfqd.run("host", BOT, "--since", "all", "--json")
        text = nfqd.run("host", BOT, "--since", "all").stdout
        expect_that("150 attempts to 150 destinations" in " ".join(text.split()), "the same in the text of `host`", text)
        expect_that(detail.returncode == 0, "JSON of `host`", detail.stderr)


@test
def a_busy_bot_is_logged_exactly_when_dropped(lab):
    a_busy_bot(lab, "drop", "timeout")


@test
def a_busy_bot_is_logged_exactly_when_rejected(lab):
    a_busy_bot(lab, "reject", "refused")


def a_busy_network(lab, verdict, sources, per_second, seconds):
    """So many hosts with so many openings a second each; each resent twice, and each to a destination that its host has
    not gone to before."""
    world(lab)
    total = sources * per_second * seconds
    lab.gateway.ip("route replace 10.1.208.0/20 via 10.1.200.50 dev lan1")
    try:
        with Nfqd(lab, "stranger %s\n" % verdict + PLAIN) as nfqd, Pcapmon(nfqd, "lan1") as pcapmon:
            sent = lab.annex.sh(FLOOD, "-r", "eth0", mac(lab.gateway, "lan1"), "10.1.208.0", str(sources), str(WORLD),
                                str(total), str(total), str(sources * per_second), timeout=seconds + 60)
            expect("openings sent, with resends", str(3 * total), sent.split()[0])
            each = total // sources
            wanted = {str(ipaddress.ip_address("10.1.208.0") + n): (exactly(each, each), 2 * each, each, 3 * each)
                      for n in range(sources)}

            def report():
                return nfqd.report("--top", str(sources))

            def wrong():
                """As far as it is not so yet: {host: (wanted, (as seen, retransmits, and attempts and SYNs on the wire))}."""
                hosts = {h["host"]: (seen(h), h["gate"]["retransmits"], h["wire"]["attempts"], h["wire"]["syns"])
                         for h in report()["hosts"] if h["gate"] and h["wire"]}
                return {address: (n, hosts.get(address)) for address, n in wanted.items() if hosts.get(address) != n}
            left = eventually_empty(20, wrong)
            expect_not_busy(report()["missing"] if left else 0)
            expect_that(not left, "%d attempts and destinations of each host, and all resends" % each,
                        "%d wrong, such as (wanted, seen) %s" % (len(left), list(left.items())[:3]))
            log = report()
            expect("complete, missing, attempts", (True, 0, total),
                   (log["complete"], log["missing"], log["totals"]["attempts"]))
            expect("what the shield has dropped", (0, 0), shielded(lab))
            expect("pcapmon's exit status", 0, pcapmon.stop())
    finally:
        lab.gateway.ip("route del 10.1.208.0/20")


@test
@again_if_busy
def a_hundred_hosts_with_20_openings_a_second_are_logged_exactly(lab):
    a_busy_network(lab, "drop", 100, 20, 60)


@test
@again_if_busy
def a_thousand_hosts_with_an_opening_a_second_are_logged_exactly(lab):
    a_busy_network(lab, "reject", 1000, 1, 20)


@test
@again_if_busy
def openings_beyond_what_can_be_told_apart_are_syns(lab):
    """Without a shield 560,000 openings come within 180 s, more than the log can remember: what may be a resend of a
    forgotten one is a SYN, and no attempt."""
    with Nfqd(lab, "stranger drop\npace off\n" + PLAIN) as nfqd:
        lab.annex.sh(FLOOD, "eth0", mac(lab.gateway, "lan1"), "10.1.200.50", "1", str(WORLD), "560000", "560000", "25000",
                     timeout=120)
        came = nfqd.status()["rules"]["openings"]["stranger"]
        expect("openings that came", 560000, came)

        def look():
            log = nfqd.report()
            return {key: log["totals"][key] for key in ("attempts", "retransmits", "syns")}, log["missing"]
        totals, missing = eventually(20, "all of them in the log", look,
                                     lambda seen: sum(seen[0].values()) + seen[1] == came)
        expect_not_busy(missing if missing >= 56000 else 0)
        expect("retransmits", 0, totals["retransmits"])
        expect_that(totals["attempts"] >= 393216, "as many attempts as fit", totals)
        expect_that(totals["syns"] > 0, "the rest to be SYNs", totals)
