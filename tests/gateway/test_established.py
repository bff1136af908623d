# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are open when their source may no longer open them: they are ended, on both sides, and no others.
IPv4 is masqueraded, IPv6 is routed as it is."""
import contextlib
import errno
import os
import select
import signal
import socket
import sqlite3
import time

from check import PATIENCE_FACTOR, Skip, brief, eventually, expect, expect_that, test
from daemons import Nfqd
from probe import connect_all, family, fill_conntrack, listen

PORT = 26  # enforced, and free on the outside
LISTED = "port 25 26\nstranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
GUEST = "allow 10.1.0.77 2001:db8:1::77\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
GUESTS = [("10.1.0.77", OUT4, PORT), ("2001:db8:1::77", OUT6, PORT)]
# Others: listed; a port that is not enforced; inside to inside.
OTHERS = [("10.1.0.25", OUT4, PORT), ("2001:db8:1::25", OUT6, PORT), ("10.1.0.77", OUT4, 4026),
          ("2001:db8:1::77", OUT6, 4026), ("10.1.0.66", "10.1.200.50", PORT)]


class Flow:
    """One open connection, seen from both ends."""

    def __init__(self, lab, listeners, src, dst, port, space=None):
        self.name = "%s -> %s port %d" % (src, dst, port)
        with space or lab.host(src):
            self.client = socket.socket(family(src), socket.SOCK_STREAM)
        self.client.settimeout(3 * PATIENCE_FACTOR)
        self.client.bind((src, 0))
        self.client.connect((dst, port))
        where = "inside" if lab.host(dst) is lab.annex else "outside"
        self.server = listeners[where, family(dst), port].accept()[0]

    def close(self):
        self.client.close()
        self.server.close()

    @staticmethod
    def pass_on(sender, receiver, patience):
        """True if a byte arrives; else the name of the error that either end gets."""
        try:
            sender.send(b"x")
            end = time.monotonic() + patience * PATIENCE_FACTOR
            while time.monotonic() < end:
                ready = select.select([sender, receiver], [], [], end - time.monotonic())[0]
                if receiver in ready:
                    return "arrives" if receiver.recv(1) else "closed"
                if sender in ready:
                    sender.recv(1)
            return "nothing"
        except OSError as error:
            return errno.errorcode[error.errno]

    def forth(self, patience=1):
        return self.pass_on(self.client, self.server, patience)

    def asked(self):
        """The client's result for a byte, whatever has happened to the server's end."""
        try:
            self.client.send(b"x")
            return "more" if self.client.recv(1) else "closed"
        except OSError as error:
            return errno.errorcode.get(error.errno, str(error))

    def back(self, patience=1):
        return self.pass_on(self.server, self.client, patience)


@contextlib.contextmanager
def listening(lab):
    listeners = {}
    for where, space in (("outside", lab.outside), ("inside", lab.annex)):
        for kind in (socket.AF_INET, socket.AF_INET6):
            for port in (PORT, 4026):
                listeners[where, kind, port] = listen(space, kind, port)
                listeners[where, kind, port].settimeout(3 * PATIENCE_FACTOR)
    try:
        yield listeners
    finally:
        for listener in listeners.values():
            listener.close()


def open_all(lab, listeners, flows):
    return [Flow(lab, listeners, *flow) for flow in flows]


def close_all(flows):
    for flow in flows:
        flow.close()


def expect_alive(flows):
    for flow in flows:
        for way, got in (("forth", flow.forth()), ("back", flow.back())):
            expect("%s %s" % (flow.name, way), "arrives", got)


def expect_ended(lab, forth, back):
    """The client sends on the first, the server on the second: no byte arrives, and both ends get an error."""
    for flow in forth:
        got = flow.forth()
        expect_that(got == "ECONNRESET", "%s to be reset for the client" % flow.name, got)
        expect_that(flow.back() != "arrives", "%s to be over for the server, too" % flow.name, "a byte that arrived")
    for flow in back:
        got = flow.back()
        expect_that(got in ("ECONNRESET", "nothing"), "%s to carry nothing back" % flow.name, got)
        got = flow.asked()
        expect_that(got in ("ECONNRESET", "EPIPE"), "%s to be reset for the client after the server spoke" % flow.name,
                    got)
    for tool in ("ipv4", "ipv6"):
        known = lab.gateway.sh("conntrack", "-L", "-f", tool, "-p", "tcp", check=False)
        for flow in forth + back:
            sport = "sport=%d " % flow.client.getsockname()[1]
            left = [line for line in known.splitlines() if sport in line and "dport=%d " % PORT in line
                    and flow.name.split()[0] in line]
            expect_that(not left, "no entry of %s in conntrack" % flow.name, left)


def tracked(lab):
    """The number of connections in the gateway's table."""
    with lab.gateway, open("/proc/sys/net/netfilter/nf_conntrack_count") as count:
        return int(count.read())


