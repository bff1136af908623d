# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT on the gateway: an opening is judged by where it ends, and nothing touches one that ends inside."""
import contextlib
import ipaddress
import socket
from collections import Counter

from check import PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import Nfqd, Pcapmon
from lab import WAN4
from mail import Sink
from probe import connect, connect_all, fill_conntrack
from test_local import connect_as
from test_shield import flood, shielded

MAIL, STRANGER, OTHER = "10.1.0.25", "10.1.0.66", "10.1.0.50"
OUT = "203.0.113.25"
PUBLIC = "198.51.100.80"  # the mail server's public address; routed to the gateway, which does not have it
SMARTHOST = "192.0.2.25"
LISTED = "pace 1/second burst 60\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
BACK = "POSTROUTING -s 10.1.0.0/16 -d 10.1.0.25 -p tcp --dport 25 -j MASQUERADE"  # answers come through the gateway


@contextlib.contextmanager
def nat(lab, *rules):
    """NAT rules of the administrator's, in this order before all others."""
    def change(what, rule):
        lab.gateway.sh("iptables", "-t", "nat", what, *rule.split())
    for rule in reversed(rules):
        change("-I", rule)
    try:
        yield
    finally:
        for rule in rules:
            change("-D", rule)


def proxy(lab):
    """A listener on the gateway, for all tests."""
    if "proxy" not in lab.__dict__:
        lab.proxy = Sink(lab, lab.gateway, [2526])


def kinds(lab, src, destinations, port=25):
    """The number of simultaneous connects by outcome."""
    return dict(Counter(outcome.kind for outcome in connect_all(lab, [(src, dst, port) for dst in destinations])))


def many(count=90):
    """Destinations outside: more than the shield lets through at once."""
    return ["203.0.113.%d" % (10 + n) for n in range(count)]


def touched_nothing(lab, nfqd):
    status = nfqd.status()
    expect("openings that the rules have counted", 0, sum(status["rules"]["openings"].values()))
    expect("what the shield has dropped", (0, 0), shielded(lab))
    expect("hosts in the report, problems", ([], []), (nfqd.report()["hosts"], status["problems"]))


@test
def nat_to_inside_is_touched_by_no_part(lab):
    cases = (("hairpin to the mail server's public address", [PUBLIC] * 90,
              ["PREROUTING -d %s -p tcp --dport 25 -j DNAT --to-destination %s" % (PUBLIC, MAIL), BACK]),
             ("everything to the mail server", many(),
              ["PREROUTING -i lan0 -s %s -p tcp --dport 25 -j DNAT --to-destination %s" % (STRANGER, MAIL), BACK]),
             ("one to one, both directions", [PUBLIC] * 90,
              ["PREROUTING -d %s -j DNAT --to-destination %s" % (PUBLIC, MAIL),
               "POSTROUTING -s %s -o wan0 -j SNAT --to-source %s" % (MAIL, PUBLIC), BACK]),
             ("a proxy on the gateway", many(),
              ["PREROUTING -i lan0 -s %s -p tcp --dport 25 -j REDIRECT --to-ports 2526" % STRANGER]),
             ("the gateway's outer address", ["198.18.0.1"] * 90,
              ["PREROUTING -d 198.18.0.1 -p tcp --dport 25 -j DNAT --to-destination %s" % MAIL, BACK]))
    proxy(lab)
    for what, destinations, rules in cases:
        with Nfqd(lab, LISTED) as nfqd, nat(lab, *rules):
            expect("connects, %s," % what, {"connected": 90}, kinds(lab, STRANGER, destinations))
            touched_nothing(lab, nfqd)


@test
@brief
def nat_to_outside_is_judged_by_where_it_ends(lab):
    rules = ("PREROUTING -i lan0 -d 10.1.0.1 -p tcp --dport 2525 -j DNAT --to-destination %s:25" % OUT,
             "PREROUTING -i lan0 -p tcp --dport 8026 -j DNAT --to-destination :25",
             "PREROUTING -i lan0 -d 203.0.113.9 -p tcp --dport 25 -j DNAT --to-destination 203.0.113.8:587")
    with Nfqd(lab, LISTED) as nfqd, nat(lab, *rules):
        lab.sink.connections.clear()
        for dst, port in (("10.1.0.1", 2525), (OUT, 8026)):
            expect("a stranger's connect, port %d," % port, "refused", connect(lab, STRANGER, dst, port).kind)
        expect("connections outside", [], lab.sink.connections)
        for dst, port in (("10.1.0.1", 2525), (OUT, 8026)):
            expect("the mail server's connect, port %d," % port, "connected", connect(lab, MAIL, dst, port).kind)
        expect("a stranger's connect that ends at port 587", "connected", connect(lab, STRANGER, "203.0.113.9").kind)
        nfqd.wait_for_log({STRANGER: (2, 2, 0), MAIL: (2, 0, 2)})
        seen = nfqd.lines("attempt", column="destination")
        expect("destinations in the log", {ipaddress.ip_address(OUT).packed}, set(seen))


