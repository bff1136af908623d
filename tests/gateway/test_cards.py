# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are bound to a card (`mac`). Where the kernel has sets for addresses and cards, it decides by itself."""
import contextlib
import fcntl
import ipaddress
import os
import select
import signal
import socket
import struct
import time

from check import PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from lab import HOSTS
from probe import checksum, connect_all
from test_capture import IFF_NO_PI, IFF_TUN, TUNSETIFF
from test_established import OUT4, OUT6, PORT, Flow, forget, listening
from test_pace import kinds, reasons

MAIL4, MAIL6 = "10.1.0.25", "2001:db8:1::25"
OTHER4, OTHER6 = "10.1.0.66", "2001:db8:1::66"  # on another card than their line says
TUNNEL4 = "10.1.0.80"
ELSEWHERE = "198.51.100.7"


def bound(lab, host="mail", more=""):
    return "".join("allow %s mac %s%s\n" % (address, lab.mac(host), more) for address in (MAIL4, MAIL6, OTHER4, OTHER6))


def outcomes(lab, *flows, port=25):
    return [outcome.kind for outcome in connect_all(lab, [(src, dst, port) for src, dst in flows])]


ALL = ((MAIL4, OUT4), (MAIL6, OUT6), (OTHER4, OUT4), (OTHER6, OUT6))


def in_kernel(nfqd):
    """The kernel has the sets: it lets the right card pass without asking."""
    return "no hash:ip,mac here" not in nfqd.run("rules").stdout


def explained(nfqd, src, dst, mac):
    return nfqd.run("explain", src, dst, "--mac", mac).stdout.split()[:2]


@test
@brief
def another_card_is_a_stranger(lab):
    with Nfqd(lab, bound(lab)) as nfqd:
        for host, addresses, verdict in (("mail", ALL, ["pass", "listed"]), ("laptop", ALL, ["drop", "wrong-mac"])):
            for src, dst in addresses:
                expect("explain --mac, %s from the card of %s" % (src, host), verdict,
                       explained(nfqd, src, dst, lab.mac(host)))
        expect("connects", ["connected", "connected", "timeout", "timeout"], outcomes(lab, *ALL))
        nfqd.wait_for_log({MAIL4: (1, 0, 1), MAIL6: (1, 0, 1), OTHER4: (1, 1, 0), OTHER6: (1, 1, 0)})
        for src in (MAIL4, MAIL6):
            expect("verdict and reason of %s" % src, {("pass", "listed"): 1}, reasons(nfqd, src))
        for src in (OTHER4, OTHER6):
            expect("verdict and reason of %s" % src, {("drop", "wrong-mac"): 1}, reasons(nfqd, src))


@test
@brief
def another_card_stays_a_stranger_without_a_daemon(lab):
    with Nfqd(lab, bound(lab)) as nfqd:
        right = "connected" if in_kernel(nfqd) else "timeout"
        nfqd.stop(signal.SIGKILL)
        expect("connects", [right, right, "timeout", "timeout"], outcomes(lab, *ALL))


@test
@brief
def another_card_may_go_where_everybody_may(lab):
    with Nfqd(lab, "allow lan to %s\n" % OUT4 + bound(lab)) as nfqd:
        expect("connects", ["connected", "timeout", "connected", "connected"],
               outcomes(lab, (OTHER4, OUT4), (OTHER4, ELSEWHERE), (MAIL4, OUT4), (MAIL4, ELSEWHERE)))
        nfqd.wait_for_log({MAIL4: (2, 0, 2), OTHER4: (2, 1, 1)})


@test
@brief
def a_card_and_destinations(lab):
    with Nfqd(lab, bound(lab, more=" to %s %s" % (OUT4, OUT6))) as nfqd:
        expect("connects", ["connected", "connected", "timeout", "timeout"], outcomes(lab, *ALL))
        expect("connects elsewhere", ["timeout"] * 2, outcomes(lab, (MAIL4, ELSEWHERE), (OTHER4, ELSEWHERE)))
        nfqd.wait_for_log({MAIL4: (2, 1, 1), OTHER4: (2, 2, 0)})
        expect("verdicts and reasons", [{("pass", "listed"): 1, ("drop", "destination"): 1},
                                        {("drop", "wrong-mac"): 1, ("drop", "destination"): 1}],
               [reasons(nfqd, src) for src in (MAIL4, OTHER4)])


