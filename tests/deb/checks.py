# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages in a booted system, from the installation to the purge. The checks follow each other.
usage: checks.py FOLDER [WORD...]     FOLDER: the packages, each of them in three versions (pack.py)
"""
import glob
import json
import os
import pwd
import signal
import subprocess
import sys

import check
import pack
from check import eventually, expect, expect_that, test
from machine import CONFIG, LISTED, POLICY, STRANGER, build, configure, connect, pid, run, sh, show

PROGRAMS = ("nfqd", "pcapmon")
HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURE = sh("dpkg --print-architecture")
FIRST = min(glob.glob(sys.argv[1] + "/nfqd_*.deb"), key=len).split("_")[1]
SECOND, THIRD = pack.later(FIRST, 1), pack.later(FIRST, 2)
expected_to_stay = ()  # what the system has before the packages are installed


def packages(version, *names):
    return ["%s/%s_%s_%s.deb" % (sys.argv[1], name, version, ARCHITECTURE) for name in names or PROGRAMS]


def ours():
    """What lies in the system under our names; links in the folders of units, too."""
    return sorted(path for top in ("/etc", "/lib/systemd", "/run", "/usr", "/var/lib", "/var/cache")
                  for folder, folders, files in os.walk(top)
                  for path in (os.path.join(folder, name) for name in folders + files)
                  if any(word in path for word in PROGRAMS) and not path.startswith(expected_to_stay))


def rules():
    """Lines of the kernel's rules that are ours."""
    text = "".join(run(*command.split()).stdout for command in
                   ("nft list tables", "iptables-save", "ip6tables-save", "ipset list -n") if which(command.split()[0]))
    return [line for line in text.splitlines() if "nfqd" in line.lower()]


def which(program):
    return run("sh", "-c", "command -v " + program).returncode == 0


def running():
    return [name for name in PROGRAMS if run("pidof", name).stdout]


def version(name="nfqd"):
    return run("dpkg-query", "-W", "-f", "${Status} ${Version}", name).stdout.replace("install ok ", "")


def enforced():
    expect("a listed host's connect, and a stranger's", ("connected", "refused"), (connect(LISTED), connect(STRANGER)))


def apt(*arguments):
    done = run("apt-get", "-q", "-y", "--allow-downgrades", "-o", "Dpkg::Use-Pty=0", *arguments)
    return done.returncode, done.stdout + done.stderr


def apt_must(*arguments):
    status, said = apt(*arguments)
    expect_that(status == 0, "apt-get %s to succeed" % " ".join(arguments), said)
    return said


