# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of pcapmon. On an interface: a flood of openings against pmacctd with its SQLite plug-in, mixed traffic
against tcpdump, and the memory that many hosts take. Of a capture file: the same mixed traffic, against tcpdump and
tshark. Two namespaces and a cable between them; the generator is bound to the first processor. Compared programs take
turns; a ratio is the median of the rounds' own. Processor time is that of all the processes of a program.

usage: tests/bench/pcapmon.py [--full] [--markdown FILE] [WORD...]
--full: a minute of mixed traffic and a capture of 10,000,000 packets, as the goals want them (some 20 minutes; the
capture takes 1.2 GB of TMPDIR); without, some 8 minutes. --markdown: puts the table into that page, too.
WORD: only the rows whose function's name has one of the words.
"""
import contextlib
import os
import re
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))

from contenders import FLOOD  # noqa: E402
from daemons import BUILD, PCAPMON  # noqa: E402
from lab import PREFIX, LabError, Namespace, remove_namespace  # noqa: E402
from lab import run as run_command  # noqa: E402
from table import run_rows  # noqa: E402

TABLE = ("CREATE TABLE acct (mac_src TEXT DEFAULT '', mac_dst TEXT DEFAULT '', ip_src TEXT, ip_dst TEXT DEFAULT '',"
         " src_port INT DEFAULT 0, dst_port INT DEFAULT 0, ip_proto TEXT DEFAULT '', packets INT, bytes BIGINT,"
         " stamp_inserted DATETIME DEFAULT '', stamp_updated DATETIME)")
CONFIGURATION = """\
daemonize: false
pcap_interface: watched
promisc: true
aggregate: src_host
plugins: sqlite3
sql_db: {top}/acct.db
sql_table: acct
sql_table_version: 1
sql_refresh_time: 5
plugin_pipe_size: 134217728
plugin_buffer_size: 65536
"""
SOURCES = 5000
MIXED = os.path.join(BUILD, "bench/mixed")
PER_CONNECTION = 20  # packets, in mixed.c
TRAFFIC = 128000     # packets after which all its connections are over, and exactly 1 % was mail
LADDER = [int(20000 * 1.25 ** n) for n in range(16)]


class Cable:
    """Two namespaces: frames sent into `cable` come out of `watched`, addressed to nobody there."""

    def __enter__(self):
        self.spaces = [Namespace("%s%d-bench%d" % (PREFIX, os.getpid(), n)) for n in range(2)]
        self.near, self.far = self.spaces
        for space in self.spaces:
            for name in ("all", "default"):
                space.sysctl("ipv6/conf/%s/disable_ipv6" % name, 1)
        self.near.ip("link add cable type veth peer name watched netns %s\nlink set cable up" % self.far.name)
        self.far.ip("link set watched up")
        return self

    def __exit__(self, *unused):
        for space in self.spaces:
            os.close(space.fd)
            remove_namespace(space.name)

    def run(self, argv):
        with self.near:
            process = subprocess.Popen(["taskset", "-c", "0", *argv], stdout=subprocess.PIPE, text=True)
        output = process.communicate()[0]
        if process.returncode != 0:
            raise LabError("%s failed" % argv[0])
        return output

    def flood(self, packets, rate=0, sources=SOURCES, first="10.64.0.0", port=25, wait=True):
        argv = ["taskset", "-c", "0", FLOOD, "-p", str(port), "cable", "02:00:00:00:00:99", first, str(sources),
                "203.0.113.1", "200", str(packets), str(rate)]
        with self.near:
            process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        return process.communicate()[0] if wait else process


class Program:
    """A program on the watched interface, in a folder of its own. After the end: .cpu seconds, .output."""

    settle = 1  # seconds from the last packet until it has read all

    def __init__(self, cable):
        self.cable = cable

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="bench-")
        os.chmod(self.top, 0o777)
        self.log = open(self.top + "/log", "w+")
        with self.cable.far:
            self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log, cwd=self.top)
        time.sleep(1.5)
        return self

    def end(self):
        """Waits for it to read all, and stops it: (processor seconds, openings counted)."""
        time.sleep(self.settle)
        before = self.cpu()
        self.process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = status
        self.log.seek(0)
        self.output = self.log.read()
        return max(before, usage.ru_utime + usage.ru_stime), self.counted()

    def ran(self):
        """Processor seconds of the process itself so far, exactly."""
        total = 0
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/schedstat" % (self.process.pid, task)) as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def cpu(self):
        """So far, with the processes that it started: it may not wait for them at its end."""
        ticks = 0
        for pid in [self.process.pid, *run_command(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                                                   check=False).stdout.split()]:
            with contextlib.suppress(FileNotFoundError), open("/proc/%s/stat" % pid) as f:
                ticks += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *unused):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.top)


class Pcapmon(Program):
    def command(self):
        return [PCAPMON, "-i", "watched", "--db", self.top + "/db"]

    def counted(self):
        return int(re.search(r"(\d+) SYNs", self.output)[1])

    def memory(self):
        """MiB, with shared memory divided among its users (PSS)."""
        with open("/proc/%d/smaps_rollup" % self.process.pid) as f:
            return int(re.search(r"^Pss: +(\d+)", f.read(), re.M)[1]) / 1024


class Pmacctd(Program):
    settle = 6  # its plug-in writes every 5 s, and what it holds at the end

    def command(self):
        with sqlite3.connect(self.top + "/acct.db") as db:
            db.execute(TABLE)
        with open(self.top + "/conf", "w") as f:
            f.write(CONFIGURATION.format(top=self.top))
        return ["pmacctd", "-f", self.top + "/conf"]

    def counted(self):
        """When no more come: a writer of its own may outlive it."""
        rows, before = 0, -1
        while rows != before:
            time.sleep(1)
            with sqlite3.connect(self.top + "/acct.db", timeout=60) as db:
                rows, before = db.execute("SELECT total(packets) FROM acct").fetchone()[0], rows
        return int(rows)


class Tcpdump(Program):
    def command(self):
        return ["tcpdump", "-i", "watched", "-w", "/dev/null", "tcp port 25"]

    def counted(self):
        return int(re.search(r"(\d+) packets captured", self.output)[1])


def run(cable, kind, packets, rate):
    """(processor seconds, how many of the openings were lost)."""
    with kind(cable) as program:
        cable.flood(packets, rate)
        cpu, counted = program.end()
    return cpu, packets - counted


def per_packet(bench):
    if not shutil.which("pmacctd"):
        print("pmacctd is not installed (contrib/install-deps --bench): no row against it")
        return
    cable, table, rounds, seconds = bench.cable, bench.table, bench.rounds, bench.seconds
    rate = 20000
    packets = rate * seconds
    turns = [{kind: run(cable, kind, packets, rate) for kind in (Pcapmon, Pmacctd)} for _ in range(rounds)]
    lost = {kind: max(turn[kind][1] for turn in turns) for kind in (Pcapmon, Pmacctd)}
    cost = {kind: statistics.median(turn[kind][0] / packets * 1e6 for turn in turns) for kind in lost}
    table.at_most("openings of %d sources, %d a second: processor time for each, against pmacctd with SQLite"
                  % (SOURCES, rate), statistics.median(turn[Pcapmon][0] / turn[Pmacctd][0] for turn in turns), 0.5,
                  "%.2f us to %.2f us; lost %d and %d" % (cost[Pcapmon], cost[Pmacctd], lost[Pcapmon], lost[Pmacctd]))


def highest(cable, kind, seconds):
    """The last rate of the ladder before the first with a loss, and whether that is its end."""
    best = 0
    for rate in LADDER:
        if run(cable, kind, rate * seconds, rate)[1] > 0:
            return best, False
        best = rate
    return best, True


def without_loss(bench):
    if not shutil.which("pmacctd"):
        return
    cable, table, seconds = bench.cable, bench.table, bench.seconds
    (ours, end), (theirs, _) = highest(cable, Pcapmon, seconds), highest(cable, Pmacctd, seconds)
    if theirs == 0:
        table.add("openings a second without loss, against pmacctd", "-", ">= 1.5",
                  "%s%d to less than %d" % (">= " if end else "", ours, LADDER[0]), ours > 0)
    else:
        table.at_least("openings a second without loss, against pmacctd", ours / theirs, 1.5,
                       "%s%d to %d" % (">= " if end else "", ours, theirs))


def mixed_once(cable, kind, packets, rate):
    """({what: processor seconds}, how many of mail were lost). Steady: from 1.5 s after the start to a second after the
    last packet. All: from its start to its end."""
    with kind(cable) as program:
        before = program.ran()
        mail = int(cable.run([MIXED, "-i", "cable", str(packets), str(rate)]))
        time.sleep(program.settle)
        steady = program.ran() - before
        everything, counted = program.end()
    wanted = mail // PER_CONNECTION if kind is Pcapmon else mail
    return {"steady": steady, "all": everything, "rest": everything - steady}, wanted - counted


def mixed(bench):
    rate, seconds = 100000, 60 if bench.full else 12
    packets = rate * seconds // TRAFFIC * TRAFFIC
    seconds = packets / rate
    turns = [{kind: mixed_once(bench.cable, kind, packets, rate) for kind in (Pcapmon, Tcpdump)}
             for _ in range(bench.rounds)]
    lost = "lost %d and %d" % tuple(max(turn[kind][1] for turn in turns) for kind in (Pcapmon, Tcpdump))
    for what, key, goal in (
            ("mixed traffic, {:,} packets a second, 1 % mail: processor time against tcpdump 'tcp port 25'", "all",
             1.5),
            ("the same without start and end", "steady", None)):
        ratio = statistics.median(turn[Pcapmon][0][key] / turn[Tcpdump][0][key] for turn in turns)
        ours, theirs = (1e3 * statistics.median(turn[kind][0][key] for turn in turns) for kind in (Pcapmon, Tcpdump))
        if goal is None:
            bench.table.add(what, "%.3g" % ratio, "shown", "%.1f ms to %.1f ms a minute" % (
                ours * 60 / seconds, theirs * 60 / seconds), None)
        else:
            rest = [1e3 * statistics.median(turn[kind][0]["rest"] for turn in turns) for kind in (Pcapmon, Tcpdump)]
            bench.table.at_most(what.format(rate), ratio, goal, "%.0f ms to %.0f ms in %.0f s, of which start and end"
                                " %.0f and %.0f ms; %s" % (ours, theirs, seconds, *rest, lost))


def memory(bench):
    """100,000 hosts that open twice, then 1,000,000 sources that nobody has seen."""
    most = 0
    with Pcapmon(bench.cable) as program:
        for packets, sources, first in ((200000, 100000, "10.64.0.0"), (1000000, 1000000, "11.0.0.0")):
            flood = bench.cable.flood(packets, 20000, sources, first, wait=False)
            while flood.poll() is None:
                most = max(most, program.memory())
                time.sleep(0.2)
            flood.communicate()
        time.sleep(2)
        most = max(most, program.memory())
        _, counted = program.end()
    bench.table.at_most("MiB that pcapmon holds at most: 100,000 hosts, then 1,000,000 spoofed sources", most, 64,
                  "%d SYNs of hosts that are told apart" % counted)


def spent(argv):
    """(seconds, processor seconds) of a whole process, which must not fail."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise LabError("%s failed" % argv[0])
    return (time.monotonic() - begin,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def against(bench, what, path, theirs, rounds, goal):
    ours = [PCAPMON, "-r", path, "--json"]
    turns = [[spent(argv) for argv in (ours, theirs)] for _ in range(rounds)]
    ratios = [statistics.median(turn[0][n] / turn[1][n] for turn in turns) for n in range(2)]
    seconds = [statistics.median(turn[n][0] for turn in turns) for n in range(2)]
    bench.table.at_most(what, ratios[0], goal, "%.2f s to %.2f s; by processor time %.3g" % (*seconds, ratios[1]))


def capture(bench):
    packets = 10000000 if bench.full else 1000000
    with tempfile.TemporaryDirectory(prefix="bench-") as top:
        path = top + "/mixed.pcap"
        subprocess.run([MIXED, path, str(packets)], stdout=subprocess.DEVNULL, check=True)
        against(bench, "capture of {:,} packets, 1 % mail: time against tcpdump -r 'tcp port 25'".format(packets), path,
                ["tcpdump", "-r", path, "-w", "/dev/null", "tcp port 25"], bench.rounds, 1.3)
        if not shutil.which("tshark"):
            print("tshark is not installed (contrib/install-deps --bench): no row against it")
            return
        spent(["tshark", "--version"])  # its files are in memory then
        against(bench, "the same capture, against tshark -r -Y tcp.flags.syn==1", path,
                ["tshark", "-n", "-r", path, "-Y", "tcp.flags.syn==1"], 1, 0.02)


class Bench:
    def __init__(self, cable, full, table):
        self.cable = cable
        self.full = full
        self.table = table
        self.rounds = 3
        self.seconds = 5


ROWS = [per_packet, without_loss, mixed, capture, memory]


if __name__ == "__main__":
    run_rows("pcapmon", __doc__, "make bench ONLY=pcapmon", Cable, Bench, ROWS)
