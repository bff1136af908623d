# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that takes another IPv6 address for every opening is one entry of the report."""
import ipaddress
import json
import re
import socket
import sqlite3
import struct
import time

from check import brief, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon
from probe import connect

NEIGHBOUR = "2001:db8:1::50"  # the office: in the same /64, with a card of its own


def send(lab, host, sources):
    """A SYN from each of the addresses, from the host's card, to twelve networks in turn."""
    gateway = re.search(r"ether (\S+)", lab.gateway.sh("ip", "link", "show", "lan0")).group(1)
    ethernet = bytes.fromhex((gateway + lab.mac(host)).replace(":", "")) + b"\x86\xdd"
    with lab.spaces[host], socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("eth0", 0))
        for number, source in enumerate(sources):
            if number % 100 == 99:
                time.sleep(0.02)
            ends = source.packed + ipaddress.ip_address("2001:db8:%x::25" % (0xf10 + number % 12)).packed
            tcp = struct.pack("!HHIIBBHHH", 3000 + number % 60000, 25, number, 0, 5 << 4, 2, 64240, 0, 0)
            s.send(ethernet + struct.pack("!IHBB", 6 << 28, 20, 6, 64) + ends + tcp)


def entries(nfqd, database=""):
    """{host: (label, addresses, attempts)} of IPv6 hosts."""
    out = nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db" + database, "--since", "all", "--until", "2099-01-01",
                        "--json")
    return {host["host"]: (host["label"], host.get("address_count", 1), host["attempts"])
            for host in json.loads(out)["hosts"] if ":" in host["host"]}


@test
@brief
def a_device_that_rotates_its_address_is_one_entry(lab):
    first, many = ipaddress.ip_address("2001:db8:1:0:aaaa::"), 300
    sources = [first + 7919 * n for n in range(many)]
    with Nfqd(lab, "stranger drop\n") as nfqd, Pcapmon(nfqd):
        send(lab, "laptop", sources[:50])
        connect(lab, NEIGHBOUR, "2001:db8:f::7", 25, patience=0.2)
        send(lab, "laptop", sources[50:])
        for database in ("/gate.db", "/wire.db", ""):
            seen = eventually(6, "the report of db%s to have two entries" % database,
                              lambda database=database: entries(nfqd, database),
                              lambda e: sorted(count for _, count, _ in e.values()) == [1, many])
            (bot, told), = [(host, e) for host, e in seen.items() if e[1] == many]
            expect_that(ipaddress.ip_address(bot) in sources, "one of its addresses", bot)
            expect("label, addresses and attempts", ("scanner", many, many), told)
            expect("the neighbour's", (1, 1), seen[NEIGHBOUR][1:])
            expect_that(seen[NEIGHBOUR][0] not in ("zombie", "scanner"), "the neighbour not accused", seen[NEIGHBOUR])
        one = json.loads(nfqd.space.sh(NFQD, "host", str(sources[7]), "--db", nfqd.top + "/db", "--since", "all", "--until",
                                       "2099-01-01", "--json"))
        expect("the host by any of its addresses", (str(sources[7]), many, many),
               (one["host"], one["address_count"], one["attempts"]))


def sums(nfqd):
    """Of gate.db and of wire.db: attempts of IPv6 hosts, and how many hosts have rows."""
    found = []
    for database in ("gate", "wire"):
        with sqlite3.connect("file:%s/db/%s.db?mode=ro" % (nfqd.top, database), uri=True) as db:
            found.append(db.execute("SELECT sum(attempts), count(DISTINCT host) FROM attempt WHERE length(host) = 16").fetchone())
    return found


@test
def a_flood_of_made_up_sources_takes_bounded_rows(lab):
    sources = [ipaddress.ip_address((0x20010db8 << 96) + ((0x10000 + n) << 64) + 1) for n in range(6000)]
    with Nfqd(lab, "lan 10.1.0.0/16 2001:db8:1::/48\nstranger drop\n") as nfqd, Pcapmon(nfqd):
        send(lab, "laptop", sources)
        connect(lab, NEIGHBOUR, "2001:db8:f::7", 25, patience=0.2)
        eventually(10, "all openings in both databases", lambda: [attempts for attempts, _ in sums(nfqd)],
                   lambda got: got == [6001, 6001])
        for _, hosts in sums(nfqd):  # in one minute or two
            expect_that(hosts <= 2 * 1024 + 2, "rows of few hosts", hosts)
        told = entries(nfqd)
        expect("the neighbour's addresses and attempts", (1, 1), told[NEIGHBOUR][1:])
        expect("the attempts of the others, in one entry", [6000], [e[2] for host, e in told.items() if host != NEIGHBOUR])
