# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of tests/systemd/run, in the booted system. They follow each other: each finds both services running."""
import json
import os
import pwd
import sys

import check
from check import eventually, expect, test
from machine import LISTED, NEWCOMER, POLICY, STRANGER, build, configure, connect, journal, pid, run, sh, show, write

STATE = "/var/lib/nfqd"


def owner(path):
    return pwd.getpwuid(os.stat(path).st_uid).pw_name


def enforced():
    expect("a listed host's connect, and a stranger's", ("connected", "refused"), (connect(LISTED), connect(STRANGER)))


def hosts():
    """{host: as pcapmon has seen it}"""
    return {host["host"]: host["wire"] for host in json.loads(sh("nfqd report --json"))["hosts"] if host["wire"]}


def lines(pattern, unit="pcapmon"):
    return journal(unit).count(pattern)


@test
def both_units_start():
    sh("systemctl start nfqd")
    enforced()
    sh("systemctl start pcapmon")
    eventually(5, "pcapmon to watch", lambda: journal("pcapmon"), lambda text: "watching lan0" in text)
    enforced()
    eventually(5, "status", lambda: run("nfqd", "status").stdout, lambda text: "pcapmon   running since" in text)
    expect("restarts", ("0", "0"), (show("nfqd", "NRestarts"), show("pcapmon", "NRestarts")))


@test
def both_units_reload():
    before = pid("pcapmon")
    sh("systemctl reload nfqd")
    sh("systemctl reload pcapmon")
    eventually(5, "pcapmon to have read its configuration again", lambda: lines("read again"), lambda n: n == 1)
    expect("pcapmon's pid", before, pid("pcapmon"))
    expect("nfqd's reloads", 1, lines("reloaded: ", "nfqd"))


@test
def a_foreign_file_in_the_state_directory():
    """It stays its owner's, and neither unit minds it; nor does a restart take pcapmon's database from it."""
    write(STATE + "/notes.txt", "of an administrator\n")
    before = pid("pcapmon")
    sh("systemctl restart nfqd")
    enforced()
    expect("pcapmon's pid", before, pid("pcapmon"))
    sh("systemctl restart pcapmon")
    eventually(5, "pcapmon to watch", lambda: lines("watching lan0"), lambda n: n == 2)
    expect("owners", ["nfqd", "nfqd", "root"], [owner(STATE + "/" + name) for name in ("gate.db", "wire.db", "notes.txt")])


@test
def a_directory_of_root_with_our_databases():
    """As a restored backup leaves it, or a unit with StateDirectory=."""
    sh("systemctl stop nfqd pcapmon")
    sh("chown -R root:root " + STATE)
    sh("systemctl start pcapmon nfqd")
    enforced()
    expect("owners", ["nfqd", "nfqd", "nfqd", "root"],
           [owner(STATE + "/" + name) for name in ("", "gate.db", "wire.db", "notes.txt")])
    eventually(5, "pcapmon to watch", lambda: lines("watching lan0"), lambda n: n == 3)
    os.unlink(STATE + "/notes.txt")


@test
def pcapmon_follows_a_reload_of_nfqd():
    """A mail server is added. Neither its connections nor those of before are leaks."""
    configure(POLICY + "allow %s\n" % NEWCOMER)
    sh("systemctl reload nfqd")
    expect("connect", "connected", connect(NEWCOMER))
    sh("systemctl restart nfqd")
    expect("connect", "connected", connect(NEWCOMER))
    wire = eventually(5, "two connections on the wire", lambda: hosts().get(NEWCOMER, {}), lambda w: w.get("established") == 2)
    expect("leaks", 0, wire["leaked"])
    configure()
    sh("systemctl reload nfqd")
    expect("connect", "refused", connect(NEWCOMER))


@test
def a_start_that_fails_is_tried_again():
    """More often than systemd's own limit of five within 10 s."""
    sh("systemctl stop nfqd")
    configure("no configuration\n")
    run("systemctl", "start", "nfqd")
    eventually(20, "more than five restarts", lambda: int(show("nfqd", "NRestarts")), lambda n: n > 5)
    configure()
    eventually(5, "nfqd to run", lambda: show("nfqd", "ActiveState"), lambda state: state == "active")
    enforced()


def main():
    tally = check.Tally()
    words = sys.argv[1:]
    server = build()
    for name, function in check.TESTS:
        if not words or any(word in name for word in words):
            tally.run(name, function)
    server.kill()  # in a container with the older cgroups systemd cannot see by itself that it has ended
    if tally.failed:
        print(journal("nfqd", "-n", "60"))
        print(journal("pcapmon", "-n", "60"))
    tally.end()


main()