def forget(lab, everything=False):
    """Empties the kernel's table of connections."""
    for kind in ("ipv4", "ipv6"):
        lab.gateway.sh("conntrack", "-D", "-f", kind, *([] if everything else ["-p", "tcp"]), check=False)


def journalled(nfqd, seconds=10):
    """The numbers of ended connections in the journal, in order."""
    def look():
        with contextlib.closing(sqlite3.connect("file:%s/db/gate.db?mode=ro" % nfqd.top, uri=True)) as db:
            return [int(text.split()[0]) for (text,) in
                    db.execute("SELECT text FROM journal WHERE what = 'ended' ORDER BY id")]
    return eventually(seconds, "a journal entry on what was ended", look, bool)


@test
def established_connections_end_at_reload_and_no_others(lab):
    with listening(lab) as listeners, Nfqd(lab, LISTED + GUEST) as nfqd:
        forth, back = open_all(lab, listeners, GUESTS), open_all(lab, listeners, GUESTS)
        others = open_all(lab, listeners, OTHERS)
        expect_alive(forth + back + others)
        done = nfqd.reload(LISTED + GUEST + "allow 10.1.0.78\n")
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect_alive(forth + back + others)
        done = nfqd.reload(LISTED)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect("connections that the journal says were ended", [4], journalled(nfqd))
        expect_ended(lab, forth, back)
        expect_alive(others)
        expect_that("ended 4 open connections" in nfqd.log(), "the log to say so", nfqd.log())
        close_all(forth + back + others)


@test
@brief
def established_connections_of_strangers_end_at_start_and_no_others(lab):
    with listening(lab) as listeners:
        with lab.outside:
            mail = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        mail.settimeout(5 * PATIENCE_FACTOR)
        mail.bind((OUT4, 0))
        mail.connect(("198.18.0.1", 25))
        expect_that(mail.recv(3) == b"220", "the mail server inside to answer", "something else")
        strangers, again = open_all(lab, listeners, GUESTS), open_all(lab, listeners, GUESTS)
        others = open_all(lab, listeners, OTHERS)
        own = Flow(lab, listeners, "10.1.0.1", OUT4, PORT, space=lab.gateway)
        expect_alive(strangers + again + others + [own])
        with Nfqd(lab, LISTED) as nfqd:
            # Those over IPv6 are known only where something had the kernel track it; the rules end them in any case.
            ended = journalled(nfqd)
            expect_that(ended in ([2], [4]), "2 or 4 connections that the journal says were ended", ended)
            expect_ended(lab, strangers, again)
            expect_alive(others + [own])
            mail.recv(4096)
            mail.send(b"NOOP\r\n")
            expect("the mail server's answer to a client outside", b"250", mail.recv(3))
        close_all(strangers + again + others + [own])
        mail.close()


@test
def established_connections_end_with_their_exemption(lab):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5 * PATIENCE_FACTOR))
    guest = "allow 10.1.0.77 2001:db8:1::77 until %s to 203.0.113.0/24 2001:db8:f::/48\n" % end
    with listening(lab) as listeners, Nfqd(lab, LISTED + guest) as nfqd:
        flows, others = open_all(lab, listeners, GUESTS), open_all(lab, listeners, OTHERS)
        expect_alive(flows + others)
        expect("connections that the journal says were ended", [2], journalled(nfqd))
        expect_ended(lab, flows, [])
        expect_alive(others)
        close_all(flows + others)


@test
def established_connections_go_on_under_audit(lab):
    with listening(lab) as listeners:
        flows = open_all(lab, listeners, GUESTS)
        with Nfqd(lab, LISTED.replace("stranger reject", "stranger audit")) as nfqd:
            expect_alive(flows)
            done = nfqd.reload(LISTED)
            expect_that(done.returncode == 0, "reload to succeed", done.stderr)
            expect("connections that the journal says were ended", [2], journalled(nfqd))
            expect_ended(lab, flows, [])
        close_all(flows)


@test
def a_known_connection_of_a_listed_host_is_taken_up_again(lab):
    """The kernel's table is emptied: connections of listed hosts and others go on, as they would without nfqd."""
    with listening(lab) as listeners, Nfqd(lab, LISTED + GUEST) as nfqd:
        flows = open_all(lab, listeners, GUESTS + OTHERS)
        done = nfqd.reload(LISTED + GUEST)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect_alive(flows)
        forget(lab)
        expect_alive(flows)
        close_all(flows)


@test
def established_connections_that_the_kernel_took_up_backwards_end_too(lab):
    """Without an entry, if the server sends first, the kernel takes the server for the client."""
    flow = ("2001:db8:1::77", OUT6, PORT)
    with listening(lab) as listeners, Nfqd(lab, LISTED + GUEST) as nfqd:
        flows, others = open_all(lab, listeners, [flow]), open_all(lab, listeners, [OTHERS[1]])
        forget(lab)
        for one in flows + others:
            expect("what the server sends first", "arrives", one.back())
        expect_alive(flows + others)
        backwards = lab.gateway.sh("conntrack", "-L", "-f", "ipv6", "-p", "tcp", "--orig-src", OUT6, check=False)
        expect("entries of the kernel that begin at the server", 2, len(backwards.splitlines()))
        done = nfqd.reload(LISTED)
        expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        expect("connections that the journal says were ended", [1], journalled(nfqd))
        expect_ended(lab, flows, [])
        expect_alive(others)
        close_all(flows + others)


