# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts: gate.db as it would be found after one at any moment. nfqd runs under traffic with a trace of everything
that it writes to its database (tests/shim/writes.c). Then, for every write in turn, the files are laid out as the cut
would have left them, opened, and compared with what had been committed by then."""
import os
import random
import sqlite3
import struct
import time

from check import Failed, expect, expect_that, test
from daemons import Nfqd, shim
from test_matrix import POLICY, Traffic

WRITE, TRUNCATE, SYNC, UNLINK = 1, 2, 3, 4
DATABASE, LOG = 0, 1
HEADER = struct.Struct("=IIqq")
SECTOR = 512


def read_trace(path):
    """[(what, file, offset, bytes)] in order."""
    with open(path, "rb") as f:
        data = f.read()
    found, at = [], 0
    while at < len(data):
        what, file, offset, size = HEADER.unpack_from(data, at)
        at += HEADER.size
        found.append((what, file, offset, data[at:at + size] if what == WRITE else b""))
        at += len(found[-1][3])
    return found


def apply(content, operation):
    """Does one operation to a file's content; None is a file that does not exist."""
    what, _, offset, data = operation
    if what == UNLINK:
        return None
    content = content if content is not None else bytearray()
    if what == WRITE:
        if len(content) < offset + len(data):
            content.extend(bytes(offset + len(data) - len(content)))
        content[offset:offset + len(data)] = data
    elif what == TRUNCATE:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
    return content


class Disk:
    """The synced content of each file, and the operations on it since."""

    def __init__(self, database):
        self.synced = [bytearray(database), None]
        self.since = [[], []]

    def do(self, operation):
        what, file = operation[:2]
        if what == SYNC or what == UNLINK:  # a name that is gone is gone: the worst case is tried below
            for past in self.since[file]:
                self.synced[file] = apply(self.synced[file], past)
            self.since[file] = []
        if what == UNLINK:
            self.synced[file] = None
        elif what != SYNC:
            self.since[file].append(operation)

    def after(self, choose):
        """The two files after a cut; choose(operation) returns the part of an unsynced operation that has reached the
        disk: all of it, None, or some."""
        files = []
        for file in (DATABASE, LOG):
            content = bytearray(self.synced[file]) if self.synced[file] is not None else None
            for past in self.since[file]:
                reached = choose(past)
                if reached is not None:
                    content = apply(content, reached)
            files.append(content)
        return files


def some(dice):
    """Any of the operations has reached the disk, in any order, and any sectors of a write."""
    def choose(operation):
        what, file, offset, data = operation
        if dice.random() < 0.3:
            return None
        if what != WRITE or dice.random() < 0.5:
            return operation
        keep = dice.randrange(0, len(data) + 1, SECTOR)
        return (what, file, offset, data[:keep]) if keep else None
    return choose


def opened(folder, files, number):
    """Lays the two files out, opens them, and returns how many openings are recorded; -1: no database yet."""
    path = "%s/%d.db" % (folder, number)
    for end, content in zip(("", "-wal"), files):
        if content is not None:
            with open(path + end, "wb") as f:
                f.write(content)
    try:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA synchronous = OFF")
            check = db.execute("PRAGMA integrity_check").fetchall()
            expect("integrity", [("ok",)], check)
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                return -1
            found = db.execute("SELECT value FROM meta WHERE key = 'recorded'").fetchone()
            rows = db.execute("SELECT coalesce(sum(attempts + retransmits), 0) FROM attempt").fetchone()[0]
            recorded = found[0] if found else 0
            expect("rows beside what is recorded", recorded, rows)
        db.close()
        return recorded
    finally:
        for end in ("", "-wal", "-shm"):
            if os.path.exists(path + end):
                os.unlink(path + end)


@test
def matrix_power_cut(lab):
    trace = os.path.join(lab.directory, "writes")
    with Nfqd(lab, POLICY) as nfqd:
        nfqd.stop()  # it has made the file, under another name, and moved it there whole
        with open(nfqd.top + "/db/gate.db", "rb") as f:
            made = f.read()
        nfqd.environment = {"LD_PRELOAD": shim("writes"), "TRACE_WRITES": trace}
        nfqd.start()
        with Traffic(lab, nfqd) as traffic:
            traffic.wait(8)
            traffic.judge()
            traffic.expect_exact()
        nfqd.stop()  # the log goes into the database
    operations = read_trace(trace)
    kinds = [sum(o[0] == what for o in operations) for what in (WRITE, SYNC)]
    expect_that(len(operations) > 100 and kinds[1] >= 6 and any(o[:2] == (WRITE, DATABASE) for o in operations[-100:]),
                "a trace of writes and syncs, with a checkpoint", kinds)
    folder = os.path.join(lab.directory, "cuts")
    os.mkdir(folder)
    disk, dice, durable, last, cuts = Disk(made), random.Random(1), -1, -1, 0
    begin = time.monotonic()
    for number, operation in enumerate(operations):
        disk.do(operation)
        # Killed: everything reached the kernel. Cut: no unsynced operation reached the disk; or some did, in two ways.
        choices = [lambda past: past, lambda past: None, some(dice), some(dice)]
        counts = []
        for choose in choices:
            try:
                counts.append(opened(folder, disk.after(choose), number))
            except (sqlite3.DatabaseError, Failed) as error:
                raise Failed("expected a sound database after a cut at write %d of %d (%s), way %d, got %s" % (
                    number, len(operations), operation[:3], len(counts), error)) from error
        cuts += len(counts)
        # A commit is done when it is synced, and that must follow at once: then nfqd forgets what it has committed.
        if counts[0] > last >= 0:
            expect_that((SYNC, LOG) in [o[:2] for o in operations[number:number + 3]],
                        "a sync right behind the commit at write %d" % number, operations[number:number + 3])
        if operation[0] == SYNC:
            durable = max(durable, counts[0])
        expect_that(min(counts) >= durable, "the %d openings committed by write %d" % (durable, number), counts)
        expect_that(counts[0] >= last, "no fewer than before, %d" % last, counts[0])
        last = counts[0]
    expect_that(last >= len(traffic.tries), "all attempts at the end", last)
    print("  %d operations, %d syncs, %d cuts tried in %.0f s; %d openings at the end" % (
        len(operations), kinds[1], cuts, time.monotonic() - begin, last))
