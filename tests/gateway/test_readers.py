# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that root runs on the database of another user, who may have laid out anything beside it."""
import glob
import os
import shutil
import time

from check import expect, expect_that, test
from daemons import NFQD, Nfqd
from probe import connect

VICTIM = b"root's own\n" * 5000


def owned(folder, uid=65534):
    for path in [folder] + glob.glob(folder + "/*"):
        os.chown(path, uid, uid, follow_symlinks=False)


def laid_out(nfqd, name):
    """A copy of the database as user nobody has it."""
    folder = os.path.join(nfqd.top, name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(nfqd.top + "/db", folder)
    owned(folder)
    return folder


@test
def root_reads_a_database_with_no_more_rights_than_its_owner(lab):
    with Nfqd(lab, "") as nfqd:
        expect("the connect", "refused", connect(lab, "10.1.0.66", "203.0.113.7").kind)
        nfqd.wait_for_log({"10.1.0.66": (1, 1, 0)})
        report = lambda folder: nfqd.space.sh(NFQD, "report", "--db", folder, "--since", "all", check=False)  # noqa: E731
        victim = os.path.join(nfqd.top, "victim")
        for end in ("", "-wal", "-shm", "-journal"):
            folder = laid_out(nfqd, "x")
            with open(victim, "wb") as f:
                f.write(VICTIM)
            os.chmod(victim, 0o600)
            before = os.stat(victim)
            if os.path.exists(folder + "/gate.db" + end):
                os.remove(folder + "/gate.db" + end)
            os.link(victim, folder + "/gate.db" + end)
            report(folder)
            nfqd.space.sh(NFQD, "host", "10.1.0.66", "--db", folder, check=False)
            after = os.stat(victim)
            with open(victim, "rb") as f:
                expect("%s: the file of root is as it was" % end, True, f.read() == VICTIM)
            expect("its owner and time", (before.st_uid, before.st_mtime_ns), (after.st_uid, after.st_mtime_ns))
        # What only root may read is not read in a folder of others'; and nothing that root makes stays there.
        folder = laid_out(nfqd, "y")
        for path in glob.glob(folder + "/*-*"):
            os.remove(path)
        text = report(folder)
        expect_that("the host in a report of nobody's folder", "10.1.0.66" in text, text)
        expect("files of root", [], [p for p in glob.glob(folder + "/*") if os.stat(p).st_uid == 0])
        os.chown(folder + "/gate.db", 0, 0)
        os.chmod(folder + "/gate.db", 0o600)
        text = report(folder)
        expect_that("no report of a file of root's", "10.1.0.66" not in text, text)
        # A status, whose folder has a FIFO.
        os.mkfifo(nfqd.top + "/db/wire.db")
        start = time.monotonic()
        error = nfqd.status()["pcapmon"]["error"]
        expect_that("the status to name the FIFO, at once", "FIFO" in error and time.monotonic() < start + 5, error)
        os.remove(nfqd.top + "/db/wire.db")