@test
def a_card_and_max(lab):
    with Nfqd(lab, bound(lab, more=" max 5/minute")) as nfqd:
        expect("9 connects", {"connected": 5, "timeout": 4}, kinds(lab, MAIL4, OUT4, 9))
        expect("9 connects from another card", {"timeout": 9}, kinds(lab, OTHER4, OUT4, 9))
        nfqd.wait_for_log({MAIL4: (9, 4, 5), OTHER4: (9, 9, 0)})
        expect("verdicts and reasons", [{("pass", "listed"): 5, ("drop", "rate"): 4}, {("drop", "wrong-mac"): 9}],
               [reasons(nfqd, src) for src in (MAIL4, OTHER4)])


@test
@brief
def a_card_and_an_audit(lab):
    with Nfqd(lab, "stranger audit\n" + bound(lab)) as nfqd:
        expect("connects", ["connected"] * 4, outcomes(lab, *ALL))
        nfqd.wait_for_log({src: (1, 0, 1) for src, _ in ALL})
        expect("verdict and reason", [{("pass", "listed"): 1}, {("audit", "wrong-mac"): 1}],
               [reasons(nfqd, src) for src in (MAIL4, OTHER4)])


@test
def a_reload_binds_and_frees_hosts(lab):
    def seen(what, policy, expected):
        done = nfqd.reload(policy)
        expect("%s: exit status" % what, 0, done.returncode)
        expect(what, expected, outcomes(lab, *ALL))
    passing, refused = ["connected"] * 2, ["timeout"] * 2
    free = "".join("allow %s\n" % src for src, _ in ALL)
    with Nfqd(lab, free) as nfqd:
        expect("without cards", passing + passing, outcomes(lab, *ALL))
        seen("bound", bound(lab), passing + refused)
        seen("bound to the other card", bound(lab, "laptop"), refused + passing)
        seen("bound to both", bound(lab, "mail", " " + lab.mac("laptop")), passing + passing)
        seen("bound again", bound(lab), passing + refused)
        seen("free again", free, passing + passing)


@contextlib.contextmanager
def card(lab, host, mac):
    """The host has this card for a while."""
    def put(address):
        lab.spaces[host].ip("link set eth0 address %s" % address)
        for own in ("10.1.0.%d", "2001:db8:1::%d"):
            lab.gateway.ip("neigh replace %s lladdr %s dev lan0 nud permanent" % (own % HOSTS[host], address))
    put(mac)
    try:
        yield
    finally:
        put(lab.mac(host))


@test
def a_flood_from_another_card_does_not_hinder_the_bound_host(lab):
    """The shield drops openings from the address, but only from that card."""
    mac = "02:00:00:00:00:77"
    with Nfqd(lab, "pace 1/minute burst 5\nallow %s mac %s to %s\n" % (OTHER4, mac, OUT4)) as nfqd:
        expect("50 connects from another card", {"timeout": 50}, kinds(lab, OTHER4, ELSEWHERE, 50))
        with card(lab, "laptop", mac):
            expect("20 connects from its card", {"connected": 20}, kinds(lab, OTHER4, OUT4, 20))
        eventually(5, "the shield to have dropped some", lambda: set(reasons(nfqd, OTHER4)),
                   lambda seen: ("drop", "flood") in seen)


@contextlib.contextmanager
def tunnel(lab):
    """A device without cards, whose other end is the descriptor: a host behind a tunnel."""
    with lab.gateway:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"tun0", IFF_TUN | IFF_NO_PI))
    try:
        lab.gateway.ip("link set tun0 up\nroute add %s/32 dev tun0" % TUNNEL4)
        yield tun
    finally:
        os.close(tun)


def is_answered(tun, sport, patience=1.5):
    """Whether a SYN from the tunnel is answered from outside."""
    ends = [ipaddress.ip_address(end).packed for end in (TUNNEL4, OUT4)]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, sport, 0, 64, socket.IPPROTO_TCP, 0) + b"".join(ends)
    tcp = struct.pack("!HHIIBBHHH", sport, 25, 1, 0, 5 << 4, 2, 64240, 0, 0)
    sums = [checksum(ip), checksum(b"".join(ends) + struct.pack("!II", len(tcp), socket.IPPROTO_TCP) + tcp)]
    os.write(tun, ip[:10] + struct.pack("!H", sums[0]) + ip[12:] + tcp[:16] + struct.pack("!H", sums[1]) + tcp[18:])
    end = time.monotonic() + patience * PATIENCE_FACTOR
    while select.select([tun], [], [], max(0, end - time.monotonic()))[0]:
        got = os.read(tun, 2000)
        if got[12:20] == ends[1] + ends[0] and got[22:24] == struct.pack("!H", sport) and got[33] == 0x12:
            return True
    return False


