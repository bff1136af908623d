# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures with their goals, printed as they come, and once more as a table in markdown."""
import argparse
import datetime
import os
import platform
import re
import sys

from lab import LabError, missing


def processor():
    with open("/proc/cpuinfo") as f:
        name = re.search(r"^model name\s*: (.*)$", f.read(), re.M)
    return "%s, %d processors" % (name[1] if name else platform.machine(), os.cpu_count())


class Table:
    def __init__(self, command):
        self.rows = []
        self.head = "`%s`; Linux %s; %s; %s" % (command, platform.release(), processor(),
                                                datetime.date.today().isoformat())
        print(self.head, flush=True)

    def add(self, what, figure, goal, note, met):
        """met: None where there is no goal."""
        said = {True: "met", False: "NOT met", None: ""}[met]
        self.rows.append((what, figure, goal, said, note))
        print("%-96s %12s   %-10s %-8s %s" % (what, figure, goal, said, note), flush=True)

    def at_least(self, what, figure, goal, note, met=True):
        self.add(what, "%.2f" % figure, ">= %.2f" % goal, note, met and figure >= goal)

    def at_most(self, what, figure, goal, note):
        self.add(what, "%.3g" % figure, "<= %g" % goal, note, figure <= goal)

    def markdown(self):
        lines = ["| " + " | ".join(row) + " |" for row in
                 [("what", "figure", "goal", "", "note"), ("---",) * 5, *self.rows]]
        return self.head + "\n\n" + "\n".join(lines) + "\n"

    def write(self, path, program):
        """Puts the table into a page, in place of the one that stands there between the marks of this program."""
        begin, end = "<!-- %s -->\n" % program, "<!-- end of %s -->\n" % program
        with open(path) as f:
            page = f.read()
        if begin not in page or end not in page:
            raise LabError("%s has no lines \"%s\" and \"%s\"" % (path, begin.strip(), end.strip()))
        before, rest = page.split(begin, 1)
        with open(path, "w") as f:
            f.write(before + begin + self.markdown() + end + rest.split(end, 1)[1])


def run_rows(program, usage, command, place, bench, rows):
    """The main program of a bench with many figures. `usage`: its usage text; `place()` makes the surroundings of all
    figures; each of `rows`, or of those that are named, is called with bench(place, full, table)."""
    arguments = argparse.ArgumentParser(usage=usage.split("usage: ")[1].split("\n")[0])
    arguments.add_argument("--full", action="store_true")
    arguments.add_argument("--markdown")
    arguments.add_argument("words", nargs="*")
    options = arguments.parse_args()
    try:
        why = missing()
        if why:
            raise LabError(why)
        table = Table(command + (" FULL=1" if options.full else ""))
        with place() as where:
            all_of_it = bench(where, options.full, table)
            for row in rows:
                if not options.words or any(word in row.__name__ for word in options.words):
                    row(all_of_it)
        if options.markdown:
            table.write(options.markdown, program + ".py")
    except LabError as error:
        print("%s: %s" % (program, error), file=sys.stderr)
        sys.exit(1)
