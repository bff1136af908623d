# SPDX-License-Identifier: GPL-3.0-or-later
"""pcapmon under faults: killed, stopped, and with a wire.db that others take away. Each attempt comes from an address of its
own, twice, so that wire.db says which were counted, and whether any was counted twice."""
import os
import signal
import socket
import sqlite3
import struct
import time

import mishaps
from check import PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import PCAPMON, TOP, Nfqd, Pcapmon
from meanwhile import Meanwhile
from test_capture import SERVER, frame, ip_packet, wire_of

POLICY = "stranger drop\nallow 10.1.0.25\n"
AGAIN = 0.35  # seconds until a SYN is sent again
SECOND = 1000000


class Sender(Meanwhile):
    """As `with Sender(lab) as sender:` sends SYNs of hosts of the LAN past pcapmon, 250 a second, each twice, until the
    end of the block or end()."""

    def __init__(self, lab):
        super().__init__(self.run)
        self.lab = lab
        self.sent = {}  # address -> when each of its SYNs was given to the cable, in microseconds

    def syn(self, wire, number, identification):
        source = struct.pack("!BBH", 10, 1, 0x1000 + number)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, identification, 0, 64, 6, 0, source, socket.inet_aton(SERVER))
        tcp = struct.pack("!HHIIBBHHH", 30000, 25, number, 0, 5 << 4, 2, 64240, 0, 0)
        self.sent.setdefault(source, []).append(now())
        wire.send(frame("0800", ip + tcp))

    def run(self):
        begun = time.monotonic()
        number, late = 0, []  # late: which to send again, and when
        with wire_of(self.lab.annex) as wire:
            while not self.ending.is_set() or late:
                elapsed = time.monotonic() - begun
                if late and late[0][0] <= elapsed:
                    self.syn(wire, late.pop(0)[1], 2)
                elif not self.ending.is_set() and number / 250 <= elapsed:
                    self.syn(wire, number, 1)
                    late.append((elapsed + AGAIN, number))
                    number += 1
                else:
                    time.sleep(0.001)

    @property
    def syns(self):
        return sum(len(times) for times in self.sent.values())


def now():
    return int(time.time() * SECOND)


def rows(path, query):
    with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
        return db.execute(query).fetchall()


def wire_db(nfqd):
    return nfqd.top + "/db/wire.db"


def counted(path):
    """{address: [attempts, retransmissions]}"""
    return {host: numbers for host, *numbers in
            rows(path, "SELECT host, sum(attempts), sum(retransmits) FROM attempt GROUP BY host")}


def gaps(nfqd):
    """None of them while there is no database: a lost one is made anew under another name, and then gets its own."""
    try:
        return rows(wire_db(nfqd), "SELECT since, until, cause, missing FROM gap ORDER BY id")
    except sqlite3.OperationalError:
        return []


def expect_accounted(nfqd, sender, begun=0, ended=2**62):
    """Nothing was counted twice, and what is missing was sent within a gap, or not between `begun` and `ended`."""
    numbers, holes = counted(wire_db(nfqd)), gaps(nfqd)
    for address, times in sender.sent.items():
        seen = sum(begun <= when <= ended and not any(since <= when <= until for since, until, _, _ in holes)
                   for when in times)
        attempts, resent = numbers.get(address, (0, 0))
        expect_that(attempts <= 1 and seen <= attempts + resent <= len(times),
                    "of %d SYNs of %s, %d of them outside of all gaps, as many counted, as one attempt" %
                    (len(times), socket.inet_ntoa(address), seen), (attempts, resent, times, holes))
    return numbers


