# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the benches compare, and the flood that each of them gets.

    bots 10.64.0.0/14 - router 10.1.200.50 ---- lan1 | gateway | wan0 -- outside
    mail 10.1.0.25 ------------------ switch -- lan0 |         |

The bots stand behind a router, as a provider's subscribers do: the gateway has one route to all of them and one
neighbour. (As neighbours of the gateway's own they would not exist, and for each reset that `stranger reject` sends the
kernel would try to find a neighbour. That is no cost of a gateway.) The generator writes to the router's end of the
link, so a packet crosses one veth pair and is in the gateway; it is bound to the first processor, and the kernel
handles what it sends there, too.
"""
import contextlib
import os
import re
import subprocess
import time

from check import eventually
from daemons import BUILD, Nfqd
from lab import run
from test_shield import recorded

FLOOD = os.path.join(BUILD, "bench/flood")
DROP_ALL = os.path.join(BUILD, "bench/drop_all")
BOTS = "10.64.0.0"
POLICY = "lan 10.64.0.0/14\nstranger drop\nallow 10.1.0.25\n"


def prepare(lab):
    """The route to the bots, and the one neighbour that they stand behind."""
    lab.gateway.ip("route add 10.64.0.0/14 via 10.1.200.50 dev lan1\n"
                   "neigh replace 10.1.200.50 lladdr 02:00:00:00:01:50 dev lan1 nud permanent")


class Flood:
    """The figures of a flood: .packets, .seconds that passed, .cpu seconds of the generator, and .counts of each source
    if asked for."""

    def __init__(self, text):
        first, *rest = text.splitlines()
        words = first.split()
        self.packets, self.seconds, self.cpu = int(words[0]), float(words[3]), float(words[6])
        self.counts = {address: int(count) for address, count in map(str.split, rest)}

    @staticmethod
    def command(lab, sources, seconds=0, packets=10**12, per_second=0, counts=False, destinations=200):
        words = lab.gateway.sh("ip", "link", "show", "lan1").split()
        return ["taskset", "-c", "0", FLOOD, *(["-c", "-u"] if counts else []), "-t", str(seconds), "eth0",
                words[words.index("link/ether") + 1], BOTS, str(sources), "203.0.113.1", str(destinations),
                str(packets), str(per_second)]

    @staticmethod
    def run(lab, sources, **options):
        return Flood(lab.annex.sh(*Flood.command(lab, sources, **options), timeout=600))


class HandWritten:
    """The rule that people write by hand, in the hook that they write it for or in the shield's."""

    HOOKS = {"forward": "forward priority 0", "raw": "prerouting priority -300"}

    def __init__(self, lab, hook):
        self.lab = lab
        self.hook = hook

    def __enter__(self):
        self.lab.gateway.sh("nft", "-f", "-", text="""
            table ip bench {
                set listed { type ipv4_addr; elements = { 10.1.0.25 }; }
                chain c {
                    type filter hook %s; policy accept;
                    ip saddr != @listed tcp dport 25 counter drop
                }
            }""" % self.HOOKS[self.hook])
        return self

    def __exit__(self, *unused):
        self.lab.gateway.sh("nft", "delete", "table", "ip", "bench")

    def handled(self):
        return int(re.search(r"counter packets (\d+)", self.lab.gateway.sh("nft", "list", "table", "ip", "bench"))[1])


def verdicts(lab, number):
    """Packets of a queue that have their verdict: those that the kernel numbered, without those that still wait."""
    for line in lab.gateway.sh("cat", "/proc/net/netfilter/nfnetlink_queue").splitlines():
        columns = [int(word) for word in line.split()]
        if columns[0] == number:
            return columns[7] - columns[2]
    return 0


class Smallest:
    """The smallest queue program (drop_all.c), behind the smallest rule that a queue needs."""

    RULE = "FORWARD -p tcp --dport 25 -j NFQUEUE --queue-num 26".split()

    def __init__(self, lab, *options):
        self.lab = lab
        self.options = options

    def __enter__(self):
        self.process = self.lab.start(self.lab.gateway, [DROP_ALL, "26", *self.options], stdout=subprocess.PIPE)
        self.process.stdout.readline()
        self.lab.gateway.sh("iptables", "-t", "mangle", "-A", *self.RULE)
        return self

    def __exit__(self, *unused):
        self.lab.gateway.sh("iptables", "-t", "mangle", "-D", *self.RULE)
        self.lab.stop(self.process)

    def handled(self):
        return verdicts(self.lab, 26)


class Gate(Nfqd):
    """nfqd as it is installed; `handled` counts what the shield and the gate have refused."""

    def __init__(self, lab, policy=POLICY):
        super().__init__(lab, policy)

    def shielded(self):
        text = self.space.run("nft", "-t", "list", "table", "inet", "nfqd_shield", check=False).stdout
        return {name: int(n) for name, n in re.findall(r"counter (\w+) {\s+packets (\d+)", text)}

    def handled(self):
        return sum(self.shielded().values()) + verdicts(self.lab, 26)

    def processes(self):
        """Pids of all our processes."""
        children = run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], check=False).stdout.split()
        return [self.process.pid, *map(int, children)]

    def cpu(self):
        """Seconds of processor time of all our processes, and of the tools that they have run."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(FileNotFoundError):  # a finished tool: its time is in the supervisor's
                with open("/proc/%d/stat" % pid) as f:
                    ticks += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """MiB, with what processes share counted once (PSS)."""
        kib = 0
        for pid in self.processes():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open("/proc/%d/smaps_rollup" % pid) as f:
                    kib += int(re.search(r"^Pss: +(\d+)", f.read(), re.M)[1])
        return kib / 1024

    def settle(self, seconds=60):
        """Until the log has everything that the kernel has counted; the report, with the first 10,000 hosts."""
        def look():
            time.sleep(1)  # the log comes once a second, with many sources every five
            report = self.report("--top", "1")
            return (recorded(report["totals"]) + report["missing"],
                    sum(self.shielded().values()) + self.status()["rules"]["openings"]["stranger"])
        eventually(seconds, "the log to have all that the kernel counted", look, lambda seen: seen[0] >= seen[1])
        return self.report("--top", "10000")


def measure(lab, contender, sources, seconds):
    """Packets that a contender handles of a flood: (a second, a second of the generator's processor)."""
    before = contender.handled()
    flood = Flood.run(lab, sources, seconds=seconds)
    handled = contender.handled() - before
    return handled / flood.seconds, handled / flood.cpu
