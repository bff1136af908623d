# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of tests/systemd/run, in the booted system. They follow each other: each finds both services running."""
import json
import os
import pwd
import signal
import sys
import time

import check
from check import eventually, expect, expect_that, test
from machine import (LISTED, NEWCOMER, POLICY, STRANGER, build, configure, connect, drop_in, journal, pid, run, sh, show,
                     write)

STATE = "/var/lib/nfqd"
EXPOSURE = {"nfqd": 2.6, "pcapmon": 1.9}  # of 10, as `systemd-analyze security` counts
CAPABILITIES = {"nfqd": "cap_dac_read_search cap_kill cap_net_admin cap_net_raw cap_setgid cap_setpcap cap_setuid",
                "pcapmon": "cap_net_raw"}


def owner(path):
    return pwd.getpwuid(os.stat(path).st_uid).pw_name


def enforced():
    expect("a listed host's connect, and a stranger's", ("connected", "refused"), (connect(LISTED), connect(STRANGER)))


def hosts():
    """{host: as pcapmon has seen it}"""
    return {host["host"]: host["wire"] for host in json.loads(sh("nfqd report --json"))["hosts"] if host["wire"]}


def status(process):
    """{key: value} of a process's status in /proc"""
    with open("/proc/%d/status" % process, encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f)


def mounts(process):
    """{where: options, of the mount and of its file system}, as the process has them"""
    with open("/proc/%d/mountinfo" % process, encoding="utf-8") as f:
        fields = [line.split() for line in f]
    return {words[4]: set(words[5].split(",") + words[-1].split(",")) for words in fields}


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
def the_units_are_closed_as_far_as_stated():
    """By systemd's own figures; and what the processes have of it, since systemd leaves out in silence what it cannot do."""
    for unit, most in EXPOSURE.items():
        said = run("systemd-analyze", "security", "--no-pager", unit).stdout.splitlines()[-1]
        expect_that(float(said.split(": ")[1].split()[0]) <= most, "%s: an exposure of at most %.1f" % (unit, most), said)
        process = status(pid(unit))
        expect(unit + ": no_new_privs, and a system-call filter", ("1", "2"), (process["NoNewPrivs"], process["Seccomp"]))
        capabilities = sh("capsh --decode=" + process["CapPrm"]).split("=")[1]
        expect(unit + ": capabilities", CAPABILITIES[unit], " ".join(sorted(capabilities.split(","))))
        seen = mounts(pid(unit))
        expect_that("hidepid=invisible" in seen["/proc"], "hidden processes", seen["/proc"])
        expect("read-only", ["/home", "/usr"], [where for where in ("/home", "/usr") if "ro" in seen.get(where, ())])
        expect("what it mounts is seen outside", False, os.readlink("/proc/%d/ns/mnt" % pid(unit)) == os.readlink("/proc/1/ns/mnt"))
        expect("addresses that are denied", {"0.0.0.0/0", "::/0"}, set(show(unit, "IPAddressDeny").split()))


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


@test
def a_full_disk_from_the_start():
    """The gate does its work without a database, and the log heals when there is room."""
    sh("systemctl stop nfqd pcapmon")
    sh("nfqd rules --remove")
    sh("mount -t tmpfs -o size=32k tmpfs " + STATE)
    sh("systemctl start nfqd")
    enforced()
    expect_that("gate.db" in run("nfqd", "status").stdout, "status to name the file", run("nfqd", "status").stdout)
    sh("mount -o remount,size=20m " + STATE)
    eventually(15, "status to be ok", lambda: run("nfqd", "status").stdout, lambda text: ": ok," in text)
    eventually(5, "the stranger of before in the log", lambda: sh("nfqd report --json"), lambda text: STRANGER in text)
    sh("systemctl stop nfqd")
    sh("umount " + STATE)
    sh("systemctl start nfqd pcapmon")
    enforced()


def expect_replaced(before):
    """The rules stand until each unit has another process than before."""
    enforced()
    for unit in before:
        eventually(20, "another process of " + unit, lambda: (show(unit, "ActiveState"), pid(unit)),
                   lambda seen: seen[0] == "active" and seen[1] not in (0, before[unit]))


@test
def a_program_that_hangs_is_replaced():
    """While it hangs the rules stand. One that works is left alone. (The watchdog's 3 s, TimeoutStopSec, RestartSec.)"""
    for unit in ("nfqd", "pcapmon"):
        expect_that(show(unit, "WatchdogUSec") not in ("0", "infinity"), "a watchdog of " + unit, show(unit, "WatchdogUSec"))
        drop_in(unit, "watchdog", "[Service]\nWatchdogSec=3\n")
    sh("systemctl restart nfqd pcapmon")
    before = {unit: pid(unit) for unit in ("nfqd", "pcapmon")}
    time.sleep(4)
    expect("pids after more than the watchdog's time", before, {unit: pid(unit) for unit in before})
    for process in before.values():
        os.kill(process, signal.SIGSTOP)
    expect_replaced(before)
    enforced()
    for unit in before:
        expect_that("watchdog" in sh("journalctl -q -o cat -u " + unit).lower(), "systemd to name the watchdog", unit)
        drop_in(unit, "watchdog", "")


@test
def a_program_that_is_killed_is_replaced():
    """The rules stand meanwhile, and the children of the killed one are gone."""
    before = {unit: pid(unit) for unit in ("nfqd", "pcapmon")}
    for process in before.values():
        os.kill(process, signal.SIGKILL)
    expect_replaced(before)
    eventually(5, "one gate and one recorder", lambda: len(sh("pidof nfqd").split()), lambda n: n == 3)
    enforced()


@test
def no_process_has_met_its_filter():
    """Of all the checks before; a tool that a filter refuses something complains, and one that is killed is in the log."""
    everything = (journal("nfqd") + journal("pcapmon")).splitlines()
    expect("lines about system calls", [], [line for line in everything
                                            if any(word in line for word in ("SYS", "ystem call", "not permitted"))])


@test
def the_journal_has_priorities():
    """A warning is one, and nothing else is."""
    configure("allow nobody\n")
    expect("exit status of a reload", 1, run("systemctl", "reload", "nfqd").returncode)
    os.kill(pid("nfqd"), signal.SIGHUP)
    eventually(5, "nfqd to refuse it, too", lambda: lines("not reloaded, the old policy stays", "nfqd"), lambda n: n == 1)
    configure()
    everything, warnings = journal("nfqd"), journal("nfqd", "-p", "warning", "_COMM=nfqd")
    for text, is_warning in (("started: ", False), ("not reloaded, the old policy stays", True),
                             ("allow nobody: ", True)):
        expect("\"%s\" in the journal, and as a warning" % text, (True, is_warning), (text in everything, text in warnings))
    expect_that("<" not in everything.replace("<U+", ""), "no priority in the text", everything)


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
