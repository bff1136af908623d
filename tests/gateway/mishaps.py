# SPDX-License-Identifier: GPL-3.0-or-later
"""Accidents of a database file while its owner writes to it. Each function takes the path of the file."""
import os
import subprocess

GARBAGE = b"This is no database. " * 1000


def delete(path):
    for end in ("", "-wal", "-shm"):
        os.unlink(path + end)


def overwrite(path):
    """The same file, other bytes."""
    with open(path, "r+b") as f:
        f.write(GARBAGE)


def replace(path):
    """Another file of the same name."""
    with open(path + ".garbage", "wb") as f:
        f.write(GARBAGE)
    os.rename(path + ".garbage", path)


class SmallDisk:
    """A small file system for a database folder."""

    def __init__(self, folder, size="2m"):
        self.folder = folder
        self.size = size

    def __enter__(self):
        os.mkdir(self.folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + self.size, "nfqd-test", self.folder], check=True)
        return self

    def __exit__(self, *unused):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self):
        with open(self.folder + "/filler", "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"\0" * 4096)
            except OSError:
                pass

    def free(self):
        os.unlink(self.folder + "/filler")