@test
def witness_killed(lab):
    nfqd = Nfqd(lab, POLICY)
    kills, begun = 3, None
    with Sender(lab) as sender:
        for number in range(kills):
            with Pcapmon(nfqd, "lan1") as pcapmon:
                begun = begun or now()
                time.sleep(2.3 + 0.4 * number)
                sender.sent.setdefault("kill", []).append(now())
                expect("exit status", -signal.SIGKILL, pcapmon.stop(signal.SIGKILL))
            time.sleep(0.5)
        with Pcapmon(nfqd, "lan1") as pcapmon:
            time.sleep(1)
            sender.end()
            killed = sender.sent.pop("kill")
            expect("exit status", 0, pcapmon.stop())
    holes = gaps(nfqd)
    expect("causes", {"pcapmon was not running"}, {cause for _, _, cause, _ in holes})
    expect("what is missing", {None}, {missing for _, _, _, missing in holes})
    for when in killed:  # a gap that begins where the last one ended, on a busy machine, extends it
        # Rows are written once a second, and surely include packets captured half a second before.
        expect_that(any(since <= when <= until for since, until, _, _ in holes), "a gap around the kill", (when, holes))
    expect_that(all(any(when - 2.5 * PATIENCE_FACTOR * SECOND <= since <= when for when in killed)
                    for since, _, _, _ in holes), "each gap to begin just before a kill", (killed, holes))
    numbers = expect_accounted(nfqd, sender, begun)
    lost = len(sender.sent) - len(numbers)
    expect_that(len(numbers) > len(sender.sent) / 2 and lost > 0, "most attempts, but not those while it was dead",
                (len(numbers), len(sender.sent)))


