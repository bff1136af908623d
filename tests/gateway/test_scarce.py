# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes scarce: memory, descriptors, a file system that vanishes, a reader that does not read, and the recorder's
time while it prunes. Strangers are refused and listed hosts connect meanwhile, and afterwards all is well again."""
import contextlib
import fcntl
import os
import pwd
import signal
import sqlite3
import struct
import subprocess
import termios
import time

from check import eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from probe import connect, connect_all
from test_shield import arrived, flood_command, recorded
from test_waits import FLOWS, POLICY, expect_gate, expect_mended, ours, status_at_once

LISTED, STRANGER = FLOWS[0], FLOWS[2]
OLD_ROWS = 40000
HOUR = 3600


class Limit:
    """A soft limit of a process's resources while `with` goes on. Its own user sets it: root may lack the capability."""

    def __init__(self, pid, option, value):
        status = os.stat("/proc/%d" % pid)
        self.setter = ["setpriv", "--reuid", str(status.st_uid), "--regid", str(status.st_gid), "--clear-groups",
                       "prlimit", "--pid", str(pid)]
        self.pid, self.option, self.value = pid, option, value

    def set(self, value):
        subprocess.run([*self.setter, "--%s=%s:" % (self.option, value)], check=True)

    def __enter__(self):
        self.before = 1024 if self.option == "nofile" else "unlimited"
        self.set(self.value)

    def __exit__(self, *unused):
        if os.path.exists("/proc/%d/fd" % self.pid):
            self.set(self.before)


def memory_limit(pid, more=64 * 1024):
    """So many bytes more than it has."""
    with open("/proc/%d/status" % pid) as f:
        size = next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmSize"))
    return Limit(pid, "as", size + more)


def descriptor_limit(pid):
    """What it has."""
    return Limit(pid, "nofile", len(os.listdir("/proc/%d/fd" % pid)))


def problems(nfqd):
    return nfqd.status()["problems"]


@test
def scarce_memory_and_descriptors_of_children_change_no_verdict(lab):
    """The recorder keeps what it cannot write, until the reload starts another one, which has no limits."""
    with Nfqd(lab, POLICY) as nfqd:
        rules, gate = ours(lab), nfqd.child("gate")["pid"]
        with contextlib.ExitStack() as limits:
            for child in ("gate", "recorder"):
                for limit in (memory_limit, descriptor_limit):
                    limits.enter_context(limit(nfqd.child(child)["pid"]))
            expect_gate(lab, "with limits")
            expect("exit status of the reload", 0, nfqd.reload("allow 10.1.0.66\n" + POLICY).returncode)
            expect("a new host's connect", "connected", connect(lab, *STRANGER).kind)
            expect("exit status of the reload", 0, nfqd.reload(POLICY).returncode)
            expect_gate(lab, "after reloads")
            expect("the gate, which allocates nothing", gate, nfqd.child("gate")["pid"])
            nfqd.wait_for_log({"10.1.0.66": (3, 2, 1), "2001:db8:1::66": (2, 2, 0), "10.1.0.25": (2, 0, 2)}, seconds=4)
            os.kill(gate, signal.SIGKILL)
            expect_mended(lab, rules)
            status_at_once(nfqd)
        eventually(3, "no problem", lambda: problems(nfqd), lambda seen: not seen)


@test
def scarce_memory_of_the_supervisor_heals(lab):
    """Its children begin with its limits: 1 MiB is enough for a reload, and not for a gate or a recorder."""
    with Nfqd(lab, POLICY) as nfqd:
        rules = ours(lab)
        with memory_limit(nfqd.process.pid, 1024 * 1024):
            expect("exit status of the reload", 0, nfqd.reload(POLICY).returncode)
            expect_gate(lab, "after a reload")
            os.kill(nfqd.child("gate")["pid"], signal.SIGKILL)
            eventually(3, "the status to say that there is no gate", lambda: status_at_once(nfqd),
                       lambda text: "the gate is not running" in text)
            expect("connects without a gate", ["connected", "connected", "timeout", "timeout"],
                   [outcome.kind for outcome in connect_all(lab, FLOWS, patience=1)])
            expect_mended(lab, rules)
        eventually(3, "strangers to be refused again", lambda: connect(lab, *STRANGER, patience=0.2).kind,
                   lambda kind: kind == "refused")
        eventually(4, "no problem", lambda: problems(nfqd), lambda seen: not seen)
        expect_gate(lab, "after it")


