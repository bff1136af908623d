# SPDX-License-Identifier: GPL-3.0-or-later
"""What pcapmon costs on an interface: a flood of openings against pmacctd with its SQLite plug-in, mixed traffic against
tcpdump, and the memory that many hosts take. Two namespaces and a cable between them; the generator is bound to the
first processor. What is compared takes turns; a ratio is the median of the rounds' own. Processor time is that of all
the processes of a program, from its start to its end.
usage: tests/bench/live.py [ROUNDS [SECONDS]]
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))

from contenders import FLOOD  # noqa: E402
from daemons import PCAPMON  # noqa: E402
from lab import PREFIX, Namespace, remove_namespace  # noqa: E402
from lab import run as run_command  # noqa: E402
from table import Table  # noqa: E402

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
LADDER = [int(20000 * 1.25 ** n) for n in range(16)]


class Cable:
    """Two namespaces: what is sent into `cable` comes out of `watched`, addressed to nobody there."""

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
        """MiB: private, and a share of what is shared."""
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


def per_packet(cable, table, rounds, seconds):
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


def without_loss(cable, table, seconds):
    (ours, end), (theirs, _) = highest(cable, Pcapmon, seconds), highest(cable, Pmacctd, seconds)
    if theirs == 0:
        table.add("openings a second without loss, against pmacctd", "-", ">= 1.5",
                  "%s%d to less than %d" % (">= " if end else "", ours, LADDER[0]), ours > 0)
    else:
        table.at_least("openings a second without loss, against pmacctd", ours / theirs, 1.5,
                       "%s%d to %d" % (">= " if end else "", ours, theirs))


def connection(number):
    """20 frames: a handshake, and data either way."""
    client, server = socket.inet_aton("10.64.0.%d" % (number % 50 + 1)), socket.inet_aton("203.0.113.7")
    sport, out, back = 20000 + number // 50 % 40000, 1000 * number & 0xffffffff, 7
    for k in range(20):
        from_client = k in (0, 2) or (k > 2 and k % 3 != 0)
        ports, ends = ((sport, 25), (client, server)) if from_client else ((25, sport), (server, client))
        seq, ack = (out + (k > 0), back + 1) if from_client else (back + (k > 1), out + 1)
        tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack if k else 0, 5 << 4, {0: 2, 1: 0x12}.get(k, 0x10), 64240, 0, 0)
        yield (bytes.fromhex("0200000000990200000000fe0800") +
               struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, *ends) + tcp)


def send_mail(cable, per_second, seconds):
    """So many packets of mail connections."""
    with cable.near:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with wire:
        wire.bind(("cable", 0))
        begin = time.monotonic()
        for number in range(per_second * seconds // 20):
            for packet in connection(number):
                wire.send(packet)
            time.sleep(max(0, begin + number * 20 / per_second - time.monotonic()))


def mixed(cable, table, rounds, seconds):
    """1 % mail, in connections of 20 packets, among packets to port 443."""
    rate, seconds = 100000, 4 * seconds
    turns = []
    for _ in range(rounds):
        turns.append({})
        for kind in (Pcapmon, Tcpdump):
            with kind(cable) as program:
                bulk = cable.flood(rate * seconds, rate, port=443, wait=False)
                send_mail(cable, rate // 100, seconds)
                bulk.communicate()
                cpu, counted = program.end()
            turns[-1][kind] = cpu, rate // 100 * seconds // (20 if kind is Pcapmon else 1) - counted
    table.at_most("mixed traffic, %d packets a second, 1 %% mail: processor time against tcpdump 'tcp port 25'" % rate,
                  statistics.median(turn[Pcapmon][0] / turn[Tcpdump][0] for turn in turns), 1.5,
                  "%.0f ms to %.0f ms in %d s; lost %d and %d" % (
                      *(1e3 * statistics.median(turn[kind][0] for turn in turns) for kind in (Pcapmon, Tcpdump)),
                      seconds, *(max(turn[kind][1] for turn in turns) for kind in (Pcapmon, Tcpdump))))


def memory(cable, table):
    """100,000 hosts that open twice, then 1,000,000 sources that nobody has seen."""
    most = 0
    with Pcapmon(cable) as program:
        for packets, sources, first in ((200000, 100000, "10.64.0.0"), (1000000, 1000000, "11.0.0.0")):
            flood = cable.flood(packets, 20000, sources, first, wait=False)
            while flood.poll() is None:
                most = max(most, program.memory())
                time.sleep(0.2)
            flood.communicate()
        time.sleep(2)
        most = max(most, program.memory())
        _, counted = program.end()
    table.at_most("MiB that pcapmon holds at most: 100,000 hosts, then 1,000,000 spoofed sources", most, 64,
                  "%d SYNs of hosts that are told apart" % counted)


def main(rounds=3, seconds=5):
    if os.geteuid() != 0:
        sys.exit("live.py: needs root")
    table = Table("tests/bench/live.py %d %d" % (rounds, seconds))
    with Cable() as cable:
        if shutil.which("pmacctd"):
            per_packet(cable, table, rounds, seconds)
            without_loss(cable, table, seconds)
        else:
            print("pmacctd is not installed (contrib/install-deps --bench): no row against it")
        mixed(cable, table, rounds, seconds)
        memory(cable, table)


main(*map(int, sys.argv[1:3]))