@test
def a_host_without_a_card_is_not_the_bound_one(lab):
    with tunnel(lab) as tun, Nfqd(lab, "allow %s\n" % TUNNEL4) as nfqd:
        expect("not bound: a SYN is answered", True, is_answered(tun, 3001))
        nfqd.reload("allow %s mac %s\n" % (TUNNEL4, lab.mac("mail")))
        expect("bound: a SYN is answered", False, is_answered(tun, 3002))
        nfqd.wait_for_log({TUNNEL4: (2, 1, 1)})
        expect("verdicts and reasons", {("pass", "listed"): 1, ("drop", "wrong-mac"): 1}, reasons(nfqd, TUNNEL4))


@test
def open_connections_of_a_bound_host(lab):
    """A reload leaves them alone, and ends them when no card may have them any more."""
    bind = "port 25 26\n" + bound(lab)
    with listening(lab) as listeners, Nfqd(lab, bind) as nfqd:
        flows = [Flow(lab, listeners, src, dst, PORT) for src, dst in ALL[:2]]
        nfqd.reload(bind + "allow 10.1.0.9\n")
        for flow in flows:
            expect("%s after a reload" % flow.name, ("arrives", "arrives"), (flow.forth(), flow.back()))
        forget(lab)
        for flow in flows:
            expect("%s, forgotten by the kernel" % flow.name, ("arrives", "arrives"), (flow.forth(), flow.back()))
        nfqd.reload("port 25 26\nallow 10.1.0.9\n")
        for flow in flows:
            eventually(3, "%s to end" % flow.name, lambda: flow.forth(.3), lambda got: got == "ECONNRESET")
            flow.close()


@test
def a_listed_address_on_another_card_is_reported(lab):
    """Once, with both cards, however often the address moves; and nothing of hosts that are not listed."""
    def seen():
        report = nfqd.report()
        return [(host or {}).get("mac_changed") for host in (nfqd.host(OTHER4, report), nfqd.host("10.1.0.50", report))]
    def cards(change):
        return change and (change["from"], change["to"])

    old, new = lab.mac("laptop"), "02:00:00:00:00:77"
    with Nfqd(lab, "allow %s\nallow %s\n" % (OTHER4, MAIL4)) as nfqd:
        expect("connects", ["connected", "connected", "refused"],
               outcomes(lab, (OTHER4, OUT4), (MAIL4, OUT4), ("10.1.0.50", OUT4)))
        nfqd.wait_for_log({OTHER4: (1, 0, 1), MAIL4: (1, 0, 1), "10.1.0.50": (1, 1, 0)})
        expect("changes before", ([None, None], []), (seen(), nfqd.status()["mac_changed"]))
        with card(lab, "laptop", new), card(lab, "office", "02:00:00:00:00:78"):
            expect("connects", ["connected", "refused"], outcomes(lab, (OTHER4, OUT4), ("10.1.0.50", OUT4)))
            eventually(5, "the report to name both cards", seen,
                       lambda got: cards(got[0]) == (old, new) and got[1] is None)
            change = seen()[0]
            expect("what status names", [(OTHER4, old, new)],
                   [(one["host"], one["from"], one["to"]) for one in nfqd.status()["mac_changed"]])
            expect("its state", "ok", nfqd.status()["state"])
            text = "changed from %s to %s at " % (old, new)
            database = ["--db", nfqd.top + "/db", "--since", "all"]
            for what, got in (("report", nfqd.space.sh(NFQD, "report", *database)),
                              ("host", nfqd.space.sh(NFQD, "host", OTHER4, *database)),
                              ("status", nfqd.run("status").stdout)):
                expect_that(text in " ".join(got.split()), "%s to say %r" % (what, text), got)
            got = nfqd.space.sh(NFQD, "host", OTHER4, *database)
            expect_that("allow %s mac %s" % (OTHER4, new) in " ".join(got.split()), "advice with the line", got)
        for mac in (old, new, old):
            with card(lab, "laptop", mac):
                expect("connects to and fro", ["connected"], outcomes(lab, (OTHER4, OUT4)))
        nfqd.wait_for_log({OTHER4: (5, 0, 5)})
        eventually(5, "status to know that it is back", lambda: nfqd.status()["mac_changed"], lambda got: got == [])
        expect("the change after all that", change, seen()[0])
