# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway with pcapmon and a real resolver, where a real Postfix that is not listed, a bot in a branch behind one
address, and a client whose smart host has many addresses look names up and try to deliver. Six hours are short: the clocks
of nfqd and pcapmon are stepped."""
import json
import socket

from check import eventually, expect, expect_that, test
from daemons import NFQD, Clock, Nfqd, Pcapmon
from mail import Postfix, send
from resolver import ADDRESS, Resolver, ask

SERVER, BRANCH, CLIENT = "10.1.0.9", "10.1.0.50", "10.1.0.66"  # the printer's, the office's and the laptop's places
MINUTE = 60
# Domains that the Postfix writes to have two exchangers each, those on the bot's list one.
WRITTEN = {"friend%d.example" % n: ["mx%d.friend%d.example" % (k, n) for k in (1, 2)] for n in range(5)}
SPAMMED = {"victim%d.example" % n: ["mx.victim%d.example" % n] for n in range(16)}
HOSTS = {name: ["%d.%d.7.25" % (20 + n, 10 * k + 1)] for n, names in enumerate(WRITTEN.values()) for k, name in enumerate(names)}
HOSTS |= {name: ["60.%d.7.25" % n] for n, (name,) in enumerate(SPAMMED.values())}
# One of its addresses comes first in each answer.
SMART_HOST = "smtp.provider.example"
HOSTS[SMART_HOST] = ["90.%d.7.25" % n for n in range(12)]


def make_branch(lab):
    """A network behind the office's address."""
    branch = lab.spaces.get("branch") or lab.namespace("branch")
    branch.ip("link add eth0 type veth peer name branch0 netns %s" % lab.office.name)
    lab.office.ip("addr add 192.168.77.1/24 dev branch0\nlink set branch0 up")
    branch.ip("link set lo up\nlink set eth0 up\naddr add 192.168.77.2/24 dev eth0\nroute add default via 192.168.77.1")
    lab.office.sysctl("ipv4/ip_forward", 1)
    lab.office.sh(*("iptables -t nat -A POSTROUTING -s 192.168.77.0/24 -j SNAT --to-source " + BRANCH).split())
    return branch


def submit(space, name):
    """A program that tries the first address of a name."""
    with space:
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with s:
        s.settimeout(2)
        try:
            s.connect((ask(space, name, "A")[0], 25))
        except OSError:
            return
    expect("a connection to %s" % name, "refused", "open")


def spam(space, domain):
    """One message of a bot: the best exchanger, one try."""
    submit(space, ask(space, domain, "MX")[0])


def labels(nfqd, database):
    out = nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db" + database, "--since", "all", "--json",
                        environment=nfqd.environment)
    return {host["host"]: (host["label"], host["certainty"]) for host in json.loads(out)["hosts"]}


def reasons(nfqd, host):
    return " / ".join(nfqd.host(host, nfqd.report())["why"])


def seen(nfqd):
    """Attempts of all hosts, as the gate and as pcapmon counted them."""
    report = nfqd.report()
    hosts = [nfqd.host(address, report) or {} for address in (SERVER, BRANCH, CLIENT)]
    return [(host.get(side) or {"attempts": 0})["attempts"] for host in hosts for side in ("gate", "wire")]


@test
def a_bot_behind_nat_an_unlisted_postfix_and_a_client_of_a_large_smart_host_are_what_they_are(lab):
    clock = Clock(lab)
    branch = make_branch(lab)
    with Resolver(lab, WRITTEN | SPAMMED, HOSTS), Nfqd(lab, "stranger reject\n", environment=clock.environment) as nfqd, \
            Pcapmon(nfqd, environment=clock.environment):
        postfix = Postfix(lab, lab.printer, "office.inhouse.example", "office.inhouse.example", {}, resolver=ADDRESS)
        recipients = ",".join("friend@" + domain for domain in WRITTEN)
        for turn, minutes in enumerate((0, 6, 11, 21, 41, 61)):  # Postfix tries again after 5, 10, 20 minutes
            clock.step(minutes * MINUTE)
            if turn == 0:
                status, transcript = send(lab.printer, "127.0.0.1", "user@inhouse.example", recipients, "hello")
                expect_that(status == 0, "Postfix to take a mail", transcript)
            else:
                eventually(10, "Postfix to wait", postfix.waits, bool)
                postfix.command("flush")
            for domain in list(SPAMMED)[3 * turn:3 * turn + 3]:
                spam(branch, domain)
            submit(lab.laptop, SMART_HOST)
            submit(lab.laptop, SMART_HOST)
            tried, spammed = 10 * (turn + 1), min(3 * (turn + 1), len(SPAMMED))
            want = [tried, tried, spammed, spammed, 2 * turn + 2, 2 * turn + 2]
            eventually(10, "attempts of the three hosts to be %s, twice each: by the gate and by pcapmon" % want,
                       lambda: seen(nfqd), lambda counts, want=want: counts == want)
            if turn == 3:
                eventually(3, "the bot to be a zombie at once", lambda: labels(nfqd, "")[BRANCH],
                           lambda seen: seen == ("zombie", "provisional"))
        # One try each to fewer than 32 domains: the bot stays provisional.
        want = {SERVER: ("mail-server", "confirmed"), BRANCH: ("zombie", "provisional"), CLIENT: ("misconfigured", "provisional")}
        eventually(3, "labels by both, the gate's rows judged with pcapmon's names", lambda: labels(nfqd, ""),
                   lambda got: got == want)
        for host, names in ((BRANCH, "among its recipient domains: victim"), (CLIENT, "among the names that it looked up: " + SMART_HOST)):
            expect_that(names in reasons(nfqd, host), "reasons with %r" % names, reasons(nfqd, host))
        eventually(3, "labels by wire.db", lambda: labels(nfqd, "/wire.db"), lambda got: got == want)
        alone = labels(nfqd, "/gate.db")
        expect_that([alone[SERVER], alone[BRANCH]] == [want[SERVER], want[BRANCH]] and alone[CLIENT][0] == "zombie",
                    "labels by gate.db without names, where the client's twelve networks are twelve", alone)
