# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that goes on in a thread of its own while a test does something else."""
import threading


class Meanwhile:
    """As `with`: `run` goes on until the end of the block, or end(). It is to stop when `ending` is set."""

    def __init__(self, run):
        self.ending = threading.Event()
        self.thread = threading.Thread(target=run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.end()

    def end(self):
        self.ending.set()
        self.thread.join()