@test
def nat_to_a_listed_smart_host_never_meets_the_shield(lab):
    rule = "PREROUTING -i lan0 ! -s %s -p tcp --dport 25 -j DNAT --to-destination %s" % (MAIL, SMARTHOST)
    policy = LISTED + "allow lan to %s\n" % SMARTHOST
    with Nfqd(lab, policy) as nfqd, nat(lab, rule):
        expect("connects through NAT", {"connected": 90}, kinds(lab, STRANGER, many()))
        expect("connects straight to it", {"connected": 90}, kinds(lab, OTHER, [SMARTHOST] * 90))
        nfqd.wait_for_log({STRANGER: (90, 0, 90), OTHER: (90, 0, 90)})
        expect("what the shield has dropped", (0, 0), shielded(lab))
    with Nfqd(lab, LISTED) as nfqd, nat(lab, rule):  # the same without that line
        expect("connects through NAT", {"refused": 20}, kinds(lab, STRANGER, many(20)))
        nfqd.wait_for_log({STRANGER: (20, 20, 0)})


@test
def a_flood_of_others_does_not_hinder_nat_to_inside(lab):
    rules = ["PREROUTING -d %s -p tcp --dport 25 -j DNAT --to-destination %s" % (PUBLIC, MAIL), BACK]
    with Nfqd(lab, LISTED) as nfqd, nat(lab, *rules):
        flood(lab, 50, 20000)
        expect_that(shielded(lab)[0] > 10000, "the shield to work", shielded(lab))
        expect("connects of another host", {"connected": 90}, kinds(lab, OTHER, [PUBLIC] * 90))
        flood(lab, 1, 200, OTHER)
        # A host that floods outside is known; what it opens inside without NAT passes all the same.
        before = shielded(lab)[0]
        expect("connects of a host that floods to an address inside", {"connected": 90},
               kinds(lab, OTHER, ["10.1.200.50"] * 90))
        expect("what the shield has dropped of them", before, shielded(lab)[0])


@test
def a_stranger_who_is_listed_keeps_no_limit(lab):
    source = "10.1.16.9"
    with Nfqd(lab, LISTED) as nfqd:
        flood(lab, 1, 200, source, per_second=2000)
        before = eventually(2, "the shield to drop some", lambda: shielded(lab)[0], lambda n: n > 100)
        done = nfqd.reload(LISTED + "allow %s\n" % source)
        expect("exit status of reload", 0, done.returncode)
        flood(lab, 1, 200, source, per_second=2000)
        eventually(3, "200 allowed", lambda: nfqd.gate(source), lambda seen: seen[2] == 200)
        expect("what the shield has dropped since", 0, shielded(lab)[0] - before)


HAIRPIN = ("PREROUTING -d %s -p tcp --dport 25 -j DNAT --to-destination %s" % (PUBLIC, MAIL), BACK)
PROXY = "PREROUTING -i lan0 -s 10.1.0.9 -p tcp --dport 25 -j REDIRECT --to-ports 2526"


def wait_for_wire(pcapmon, wanted):
    """{host: (established, leaked)} as pcapmon has it."""
    eventually(4, "established and leaked on the wire as %s" % wanted,
               lambda: {host: ((pcapmon.wire(host) or {}).get("established"), (pcapmon.wire(host) or {}).get("leaked"))
                        for host in wanted}, lambda seen: seen == wanted)


def cause_of(nfqd, host):
    return eventually(8, "a cause of the leak", lambda: nfqd.host(host)["leak_cause"], bool)


@test
def nat_is_no_leak_for_pcapmon_inside(lab):
    smart = "PREROUTING -i lan0 -s %s -p tcp --dport 25 -j DNAT --to-destination %s" % (OTHER, SMARTHOST)
    proxy(lab)
    policy = LISTED + "allow lan to %s\n" % SMARTHOST
    with Nfqd(lab, policy) as nfqd, nat(lab, *HAIRPIN, PROXY, smart), Pcapmon(nfqd, follows=False) as pcapmon:
        for src, destinations in ((STRANGER, [PUBLIC] * 60), (OTHER, many(60)), ("10.1.0.9", many(60))):
            outcomes = connect_all(lab, [(src, dst, 25) for dst in destinations], pace=0.005)
            expect("connects of " + src, {"connected": 60}, dict(Counter(outcome.kind for outcome in outcomes)))
        wait_for_wire(pcapmon, {STRANGER: (60, 0), OTHER: (60, 0), "10.1.0.9": (60, 0)})
        # The gate gets another policy than pcapmon: that is a leak, and NAT is not the reason.
        expect("exit status of reload", 0, nfqd.reload(policy + "allow %s\n" % STRANGER).returncode)
        expect("connect", "connected", connect(lab, STRANGER, OUT).kind)
        wait_for_wire(pcapmon, {STRANGER: (61, 1)})
        cause = cause_of(nfqd, STRANGER)
        expect_that("policy is not the one" in cause and "NAT" not in cause, "another policy as the cause", cause)