@test
def scarce_file_system_that_vanishes_under_the_database(lab):
    nfqd = Nfqd(lab, POLICY)
    folder = nfqd.top + "/db"
    os.mkdir(folder)
    subprocess.run(["mount", "-t", "tmpfs", "nfqd-test", folder], check=True)
    with contextlib.ExitStack() as ending, nfqd:
        ending.callback(subprocess.run, ["umount", "-lq", folder])  # if it is still there
        expect_gate(lab, "before")
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0), "2001:db8:1::25": (1, 0, 1)})
        rules = ours(lab)
        subprocess.run(["umount", "-l", folder], check=True)
        expect_gate(lab, "without a file system")
        eventually(3, "the status to name it", lambda: problems(nfqd),
                   lambda seen: any("gate.db cannot be written" in problem for problem in seen))
        expect_mended(lab, rules)
        status_at_once(nfqd)
        user = pwd.getpwnam(nfqd.user)
        os.chown(folder, user.pw_uid, user.pw_gid)  # it was the mount point, root's
        eventually(12, "no problem", lambda: problems(nfqd), lambda seen: not seen)
        # The four of before were in the file that has gone, the next four were kept in memory.
        expect_gate(lab, "with another database")
        nfqd.wait_for_log({"10.1.0.66": (2, 2, 0), "2001:db8:1::25": (2, 0, 2)}, seconds=3)
        expect("missing", [4], [gap["missing"] for gap in nfqd.report()["gaps"] if "deleted" in gap["cause"]])


@test
def scarce_readers_of_a_report_hold_nothing(lab):
    """A report of many hosts into a pipe that nobody reads: it waits, without a hold on the database."""
    with Nfqd(lab, POLICY) as nfqd:
        lab.laptop.run(*flood_command(lab, 1500, 1500, per_second=3000))
        eventually(5, "1,500 hosts", lambda: len(nfqd.report("--top", "2000")["hosts"]), lambda n: n >= 1500)
        for form in (["--json"], []):
            report = lab.start(lab.gateway, [NFQD, "report", "--db", nfqd.top + "/db", "--since", "all", "--top", "2000", *form],
                               stdout=subprocess.PIPE)
            fcntl.fcntl(report.stdout, fcntl.F_SETPIPE_SZ, 4096)
            eventually(5, "a full pipe", lambda: held(report.stdout), lambda size: size == 4096)
            with sqlite3.connect(nfqd.top + "/db/gate.db", isolation_level=None) as db:
                done = eventually(3, "a write-ahead log that can be emptied",
                                  lambda: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone(), lambda got: got[0] == 0)
            expect("the report still to wait, frames of the log", (None, 0), (report.poll(), done[1]))
            lab.stop(report)
        expect_gate(lab, "meanwhile")
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})


def held(pipe):
    """Bytes in a pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def old_rows(nfqd):
    """As many minutes of some hours of yesterday."""
    first = int(time.time() // HOUR - 30) * 60  # minute
    with sqlite3.connect(nfqd.top + "/db/gate.db") as db:
        db.executemany("INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits, syns,"
                       " destinations, first, last, lead, tail) VALUES (?, ?, ?, 25, 1, 1, 1, 0, 0, 1, ?, ?, 0, 0)",
                       ((first + n % 180, bytes([10, 1, 100, n // 180 % 50]), bytes([198, 51, n >> 8 & 255, n & 255]),
                         (first + n % 180) * 60000000, (first + n % 180) * 60000000) for n in range(OLD_ROWS)))


def rows_and_sum(nfqd):
    """At one moment: old rows that are not pruned, the attempts of all, and the recorder's last sign of life."""
    with sqlite3.connect("file:%s/db/gate.db?mode=ro" % nfqd.top, uri=True) as db:
        return db.execute("WITH old AS (SELECT attempts FROM attempt WHERE host BETWEEN x'0a016400' AND x'0a0164ff') SELECT"
                          " (SELECT count(*) FROM old), (SELECT sum(attempts) FROM old), (SELECT sum(attempts) FROM hour),"
                          " (SELECT value FROM meta WHERE key = 'alive')").fetchone()


@test
def scarce_time_of_a_prune_costs_the_log_nothing(lab):
    """`keep` comes due for 40,000 rows while a flood has to be recorded."""
    with Nfqd(lab, POLICY) as nfqd:
        connect(lab, *STRANGER)
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})
        nfqd.stop()
        old_rows(nfqd)
        nfqd.write("keep 12h\npace 1/second burst 60\n" + POLICY)
        nfqd.start()
        flood = lab.start(lab.laptop, flood_command(lab, 100, 15000, per_second=5000), stdout=subprocess.DEVNULL)
        commits = set()

        def look():
            left, minutes, hours, alive = rows_and_sum(nfqd)
            expect("attempts in minutes and in hours", OLD_ROWS, (minutes or 0) + (hours or 0))
            if 0 < left < OLD_ROWS:
                commits.add(alive)
            return left
        eventually(10, "two commits of new rows between steps of the prune", look, lambda left: len(commits) > 2)
        expect("exit status of the flood", 0, flood.wait(20))
        lab.processes.remove(flood)
        came = arrived(lab, nfqd)
        report = eventually(10, "all openings of the flood", lambda: nfqd.report("--since", "10m", "--json"),
                            lambda r: recorded(r["totals"]) + (r["missing"] or 0) == came)
        expect_that(came >= 15000, "15,000 openings to arrive", came)
        expect("gaps of a full spool", [], [gap for gap in report["gaps"] if "spool" in gap["cause"]])