@test
def witness_stopped(lab):
    """SIGTERM loses no earlier packet, not even one that the kernel had not delivered yet."""
    nfqd = Nfqd(lab, POLICY)
    begun = None
    with Sender(lab) as sender:
        for _ in range(3):
            with Pcapmon(nfqd, "lan1") as pcapmon:
                begun = begun or now()
                time.sleep(1.7)
                before, ended = list(sender.sent)[:-1], now()  # the last may not have left yet
                expect("exit status", 0, pcapmon.stop())
            seen = counted(wire_db(nfqd))
            short = [socket.inet_ntoa(address) for address in before[-100:] if address not in seen]
            expect("hosts of the last attempts before SIGTERM that are missing", [], short)
        expect("gaps", ["pcapmon was not running"] * 2, [cause for _, _, cause, _ in gaps(nfqd)])
        sender.end()
        expect_accounted(nfqd, sender, begun, ended - SECOND // 100)


def lost(lab, lose, word):
    """Under traffic somebody takes wire.db away; `word` stands in the gap's cause. Returns the folder."""
    nfqd = Nfqd(lab, POLICY)
    with Pcapmon(nfqd, "lan1") as pcapmon, Sender(lab) as sender:
        time.sleep(2)
        lose(wire_db(nfqd))
        time.sleep(3)
        expect("causes", 1, len(eventually(3, "a gap", lambda: gaps(nfqd), bool)))
        sender.end()
        expect("exit status", 0, pcapmon.stop())
        (since, until, cause, missing), = gaps(nfqd)
        expect_that(word in cause, "a gap whose cause has \"%s\"" % word, cause)
        expect_that(missing is not None and 100 < missing < sender.syns, "most of a few hundred missing", missing)
        numbers = expect_accounted(nfqd, sender)
        # An attempt whose first SYN was in the lost file is not one in the new one.
        expect("SYNs that are counted or missing", sender.syns, missing + sum(map(sum, numbers.values())))
        expect("what the journal says of it", [(cause,)],
               rows(wire_db(nfqd), "SELECT text FROM journal WHERE what = 'lost'"))
        # The next run continues from the memory of this one.
        with Pcapmon(nfqd, "lan1") as again:
            expect("exit status", 0, again.stop())
    return os.listdir(nfqd.top + "/db")


@test
def witness_database_deleted(lab):
    lost(lab, mishaps.delete, "deleted")


@test
def witness_database_renamed(lab):
    """The renamed file is complete: it has the missing rows."""
    renamed = lab.directory + "/renamed-wire.db"
    lost(lab, lambda path: os.rename(path, renamed), "deleted")
    with sqlite3.connect(renamed) as db:
        expect("integrity", [("ok",)], db.execute("PRAGMA integrity_check").fetchall())
    expect_that(sum(map(sum, counted(renamed).values())) > 100, "its rows", "hardly any")


@test
def witness_database_overwritten(lab):
    files = lost(lab, mishaps.overwrite, "damaged")
    expect_that(any(name.startswith("wire.db.damaged-") and name[-1].isdigit() for name in files),
                "the damaged file beside the new one", files)


@test
def witness_database_replaced_by_garbage(lab):
    files = lost(lab, mishaps.replace, "no database")
    expect_that(any(name.startswith("wire.db.damaged-") for name in files), "the garbage beside the new one", files)


@test
@brief
def witness_finds_garbage_at_its_start(lab):
    nfqd = Nfqd(lab, POLICY + "keep 2d\n")
    os.mkdir(nfqd.top + "/db")
    with open(wire_db(nfqd), "wb") as f:
        f.write(mishaps.GARBAGE)
    with Pcapmon(nfqd, "lan1") as pcapmon:
        (since, until, cause, missing), = eventually(3, "a gap", lambda: gaps(nfqd), bool)
        expect_that("no database" in cause and missing is None, "an unknown number missing", (cause, missing))
        expect("length of the gap in hours", 48, round((until - since) / SECOND / 3600))
        expect("exit status", 0, pcapmon.stop())


def complete(lab, nfqd, fault):
    """Whatever happens to the database meanwhile, nothing is lost."""
    with Pcapmon(nfqd, "lan1") as pcapmon, Sender(lab) as sender:
        time.sleep(1.5)
        fault()
        time.sleep(1.5)
        sender.end()
        expect("exit status", 0, pcapmon.stop())
        log = open(nfqd.top + "/pcapmon.log").read()
        expect_that("wire.db: cannot write" in log and "wire.db: can be written again" in log, "a word on it", log)
        expect("gaps", [], gaps(nfqd))
        expect("attempts and retransmissions", {address: [1, len(times) - 1] for address, times in sender.sent.items()},
               counted(wire_db(nfqd)))


@test
def witness_database_locked(lab):
    nfqd = Nfqd(lab, POLICY)

    def fault():
        lock = sqlite3.connect(wire_db(nfqd), isolation_level=None, timeout=20 * PATIENCE_FACTOR)
        lock.execute("BEGIN IMMEDIATE")
        time.sleep(6)
        lock.execute("ROLLBACK")
        lock.close()

    complete(lab, nfqd, fault)


@test
def witness_disk_full(lab):
    nfqd = Nfqd(lab, POLICY)
    with mishaps.SmallDisk(nfqd.top + "/db") as disk:
        def fault():
            disk.fill()
            time.sleep(4)
            disk.free()

        complete(lab, nfqd, fault)


def meta(nfqd, sql):
    with sqlite3.connect(wire_db(nfqd)) as db:
        db.execute(sql)


@test
def witness_stands_in_the_status(lab):
    """pcapmon's state in `nfqd status`: running, ended, and killed."""
    with Nfqd(lab, POLICY) as nfqd:
        expect("without a wire.db", None, nfqd.status()["pcapmon"])
        with Pcapmon(nfqd, "lan1", "lan0") as pcapmon, wire_of(lab.annex) as wire:
            seen = eventually(3, "pcapmon in the status", lambda: nfqd.status()["pcapmon"], bool)
            expect("what it says", [True, None, ["lan1", "lan0"], [], 0, None, None],
                   [seen[key] for key in ("running", "error", "interfaces", "away", "kernel_drops", "ended",
                                          "last_gap")])
            wire.send(frame("0800", ip_packet(25)))
            eventually(12, "a packet", lambda: nfqd.status()["pcapmon"]["packets"], lambda n: n == 1)
            text = nfqd.run("status").stdout
            expect_that("pcapmon   running since " in text and
                        ", lan1, lan0; packets 1, dropped by the kernel 0\n" in text, "a line on pcapmon", text)
            pcapmon.stop()
        seen = nfqd.status()["pcapmon"]
        expect_that(not seen["running"] and seen["since"] is None and seen["ended"] is not None, "it to have ended",
                    seen)
        expect("gaps of a report", [], nfqd.report()["gaps"])
        with Pcapmon(nfqd, "lan1") as pcapmon:
            eventually(3, "a gap", lambda: nfqd.status()["pcapmon"]["gaps"], lambda n: n == 1)
            pcapmon.stop(signal.SIGKILL)
        meta(nfqd, "UPDATE meta SET value = value - 16000000 WHERE key IN ('run_alive', 'watched_until')")
        seen = nfqd.status()["pcapmon"]
        expect_that(not seen["running"] and seen["ended"] is None and seen["last_gap"]["missing"] is None,
                    "a run that did not end", seen)
        text = nfqd.run("status", check=False).stdout
        expect_that("NOT running, or cannot write: silent since " + seen["alive"] in text, "a line on pcapmon", text)
        expect("gaps until now", ["pcapmon does not run, or cannot write: nothing is recorded since"],
               [gap["cause"] for gap in nfqd.report()["gaps"] if gap["cause"] != "pcapmon was not running"])
        os.unlink(wire_db(nfqd) + "-wal")
        with open(wire_db(nfqd), "wb") as f:
            f.write(mishaps.GARBAGE)
        seen = nfqd.status()["pcapmon"]
        expect_that("wire.db" in (seen["error"] or ""), "an error that names the file", seen)


@test
@brief
def witness_lives_with_the_capabilities_of_its_unit(lab):
    """The capabilities in contrib/pcapmon.service are enough once --prepare has run, also for an interface that comes back."""
    with open(os.path.join(TOP, "contrib/pcapmon.service"), encoding="utf-8") as f:
        words = next(line for line in f if line.startswith("CapabilityBoundingSet=")).split("=")[1].split()
    within = ["setpriv", "--bounding-set", ",".join(["-all"] + ["+" + word[4:].lower() for word in words])]
    nfqd = Nfqd(lab, POLICY)
    lab.gateway.run(PCAPMON, "-i", "lan1", "-c", nfqd.file, "--db", nfqd.top + "/db", "--prepare")
    make = "link add tap0 type veth peer name end0\nlink set tap0 up\nlink set end0 up"
    lab.gateway.ip(make)
    try:
        # As the unit does, with all capabilities.
        nfqd.space.sh(PCAPMON, "-i", "lan1", "-c", nfqd.file, "--db", nfqd.top + "/db", "--prepare")
        with Pcapmon(nfqd, "lan1", "tap0", within=within) as pcapmon:
            lab.gateway.ip("link del tap0")
            eventually(3, "tap0 to be away", lambda: open(pcapmon.log.name).read(), lambda log: "trying again" in log)
            lab.gateway.ip(make)
            eventually(4, "tap0 to be back", lambda: open(pcapmon.log.name).read(), lambda log: "watched again" in log)
            expect("exit status", 0, pcapmon.stop())
    finally:
        lab.gateway.ip("link del tap0")


@test
def witness_is_the_only_writer(lab):
    """A second pcapmon on the same directory is refused with the first's pid, and after a kill the next one starts."""
    with Nfqd(lab, POLICY) as nfqd:
        with Pcapmon(nfqd) as first:
            with open(nfqd.top + "/empty.pcap", "wb") as capture:
                capture.write(struct.pack("=IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for words in (["-i", "lan1"], ["-r", capture.name]):
                done = lab.gateway.run(PCAPMON, *words, "-c", nfqd.file, "--db", nfqd.top + "/db", check=False)
                expect_that(done.returncode == 1 and "another program writes to this database (pcapmon, pid %d)"
                            % first.process.pid in done.stderr, "the second pcapmon to name the first's pid", done)
            first.stop(signal.SIGKILL)
        with Pcapmon(nfqd):
            pass