@test
def nat_without_a_readable_table_is_a_possible_cause(lab):
    """It reads no table of connections of that size."""
    try:
        with Nfqd(lab, LISTED) as nfqd, nat(lab, *HAIRPIN), Pcapmon(nfqd) as pcapmon:
            fill_conntrack(lab.gateway, [(MAIL, "203.0.113.99", 587, 25000)])
            expect("connect", "connected", connect(lab, STRANGER, PUBLIC).kind)
            wait_for_wire(pcapmon, {STRANGER: (1, 1)})
            cause = cause_of(nfqd, STRANGER)
            expect_that("NAT on the gateway has led it inside" in cause, "NAT as a possible cause", cause)
    finally:
        lab.gateway.sh("conntrack", "-D", "-d", "203.0.113.99")


@test
def nat_to_inside_goes_on_after_a_reload(lab):
    with Nfqd(lab, LISTED) as nfqd, nat(lab, *HAIRPIN):
        with lab.laptop:
            client = socket.socket()
        with client:
            client.settimeout(3 * PATIENCE_FACTOR)
            client.connect((PUBLIC, 25))
            expect("greeting", b"220", client.recv(512)[:3])
            expect("exit status of reload", 0, nfqd.reload(LISTED + "allow 10.1.0.9\n").returncode)
            eventually(3, "the reload to be over", lambda: nfqd.status()["rules"]["intact"], bool)
            client.send(b"NOOP\r\n")
            expect("answer to NOOP", b"250", client.recv(512)[:3])


@test
def local_nat_is_judged_by_where_it_ends(lab):
    """Openings by the gateway's own processes, led elsewhere at OUTPUT."""
    rules = ("OUTPUT -p tcp -d 198.51.100.1 --dport 2525 -j DNAT --to-destination %s:25" % OUT,
             "OUTPUT -p tcp -d 127.0.0.1 --dport 2525 -j DNAT --to-destination %s:25" % OUT,
             "OUTPUT -p tcp -d 198.51.100.2 --dport 25 -j DNAT --to-destination %s" % MAIL,
             "OUTPUT -p tcp -d 198.51.100.3 --dport 25 -j REDIRECT --to-ports 2526",
             "POSTROUTING -s 127.0.0.0/8 -o wan0 -j MASQUERADE")
    listed, limited, other = 4711, 4713, 4712
    policy = LISTED + "local\nallow local user %d\nallow local user %d max 60/minute\n" % (listed, limited)
    led = [("198.51.100.1", 2525), ("127.0.0.1", 2525), (OUT, 25)]
    proxy(lab)
    for stranger, outcome in (("reject", "refused"), ("drop", "timeout")):
        with routed_loopback(lab), Nfqd(lab, policy + "stranger %s\n" % stranger) as nfqd, nat(lab, *rules):
            inside = [(who, "198.51.100.%d" % n) for who in (listed, limited, other) for n in (2, 3)]
            expect("connects that end inside and at the gateway", ["connected"] * 6,
                   [connect_as(lab, *opening) for opening in inside])
            touched_nothing(lab, nfqd)
            lab.sink.connections.clear()
            expect("a stranger's connects that end outside", [outcome] * 3,
                   [connect_as(lab, other, *where, patience=0.5) for where in led])
            expect("connections outside", [], lab.sink.connections)
            for who in (listed, limited):
                expect("user %d's connects that end outside" % who, ["connected"] * 3,
                       [connect_as(lab, who, *where) for where in led])
            nfqd.wait_for_log({WAN4: (6, 2, 4), "127.0.0.1": (3, 1, 2)})
            expect("destinations in the log", {ipaddress.ip_address(OUT).packed},
                   set(nfqd.lines("attempt", column="destination")))


@contextlib.contextmanager
def routed_loopback(lab):
    """What 127.0.0.1 sends may leave, so that NAT can lead it outside."""
    lab.gateway.sysctl("ipv4/conf/all/route_localnet", 1)
    try:
        yield
    finally:
        lab.gateway.sysctl("ipv4/conf/all/route_localnet", 0)
