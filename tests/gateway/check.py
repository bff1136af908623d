# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests with names: `ok NAME`, `FAIL NAME: expected ..., got ...`, `skip NAME: why`, and a last line with the sums."""
import os
import sys
import time
import traceback

# Factor for all time limits: tests/vm/run sets it for a machine that is emulated.
PATIENCE_FACTOR = float(os.environ.get("PATIENCE_FACTOR") or 1)
EMULATED = PATIENCE_FACTOR >= 4  # a machine that takes very long for everything
running = None  # the name of the running test
TESTS = []  # (name, function), in the order of the files


class Failed(Exception):
    pass


class Skip(Exception):
    pass


def test(function):
    """Decorator: the function's name is the test's name, and it takes the laboratory."""
    TESTS.append((function.__name__.replace("_", "-"), function))
    return function


def brief(function):
    """Decorator, below `test`: it takes a few seconds, and `make check` runs it, too; `make check-all` runs all."""
    function.brief = True
    return function


def expect(what, expected, got):
    """Fails unless got == expected."""
    if got != expected:
        raise Failed("expected %s %s, got %s" % (what, expected, got))


def expect_that(condition, expected, got):
    """Fails unless the condition holds; the texts say what it is about."""
    if not condition:
        raise Failed("expected %s, got %s" % (expected, got))


def eventually(seconds, expected, look, good):
    """Calls look() until good(what it returned), and returns that; fails after so many seconds (of a machine at full
    speed)."""
    seconds *= PATIENCE_FACTOR
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if good(seen):
            return seen
        if time.monotonic() > end:
            raise Failed("expected %s within %g s, got %s" % (expected, seconds, seen))
        time.sleep(0.05)


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.bad = set()  # names of tests that have failed

    def run(self, name, function, *arguments):
        global running
        running = name
        start = time.monotonic()
        try:
            function(*arguments)
        except Skip as why:
            self.skip(name, why)
        except Failed as failure:
            self.fail(name, failure)
        except Exception as error:
            self.fail(name, "expected no error in the test, got %s: %s" % (type(error).__name__, error))
            traceback.print_exc()
        else:
            self.passed += 1
            seconds = " (%.1f s)" % (time.monotonic() - start) if os.environ.get("V") == "1" else ""
            print("ok %s%s" % (name, seconds), flush=True)

    def fail(self, name, text):
        self.failed += 1
        self.bad.add(name)
        print("FAIL %s: %s" % (name, text), flush=True)

    def skip(self, name, why):
        """With CI=true every test must run: one that cannot has failed."""
        if os.environ.get("CI") == "true":
            self.fail(name, "expected no skipped test with CI=true, got: %s" % why)
        else:
            self.skipped += 1
            print("skip %s: %s" % (name, why), flush=True)

    def end(self):
        """Prints the last line and ends the program."""
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped), flush=True)
        sys.exit(1 if self.failed else 0)