class Traffic:
    """As `with Traffic("connect", SOURCE) as traffic:`; afterwards traffic.numbers has what it printed."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen(["ip", "netns", "exec", "inside", sys.executable, HERE + "/traffic.py", *self.arguments],
                                        stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        self.numbers = [int(word) for word in self.process.communicate()[0].split()]


def arrived():
    """How many openings of the stranger the outside has seen."""
    text = sh("ip netns exec outside iptables -nvxL INPUT")
    return int(next(line for line in text.splitlines() if STRANGER in line).split()[0])


@test
def installed_and_not_started():
    apt_must("install", *packages(FIRST))
    expect("versions", ["installed " + FIRST] * 2, [version(name) for name in PROGRAMS])
    expect("running programs", [], running())
    expect("units", [("inactive", "disabled")] * 2,
           [(show(name, "ActiveState"), run("systemctl", "is-enabled", name).stdout.strip()) for name in PROGRAMS])
    expect("the user's home", "/var/lib/nfqd", pwd.getpwnam("nfqd").pw_dir)
    expect("the configuration's words on strangers", 1, open(CONFIG, encoding="utf-8").read().count("\nstranger   audit"))
    expect("rules", [], rules())


@test
def five_commands_to_a_report():
    configure()
    sh("nfqd check")
    sh("systemctl enable --now nfqd pcapmon")
    enforced()
    expect_that(": ok," in sh("nfqd status"), "status to be ok", run("nfqd", "status").stdout)
    eventually(5, "the stranger in the report", lambda: sh("nfqd report"), lambda text: STRANGER in text)


@test
def upgraded_under_traffic():
    """No stranger gets through, no connect of a listed host is lost, and the log says what it has missed."""
    before = {name: pid(name) for name in PROGRAMS}
    with Traffic("connect", LISTED) as listed, Traffic("flood", STRANGER) as flood:
        eventually(10, "traffic in the report", lambda: sh("nfqd report --json"), lambda text: STRANGER in text)
        apt_must("install", *packages(SECOND))
        enforced()
    expect("versions", ["installed " + SECOND] * 2, [version(name) for name in PROGRAMS])
    expect_that(all(pid(name) not in (0, before[name]) for name in PROGRAMS), "other processes than before", before)
    expect("the stranger's openings outside", 0, arrived())
    expect_that(listed.numbers[0] > 20 and listed.numbers[1] == 0, "connects, and none that failed", listed.numbers)
    expect_that(flood.numbers[0] > 1000, "more than a second's openings", flood.numbers)
    gaps = eventually(10, "the gap", lambda: json.loads(sh("nfqd report --json"))["gaps"],
                      lambda gaps: any(gap["cause"] == "nfqd was not running" for gap in gaps))
    expect_that(all(gap["missing"] is not None for gap in gaps if gap["log"] == "gate"), "each gap with its number", gaps)


@test
def a_configuration_that_the_new_version_refuses():
    """The old program goes on until it is corrected."""
    before = pid("nfqd")
    configure(POLICY + "allow nobody\n")
    status, said = apt("install", *packages(THIRD, "nfqd"))
    expect_that(status != 0 and "the old one is still running" in said and "nfqd.conf:4" in said,
                "a failure with the line and the remedy", said)
    expect("version", "half-configured " + THIRD, version())
    expect("nfqd's pid", before, pid("nfqd"))
    enforced()
    configure()
    sh("dpkg --configure nfqd")
    expect("version", "installed " + THIRD, version())
    expect_that(pid("nfqd") not in (0, before), "another process", before)
    enforced()


@test
def a_downgrade_is_refused():
    before = pid("nfqd")
    status, said = apt("install", *packages(FIRST, "nfqd"))
    expect_that(status != 0 and "does not know its databases" in said, "a failure with the reason", said)
    expect("version", "installed " + THIRD, version())
    expect("nfqd's pid", before, pid("nfqd"))
    enforced()


@test
def removed_with_the_rules_in_place():
    apt_must("remove", *PROGRAMS)
    expect("running programs", [], running())
    enforced()
    expect_that(os.path.exists("/var/lib/nfqd/gate.db") and os.path.exists(CONFIG), "the log and the configuration", ours())


@test
def an_older_version_after_a_removal():
    apt_must("install", *packages(FIRST))
    sh("systemctl start nfqd pcapmon")
    enforced()


@test
def purged_without_a_trace():
    """pcapmon goes on without nfqd, and the last of them takes the user. Another program's set of such a name stays."""
    sh("ipset create nfqd_mine hash:ip")
    apt_must("purge", "nfqd")
    expect("running programs", ["pcapmon"], running())
    expect("rules", ["nfqd_mine"], rules())
    expect("a stranger's connect", "connected", connect(STRANGER))
    expect("databases", ["wire.db"], [os.path.basename(path) for path in glob.glob("/var/lib/nfqd/*.db")])
    apt_must("purge", "pcapmon")
    expect("running programs", [], running())
    expect("files", [], ours())
    expect("the user", 2, run("getent", "passwd", "nfqd").returncode)


def main():
    global expected_to_stay
    tally = check.Tally()
    words = sys.argv[2:]
    server = build()
    os.unlink(CONFIG)
    os.rmdir(os.path.dirname(CONFIG))
    expected_to_stay = tuple(ours())
    sh("ip netns exec outside iptables -A INPUT -s %s -p tcp --dport 25" % STRANGER)
    for name, function in check.TESTS:
        if not words or any(word in name for word in words):
            tally.run(name, function)
    server.kill()
    if tally.failed:
        print(run("journalctl", "-q", "--no-pager", "-o", "cat", "-n", "100").stdout)
    tally.end()


main()
