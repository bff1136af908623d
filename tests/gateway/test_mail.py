# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole mails, end to end: Postfix inside, swaks as its users, a sink outside."""
import uuid

from check import brief, eventually, expect, expect_that, test
from daemons import Nfqd
from lab import WAN4
from mail import send
from probe import connect

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"


def deliver(lab, server, recipient, peer):
    """A user inside hands the mail to the in-house server, which must bring it outside through the gate."""
    text = uuid.uuid4().hex
    status, transcript = send(lab.office, server, "user@inhouse.example", recipient, text)
    expect_that(status == 0, "Postfix to take the mail from swaks", transcript[-300:])
    mail = eventually(10, "the mail to arrive outside", lambda: lab.sink.find(text), lambda found: found is not None)
    expect("the peer that the sink saw", peer, mail.peer)
    expect("HELO", "mail.inhouse.example", mail.helo)
    expect("sender and recipients", ("user@inhouse.example", [recipient]), (mail.sender, mail.recipients))


@test
@brief
def listed_server_delivers_a_mail_over_ipv4(lab):
    with Nfqd(lab, POLICY) as nfqd:
        deliver(lab, "10.1.0.25", "friend@v4.example", WAN4)
        nfqd.wait_for_log({"10.1.0.25": (1, 0, 1)})


@test
@brief
def listed_server_delivers_a_mail_over_ipv6(lab):
    with Nfqd(lab, POLICY) as nfqd:
        deliver(lab, "2001:db8:1::25", "friend@v6.example", "2001:db8:1::25")
        nfqd.wait_for_log({"2001:db8:1::25": (1, 0, 1)})


@test
@brief
def unlisted_client_cannot_deliver_a_mail(lab):
    text = uuid.uuid4().hex
    with Nfqd(lab, POLICY):
        for server in ("203.0.113.25", "2001:db8:f::25"):
            status, transcript = send(lab.laptop, server, "bot@inhouse.example", "victim@v4.example", text)
            expect_that(status == 2 and "refused" in transcript, "swaks to be refused by %s" % server, transcript)
    expect("the mail outside", None, lab.sink.find(text))


@test
@brief
def mail_from_outside_to_the_server_is_untouched(lab):
    with Nfqd(lab, POLICY + "deny-to 192.0.2.0/24\nblock 10.1.0.128/25\n") as nfqd:
        for server in (WAN4, "2001:db8:1::25"):
            text = uuid.uuid4().hex
            status, transcript = send(lab.outside, server, "friend@v4.example", "user@inhouse.example", text)
            expect_that(status == 0, "the in-house server to take a mail from outside on %s" % server, transcript)
            eventually(5, "the mail in its box", lambda: lab.postfix.received(text), bool)
        expect("hosts in the log", [], nfqd.report()["hosts"])


@test
@brief
def clients_reach_the_server_across_the_gateway(lab):
    with Nfqd(lab, POLICY) as nfqd:
        for server in ("10.1.0.25", "2001:db8:1::25"):
            text = uuid.uuid4().hex
            status, transcript = send(lab.annex, server, "user@inhouse.example", "other@inhouse.example", text)
            expect_that(status == 0, "the in-house server to take a mail from the annex on %s" % server, transcript)
            eventually(5, "the mail in its box", lambda: lab.postfix.received(text), bool)
        expect("hosts in the log", [], nfqd.report()["hosts"])


@test
@brief
def submission_is_untouched(lab):
    text = uuid.uuid4().hex
    with Nfqd(lab, POLICY) as nfqd:
        for server in ("203.0.113.25", "2001:db8:f::25"):
            status, transcript = send(lab.laptop, server, "me@v4.example", "you@v4.example", text, port=587)
            expect_that(status == 0, "the outside to take a mail on port 587 of %s" % server, transcript)
        for address in ("203.0.113.25", "2001:db8:f::25"):
            source = "10.1.0.66" if ":" not in address else "2001:db8:1::66"
            expect("the connect to port 465", "connected", connect(lab, source, address, 465).kind)
        expect("hosts in the log", [], nfqd.report()["hosts"])