@test
def established_connections_of_an_hour_without_rules_end_when_they_are_back(lab):
    """Somebody removes the rules, a stranger connects, nfqd puts them back."""
    with listening(lab) as listeners, Nfqd(lab, LISTED) as nfqd:
        expect("the stranger's connects", ["refused", "refused"], [o.kind for o in connect_all(lab, GUESTS)])
        os.kill(nfqd.process.pid, signal.SIGSTOP)  # so that it cannot be faster than the stranger
        try:
            nfqd.run("rules", "--remove")
            flows, others = open_all(lab, listeners, GUESTS), open_all(lab, listeners, OTHERS)
        finally:
            os.kill(nfqd.process.pid, signal.SIGCONT)
        ended = journalled(nfqd)  # of IPv6 as above
        expect_that(ended in ([1], [2]), "1 or 2 connections that the journal says were ended", ended)
        expect_ended(lab, flows, [])
        expect_alive(others)
        close_all(flows + others)


@test
@brief
def a_gateway_that_tracks_no_connections_goes_on(lab):
    """Openings are refused as usual, nothing is tracked because of nfqd, and the log has one line about it, and one when
    that is over. (IPv6:
    without tracking there is no masquerading.)"""
    notrack = ["-t raw -%%s %s -j CT --notrack" % chain for chain in ("PREROUTING", "OUTPUT")]
    listed, stranger, guest = ("2001:db8:1::25", OUT6, PORT), ("2001:db8:1::66", OUT6, PORT), GUESTS[1]
    for tool in ("iptables", "ip6tables"):
        for rule in notrack:
            if lab.gateway.run(tool, *(rule % "I").split(), check=False).returncode != 0:
                raise Skip("this kernel has no CT target")
    try:
        forget(lab, everything=True)
        with listening(lab) as listeners, Nfqd(lab, LISTED + GUEST) as nfqd:
            flows = open_all(lab, listeners, [listed, guest])
            for policy in (LISTED + GUEST + "allow 10.1.0.78\n", LISTED):
                done = nfqd.reload(policy)
                expect_that(done.returncode == 0, "reload to succeed", done.stderr)
            expect_alive(flows[:1])
            expect("what is sent by the former guest, and what is answered", ("arrives", "nothing"),
                   (flows[1].forth(), flows[1].back()))
            expect("new connects of the listed host, a stranger and the former guest", ["connected", "refused", "refused"],
                   [o.kind for o in connect_all(lab, [listed, stranger, guest])])
            expect("times the log says that nothing is tracked", 1, nfqd.log().count("tracks no connections so far"))
            expect("connections tracked", 0, tracked(lab))
            close_all(flows)
            lab.track()
            eventually(8, "the log to say that this is over", nfqd.log,
                       lambda text: "no longer: open connections go on" in text)
            forget(lab, everything=True)
    finally:
        for tool in ("iptables", "ip6tables"):
            for rule in notrack:
                lab.gateway.run(tool, *(rule % "D").split())
        lab.track()


@test
def established_connections_of_a_full_table_end_and_nothing_waits_for_that(lab):
    """100,000 connections, of which 20,000 may not go on: the supervisor answers meanwhile, and the listed connect."""
    try:
        with Nfqd(lab, LISTED + GUEST) as nfqd:
            forget(lab, everything=True)
            fill_conntrack(lab.gateway, [("10.1.0.25", OUT4, PORT, 40000), ("10.1.0.77", OUT4, 4026, 40000),
                                         ("10.1.0.77", OUT4, PORT, 20000)])
            expect_that(tracked(lab) >= 100000, "room for 100,000 connections in the table", tracked(lab))
            nfqd.write(LISTED)
            nfqd.process.send_signal(signal.SIGHUP)
            slowest = 0
            for _ in range(5):
                start = time.monotonic()
                expect("the rules in place", True, nfqd.status()["rules"]["intact"])
                slowest = max(slowest, time.monotonic() - start)
                expect("the listed host's connect", "connected", connect_all(lab, [("10.1.0.25", OUT4, 25)])[0].kind)
            expect_that(slowest < 1.5 * PATIENCE_FACTOR, "nfqd status within 1.5 s", "%.2f s" % slowest)
            expect("connections that the journal says were ended", [20000], journalled(nfqd))
            expect_that(80000 <= tracked(lab) < 80100, "80,000 connections left", tracked(lab))
    finally:
        forget(lab, everything=True)
        lab.track()
