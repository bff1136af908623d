# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs files of tests side by side: each worker is the same program again, and takes a file whenever it has none."""
import os
import re
import signal
import subprocess
import sys
import threading

QUEUE = "GATEWAY_QUEUE"  # in a worker's environment: the descriptor of the pipe that holds the files' names
RECORD = 32  # bytes of a name in that pipe: so many are read at once, by one worker
SUMS = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$")


def queue():
    """In a worker: an iterator over the files that it takes. None in the program that was called."""
    if QUEUE not in os.environ:
        return None
    descriptor = int(os.environ[QUEUE])
    os.set_inheritable(descriptor, False)
    return (name.decode().strip() for name in iter(lambda: os.read(descriptor, RECORD), b""))


def pass_on(worker, tally, lock):
    """Prints what a worker prints, a test's lines at once, and adds its sums, which come last."""
    lines, sums = [], None
    for line in worker.stdout:
        sums = SUMS.match(line)
        if lines and line.startswith(("ok ", "FAIL ", "skip ")):
            with lock:
                print("".join(lines), end="", flush=True)
            lines = []
        lines += [] if sums else [line]
    with lock:
        print("".join(lines), end="", flush=True)
        status = worker.wait()
        if sums and status in (0, 1):
            tally.passed, tally.failed, tally.skipped = (
                a + int(b) for a, b in zip((tally.passed, tally.failed, tally.skipped), sums.groups()))
        else:
            tally.fail("worker", "expected a last line of sums, got exit status %d" % status)


def interrupted(number, frame):
    raise SystemExit(128 + number)


def run(files, jobs, words, tally):
    """Runs the tests of the files in so many workers, to the end, and adds their sums to the tally. A signal that ends
    this program ends the workers first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    take, give = os.pipe()
    os.write(give, b"".join(file.encode().ljust(RECORD) for file in files))
    os.close(give)
    running = [subprocess.Popen([sys.executable, *sys.argv[:1], *words], env={**os.environ, QUEUE: str(take)}, text=True,
                                pass_fds=[take], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(jobs)]
    os.close(take)
    lock = threading.Lock()
    readers = [threading.Thread(target=pass_on, args=(worker, tally, lock)) for worker in running]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:
        for worker in running:
            if worker.poll() is None:
                worker.terminate()
        for reader in readers:
            reader.join()
