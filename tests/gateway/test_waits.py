# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate comes first, and the supervisor waits for nobody: with a database that cannot be used, a slow recorder, a
slow disk, a standard error that nobody reads, a configuration without an end, and idle clients, strangers are refused,
listed hosts connect, rules that somebody flushes are back within a second, and so is the answer of `nfqd status`."""
import fcntl
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import time

import mishaps
from check import PATIENCE_FACTOR, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, ruleset, shim
from probe import connect, connect_all
from test_shield import everyone, flood, openings, wait_for

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
FLOWS = [("10.1.0.25", OUT4, 25), ("2001:db8:1::25", OUT6, 25), ("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25)]
AT_ONCE = 1  # second
PIPE = 4096  # bytes, the smallest


def expect_gate(lab, when):
    expect("outcomes " + when, ["connected", "connected", "refused", "refused"],
           [outcome.kind for outcome in connect_all(lab, FLOWS)])


def status_at_once(nfqd, file=None):
    """The status, which must come within a second."""
    begin = time.monotonic()
    done = nfqd.space.run(NFQD, "status", "-c", file or nfqd.file, check=False)
    took = time.monotonic() - begin
    expect_that(took < AT_ONCE * PATIENCE_FACTOR and done.returncode in (0, 1), "the status within a second",
                "%.1f s: %s" % (took, done.stdout + done.stderr))
    return done.stdout


def ours(lab):
    return [line for line in ruleset(lab.gateway) if "nfqd" in line.lower()]


def expect_mended(lab, before):
    """Flushes our rules; they must be back within a second."""
    if any(line.startswith("iptables-save: ") for line in before):
        lab.gateway.sh("iptables", "-t", "mangle", "-F", "NFQD")
    else:
        lab.gateway.sh("nft", "flush", "table", "inet", "nfqd")
    expect_that(ours(lab) != before, "the flush to remove rules", ours(lab))
    eventually(AT_ONCE, "our rules to be back", lambda: sorted(set(before) ^ set(ours(lab))), lambda seen: not seen)


def expect_stopped(nfqd, seconds):
    begin = time.monotonic()
    expect("exit status", 0, nfqd.stop())
    took = time.monotonic() - begin
    expect_that(took < seconds * PATIENCE_FACTOR, "an end within %g s" % seconds, "%.1f s" % took)


def make_newer(folder):
    os.mkdir(folder)
    with sqlite3.connect(folder + "/gate.db") as db:
        db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value)")
        db.execute("INSERT INTO meta VALUES ('schema', 'gate')")
        db.execute("PRAGMA user_version = 99")


def make_file(folder):
    with open(folder, "w") as f:
        f.write("no folder\n")


def make_fifo(folder):
    os.mkdir(folder)
    os.mkfifo(folder + "/gate.db")


def make_link(folder):
    os.mkdir(folder)
    os.symlink("/etc/passwd", folder + "/gate.db")


def make_foreign(folder):
    """Another program's file, in a folder that nfqd's user cannot write to."""
    os.mkdir(folder, 0o755)
    make_file(folder + "/theirs")


@test
def a_database_that_cannot_be_opened_delays_no_verdict(lab):
    for make, problem in ((make_newer, "newer"), (make_file, "gate.db cannot be opened"), (make_foreign, "gate.db cannot"),
                          (make_link, "gate.db cannot be opened"), (make_fifo, "gate.db cannot be opened")):
        nfqd = Nfqd(lab, POLICY)
        make(nfqd.top + "/db")
        with nfqd:
            expect_gate(lab, make.__name__)
            expect_that(problem in status_at_once(nfqd), "the status to say \"%s\"" % problem, status_at_once(nfqd))
            nfqd.stop()
        with open("/etc/passwd") as f:
            expect_that("root" in f.read(), "/etc/passwd as it was", make.__name__)


@test
def a_full_disk_at_the_start_heals_when_it_is_freed(lab):
    nfqd = Nfqd(lab, POLICY)
    with mishaps.SmallDisk(nfqd.top + "/db") as disk:
        disk.fill()
        with nfqd:
            expect_gate(lab, "with a full disk")
            expect_that("gate.db cannot be opened: " in status_at_once(nfqd), "the status to have the reason",
                        status_at_once(nfqd))
            why = nfqd.status()["log"]["failing_why"]
            expect_that("full" in why, "the reason to be the full disk", why)
            disk.free()
            eventually(10, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
            expect("failing_why", None, nfqd.status()["log"]["failing_why"])
            nfqd.wait_for_log({"10.1.0.66": (1, 1, 0), "2001:db8:1::66": (1, 1, 0), "10.1.0.25": (1, 0, 1)})


@test
def a_locked_database_at_a_restart_is_taken_up_when_it_is_free(lab):
    """Openings from before and from while it is locked are counted once each."""
    with Nfqd(lab, POLICY) as nfqd:
        expect_gate(lab, "before")
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})
        nfqd.stop()
        lock = sqlite3.connect(nfqd.top + "/db/gate.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        lock.execute("UPDATE meta SET value = value")
        nfqd.start()
        expect_gate(lab, "with a locked database")
        expect_that("locked" in status_at_once(nfqd), "the status to have the reason", status_at_once(nfqd))
        lock.rollback()
        lock.close()
        eventually(10, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
        nfqd.wait_for_log({"10.1.0.66": (2, 2, 0), "2001:db8:1::66": (2, 2, 0)})
        expect("missing", [0], [gap["missing"] for gap in nfqd.report()["gaps"]])


@test
def a_locked_database_hides_nothing_that_the_shield_dropped(lab):
    """By an earlier run that was killed, between the two, and while the recorder cannot say what of it is recorded:
    nothing is counted twice either."""
    with Nfqd(lab, "pace 1/second burst 60\nstranger drop\n") as nfqd:
        flood(lab, 20, 10000)
        wait_for(nfqd, everyone(20, 500), 4)
        nfqd.stop(signal.SIGKILL)
        time.sleep(0.5)
        flood(lab, 20, 20000)
        lock = sqlite3.connect(nfqd.top + "/db/gate.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        lock.execute("UPDATE meta SET value = value")
        nfqd.start()
        flood(lab, 20, 10000)
        lock.rollback()
        lock.close()
        report = eventually(12, "40,000 SYNs named or missing", nfqd.report,
                            lambda r: sum(openings(r, 20).values()) + r["missing"] == 40000)
        named = openings(report, 20)
        expect_that(len(named) == 20 and all(500 <= n < 2000 for n in named.values()), "500 named of each, and few more",
                    named)


@test
def a_supervisor_without_descriptors_heals_when_it_has_some(lab):
    with Nfqd(lab, POLICY) as nfqd:
        descriptors = "/proc/%d/fd" % nfqd.process.pid
        gate, rules, count = nfqd.child("gate")["pid"], ours(lab), len(os.listdir(descriptors))
        most = resource.prlimit(nfqd.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(nfqd.process.pid, resource.RLIMIT_NOFILE, (count, most[1]))
        os.kill(gate, signal.SIGKILL)
        eventually(2, "the log to say why there is no gate", nfqd.log, lambda log: "cannot start the gate" in log)
        expect("a listed host's connect", "connected", connect(lab, *FLOWS[0]).kind)
        expect("a stranger's connect", "timeout", connect(lab, *FLOWS[2], patience=0.5).kind)
        resource.prlimit(nfqd.process.pid, resource.RLIMIT_NOFILE, most)
        eventually(3, "strangers to be refused again", lambda: connect(lab, *FLOWS[2], patience=0.2).kind,
                   lambda kind: kind == "refused")
        expect_mended(lab, rules)
        status_at_once(nfqd)
        eventually(3, "%d descriptors" % count, lambda: len(os.listdir(descriptors)), lambda seen: seen <= count)


@test
def a_recorder_that_takes_long_to_start_delays_nobody(lab):
    nfqd = Nfqd(lab, POLICY, environment={"LD_PRELOAD": shim("slow"), "SLOW_OPEN": "15000"})
    begin = time.monotonic()
    with nfqd:
        expect_that(time.monotonic() - begin < 4 * PATIENCE_FACTOR, "a start within 4 s", time.monotonic() - begin)
        rules = ours(lab)
        expect_gate(lab, "at the start")
        os.kill(nfqd.child("recorder")["pid"], signal.SIGKILL)
        expect_mended(lab, rules)
        gate = nfqd.child("gate")["pid"]
        os.kill(gate, signal.SIGKILL)
        eventually(AT_ONCE, "strangers to be refused again", lambda: connect(lab, *FLOWS[2], patience=0.2).kind,
                   lambda kind: kind == "refused")
        expect("exit status of the reload", 0, nfqd.reload(POLICY + "allow 10.1.0.26\n").returncode)
        rules = ours(lab)
        expect_mended(lab, rules)
        status_at_once(nfqd)
        expect_gate(lab, "after all that")
        gate = nfqd.child("gate")["pid"]
        nfqd.process.send_signal(signal.SIGTERM)
        eventually(AT_ONCE, "the gate to end at SIGTERM", lambda: os.path.exists("/proc/%d" % gate), lambda there: not there)
        status_at_once(nfqd)
        expect_stopped(nfqd, 6)
        expect_that("openings are not recorded in gate.db" in nfqd.log(), "the log to say what is not recorded", nfqd.log())


@test
def a_slow_disk_delays_nobody(lab):
    """Each fsync takes 3 s."""
    nfqd = Nfqd(lab, POLICY, environment={"LD_PRELOAD": shim("slow"), "SLOW_SYNC": "3000"})
    with nfqd:
        rules = ours(lab)
        expect_gate(lab, "at the start")
        expect("exit status of the reload", 0, nfqd.reload(POLICY).returncode)
        expect_mended(lab, rules)
        status_at_once(nfqd)
        expect_gate(lab, "after a reload")
        expect_stopped(nfqd, 7)


def start_unread(nfqd):
    """nfqd with a pipe as standard error that holds little. Returns the end to read from."""
    there, here = os.pipe()
    fcntl.fcntl(there, fcntl.F_SETPIPE_SZ, PIPE)
    nfqd.process = nfqd.lab.start(nfqd.space, [NFQD, "run", "-c", nfqd.file], stderr=here, stdout=here,
                                  stdin=subprocess.DEVNULL)
    os.close(here)
    os.set_blocking(there, False)
    eventually(5, "nfqd to answer", lambda: nfqd.run("status", check=False).returncode, lambda status: status == 0)
    return there


def read_all(end):
    text = b""
    while True:
        try:
            more = os.read(end, 1 << 16)
        except BlockingIOError:
            more = b""
        if not more:
            return text.decode()
        text += more


@test
def a_standard_error_that_nobody_reads_delays_nobody(lab):
    with Nfqd(lab, POLICY) as nfqd:
        nfqd.stop()
        end = start_unread(nfqd)
        nfqd.write(POLICY + "bogus\n")
        for _ in range(60):  # each writes two lines
            nfqd.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        nfqd.write(POLICY)
        rules = ours(lab)
        expect_mended(lab, rules)
        status_at_once(nfqd)
        expect_gate(lab, "with a full pipe")
        text = read_all(end)
        expect_that(len(text) > PIPE / 2 and "bogus" in text, "the first lines in the pipe", text)
        text = eventually(3, "the number of lost lines", lambda: read_all(end), bool)
        expect_that("nobody read standard error" in text, "the number of lost lines", text)
        os.close(end)  # the reader has gone: no SIGPIPE
        nfqd.write(POLICY + "bogus\n")
        nfqd.process.send_signal(signal.SIGHUP)
        nfqd.write(POLICY)
        expect_mended(lab, rules)
        expect_stopped(nfqd, 5)


@test
def a_configuration_without_an_end_is_refused_and_delays_nobody(lab):
    with Nfqd(lab, POLICY) as nfqd:
        rules = ours(lab)
        good = nfqd.top + "/good.conf"
        os.link(nfqd.file, good)
        for make, what in ((os.mkfifo, "a FIFO"), (os.mkdir, "a directory"), (lambda to: os.symlink("/dev/zero", to), "a device")):
            os.unlink(nfqd.file)
            make(nfqd.file)
            nfqd.process.send_signal(signal.SIGHUP)
            expect_mended(lab, rules)
            status_at_once(nfqd, good)
            eventually(1, "the log to say " + what, nfqd.log, lambda log: what in log)
            done = nfqd.run("check", check=False)
            expect("exit status of check", 2, done.returncode)
            expect_that(what in done.stderr, "check to say " + what, done.stderr)
            (os.rmdir if what == "a directory" else os.unlink)(nfqd.file)
            os.link(good, nfqd.file)
        expect_gate(lab, "with the old policy")
        nfqd.write(POLICY + "bogus\n")
        expect_that("has errors" in status_at_once(nfqd), "the status, and that the file has errors", status_at_once(nfqd))


@test
def idle_clients_keep_nobody_out(lab):
    with Nfqd(lab, POLICY) as nfqd:
        rules, idle = ours(lab), []
        for _ in range(200):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(5)  # the backlog may be full for a moment
            client.connect(nfqd.top + "/control.sock")
            idle.append(client)
            time.sleep(0.001)
        expect_mended(lab, rules)
        status_at_once(nfqd)
        descriptors = "/proc/%d/fd" % nfqd.process.pid
        expect_that(len(os.listdir(descriptors)) < 100, "most of 200 idle clients to be dropped", os.listdir(descriptors))
        for message in (b"A" * 1000000, b"\0" * 300, b"reload\0x\n", b"\"}{\n", b"status"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(nfqd.top + "/control.sock")
                client.settimeout(0.2)
                try:
                    client.sendall(message)
                    client.recv(80)
                except OSError:
                    pass
        with socket.socket(socket.AF_UNIX) as client:  # does not read its answer
            client.connect(nfqd.top + "/control.sock")
            client.sendall(b"status\n")
            status_at_once(nfqd)
        eventually(7, "no client to be left", lambda: len(os.listdir(descriptors)), lambda count: count < 25)
        for client in idle:
            client.close()
        expect_gate(lab, "after them")


@test
def two_thousand_reloads_asked_for_in_seconds_leave_nothing_behind(lab):
    with Nfqd(lab, POLICY) as nfqd:
        def memory():
            with open("/proc/%d/statm" % nfqd.process.pid) as f:
                return int(f.read().split()[1])

        descriptors = "/proc/%d/fd" % nfqd.process.pid
        nfqd.reload(POLICY)
        pages, count = memory(), len(os.listdir(descriptors))
        for _ in range(2000):
            nfqd.process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        expect_gate(lab, "during them")
        eventually(5, "the last reload to end", lambda: nfqd.status()["problems"], lambda seen: not seen)
        status_at_once(nfqd)
        expect_that(memory() < pages + 256, "level memory, %d pages" % pages, memory())
        eventually(3, "%d descriptors" % count, lambda: len(os.listdir(descriptors)), lambda seen: seen <= count)
