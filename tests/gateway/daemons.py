# SPDX-License-Identifier: GPL-3.0-or-later
"""nfqd and pcapmon on the laboratory's gateway."""
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import time

from check import PATIENCE_FACTOR, Failed, Skip, eventually
from lab import LAN

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
NFQD = os.path.join(BUILD, "bin/nfqd")
PCAPMON = os.path.join(BUILD, "bin/pcapmon")



def shim(name):
    """A library to preload (tests/shim)."""
    path = os.path.join(BUILD, "shim", name + ".so")
    if not os.path.exists(path):
        raise Skip("%s is not built (make shim)" % path)
    return path


CAP_NET_ADMIN, CAP_NET_RAW = 1 << 12, 1 << 13


def rights(pid):
    """What a process may do."""
    with open("/proc/%d/status" % pid) as f:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    found = {name: int(fields[name], 16) for name in no_rights_but(0) if name in fields}
    return {**found, "root": "0" in fields["Uid"].split() + fields["Gid"].split() + fields["Groups"].split()}


def no_rights_but(capability):
    """It may not get others, and its system calls are filtered."""
    return {"CapInh": 0, "CapPrm": capability, "CapEff": capability, "CapBnd": capability, "CapAmb": 0, "NoNewPrivs": 1,
            "Seccomp": 2, "root": False}


class Clock:
    """The wall clock of nfqd and pcapmon, ahead of the machine's by so many seconds; the machine's is never touched."""

    STEPS = 16384  # as in tests/shim/clock.c
    HEADER = 24

    def __init__(self, lab):
        self.path = os.path.join(lab.directory, "clock-%d" % time.monotonic_ns())
        self.count = 0
        with open(self.path, "wb") as f:
            f.truncate(self.HEADER + 16 * self.STEPS)
        self.environment = {"LD_PRELOAD": shim("clock"), "STEP_CLOCK": self.path}

    def step(self, seconds, suspended=0):
        """Frames that were captured before keep the step of their time; past STEPS steps they get the last of these.
        `suspended`: so many of these seconds have passed while the machine was suspended."""
        step = int(seconds * 1000000)
        with open(self.path, "r+b", buffering=0) as f:
            if self.count < self.STEPS:
                f.seek(self.HEADER + 16 * self.count)
                f.write(struct.pack("qq", time.time_ns() // 1000, step))
                self.count += 1
            f.seek(0)
            f.write(struct.pack("qqq", step, self.count, int(suspended * 1000000)))


SETTINGS = """\
lan       {lan}
queue     25{workers}
user      {user}
database  "{top}/db"
control   "{top}/control.sock"
{backend}
"""


def settings(top, user, workers=1):
    """The lines that every configuration here begins with. NFQD_BACKEND names a kernel back end to test. Ports stand
    in the policy if they are not the default."""
    backend = os.environ.get("NFQD_BACKEND")
    return SETTINGS.format(lan=" ".join(LAN), top=top, user=user, backend="backend " + backend if backend else "",
                           workers=" workers %d" % workers if workers > 1 else "")


def ruleset(space):
    """Everything a packet filter holds in a namespace, without counters and seeds, as lines."""
    lines = []
    for argv in (["iptables-save"], ["ip6tables-save"], ["ipset", "save"], ["nft", "list", "ruleset"]):
        for line in space.sh(*argv).splitlines():
            line = re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+|(timeout|hashsize|initval) \w+", "", line)
            # Sources that the shield has counted are no rules.
            if line and not line.startswith("#") and " expires " not in line:
                lines.append("%s: %s" % (argv[0], line))
    return lines


ADMINISTRATOR = """
iptables -N admin
iptables -A admin -p tcp --dport 445 -j DROP
iptables -A FORWARD -m comment --comment administrator -j admin
ip6tables -A FORWARD -p tcp --dport 445 -m comment --comment administrator -j DROP
iptables -t mangle -A FORWARD -p udp --dport 5060 -j MARK --set-mark 7
ip6tables -t mangle -A FORWARD -p udp --dport 5060 -j MARK --set-mark 7
iptables -t raw -A PREROUTING -p udp --dport 5353 -j ACCEPT
ipset create admin hash:net
ipset add admin 100.64.9.0/24
iptables -A FORWARD -m set --match-set admin src -j DROP
nft add table inet admin
nft add chain inet admin forward { type filter hook forward priority 10 ; }
nft add rule inet admin forward udp dport 9 counter drop
"""
BUILT_IN = {"filter": "INPUT FORWARD OUTPUT", "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING",
            "nat": "PREROUTING INPUT OUTPUT POSTROUTING", "raw": "PREROUTING OUTPUT"}


def administer(lab):
    """Rules of an administrator's, loaded before nfqd's in every table that our back ends may use. (The policies only
    make iptables create a built-in chain, which it would otherwise do at the first rule there of ours or of another
    test, and keep for ever.)"""
    for tool in ("iptables", "ip6tables"):
        for table, chains in BUILT_IN.items():
            for chain in chains.split():
                lab.gateway.sh(tool, "-t", table, "-P", chain, "ACCEPT")
    for line in ADMINISTRATOR.strip().split("\n"):
        lab.gateway.sh(*line.split())
    lab.rules = ruleset(lab.gateway)


class Nfqd:
    """nfqd with a policy (the lines after the common settings). As `with Nfqd(lab, policy) as nfqd:` it runs, and on
    the way out it is stopped and its rules are removed; on a gateway with rules of an administrator's (see administer)
    all must then be as it was."""

    count = 0

    def __init__(self, lab, policy, arguments=(), user="nobody", workers=1, within=(),
                 environment=None):
        """`within`: words before its command line that lead to another surrounding."""
        Nfqd.count += 1
        self.within = list(within)
        self.environment = environment or {}
        self.report_arguments = ()
        self.lab = lab
        self.space = lab.gateway
        self.top = os.path.join(lab.directory, "nfqd-%d" % Nfqd.count)
        os.mkdir(self.top, 0o755)
        self.file = os.path.join(self.top, "nfqd.conf")
        self.arguments = arguments
        self.process = None
        self.ready = False
        self.user = user
        self.workers = workers
        self.write(policy)

    def write(self, policy):
        """Replaces the configuration; does not notify a running daemon."""
        with open(self.file + ".new", "w") as f:
            f.write(settings(self.top, self.user, self.workers) + policy)
        os.rename(self.file + ".new", self.file)

    def run(self, subcommand, *arguments, **options):
        return self.space.run(*self.within, NFQD, subcommand, "-c", self.file, *arguments, **options)

    def start(self, timeout=10):
        """Returns when the daemon has said READY=1."""
        self.ready = False
        notify = os.path.join(self.top, "notify.sock")
        if os.path.exists(notify):
            os.unlink(notify)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(self.top + "/log", "a") as log:
            ready.bind(notify)
            ready.settimeout(0.1)
            self.process = self.lab.start(self.space, [*self.within, NFQD, "run", "-c", self.file, *self.arguments],
                                          stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                          env={**os.environ, **self.environment, "NOTIFY_SOCKET": notify})
            timeout *= PATIENCE_FACTOR
            end = time.monotonic() + timeout
            while True:
                try:
                    self.ready = "READY=1" in ready.recv(4096).decode().split("\n")
                    if self.ready:
                        return self
                except socket.timeout:
                    pass
                if self.process.poll() is not None:
                    raise Failed("expected nfqd to run, got exit status %d: %s" % (self.process.returncode, self.log()))
                if time.monotonic() > end:
                    raise Failed("expected READY=1 within %d s, got: %s" % (timeout, self.log()))

    def log(self):
        """The last lines of its log."""
        with open(self.top + "/log", errors="replace") as f:
            return f.read()[-1500:].strip()

    def stop(self, number=signal.SIGTERM):
        """Stops the daemon, leaves its rules, and returns its exit status."""
        return self.lab.stop(self.process, number)

    def __enter__(self):
        self.before = ruleset(self.space) if self.lab.rules else None
        return self.start()

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.stop()
        self.run("rules", "--remove", check=False)
        if kind is not None:
            if issubclass(kind, Exception):
                print("  nfqd's log: %s" % self.log().replace("\n", "\n  "))
            return
        after = ruleset(self.space) if self.lab.rules else None
        if after != self.before:
            raise Failed("expected the gateway's own rules and no others after `rules --remove`, got these changes: %s"
                         % sorted(set(after) ^ set(self.before)))

    def reload(self, policy):
        """Gives it another policy and returns the CompletedProcess of `nfqd reload`."""
        self.write(policy)
        return self.run("reload", check=False)

    def explain(self, src, dst, port=25, at=None):
        """(verdict, all the text) of `nfqd explain`."""
        more = ["--at", at] if at else []
        text = self.run("explain", src, dst, "--port", str(port), *more).stdout
        return (text.split() or ["nothing"])[0], text.strip()

    def status(self):
        return json.loads(self.run("status", "--json", check=False).stdout)

    def child(self, name):
        """A child's entry in the status; of several gates the first's."""
        return next(child for child in self.status()["children"] if child["name"] == name)

    def gates(self):
        """Each gate's entry among the children."""
        return [child for child in self.status()["children"] if child["name"] == "gate"]

    def report(self, *arguments):
        database = self.top + "/db"
        return json.loads(self.space.sh(NFQD, "report", "--db", database, "--since", "all", "--json",
                                        *(arguments or self.report_arguments), environment=self.environment))

    def lines(self, table, where="1", column="text"):
        """A column of a table in gate.db, read as anybody may."""
        with sqlite3.connect("file:%s/db/gate.db?mode=ro" % self.top, uri=True) as db:
            return [value for (value,) in db.execute("SELECT %s FROM %s WHERE %s" % (column, table, where))]

    def host(self, address, report=None):
        """A host's entry in the report; None if it is not there."""
        report = report or self.report()
        return next((host for host in report["hosts"] if host["host"] == address), None)

    def gate(self, address, report=None):
        """(attempts, blocked, allowed) of a host as the gate logged them."""
        host = self.host(address, report)
        gate = host and host["gate"]
        return (gate["attempts"], gate["blocked"], gate["allowed"]) if gate else (0, 0, 0)

    def wait_for_log(self, counts, seconds=2):
        """Fails unless the report has these {host: (attempts, blocked, allowed)} within so many seconds. IPv6 addresses
        of one device are one entry, which has their sums."""
        def sums(of, addresses):
            return [sum(numbers) for numbers in zip(*(of[address] for address in addresses))]

        def look():
            report = self.report()  # one reading: several are not of one moment
            seen = {address: self.gate(address, report) for address in counts}
            entries = [host["host"] for host in report["hosts"] if host.get("address_count", 1) > 1]
            joined = [a for a in counts if ":" in a and (a in entries or seen[a] == (0, 0, 0))]
            if set(entries) & set(joined) and sums(seen, joined) == sums(counts, joined):
                seen.update({address: counts[address] for address in joined})
            return seen
        eventually(seconds, "the report to count (attempts, blocked, allowed) as %s" % counts, look,
                   lambda seen: seen == counts)


class Pcapmon:
    """pcapmon on lan0 or other interfaces beside an nfqd, with the same policy and database directory."""

    def __init__(self, nfqd, *interfaces, within=(), follows=True, environment=None):
        """`within`: as for Nfqd. Unless it follows it has the same policy, but as if the gate were on another machine."""
        self.lab = nfqd.lab
        self.nfqd = nfqd
        self.log = open(nfqd.top + "/pcapmon.log", "w+")
        self.interfaces = interfaces or ("lan0",)
        named = [word for name in self.interfaces for word in ("-i", name)]
        self.file = nfqd.file if follows else nfqd.top + "/pcapmon.conf"
        if not follows:
            with open(nfqd.file) as f, open(self.file, "w") as copy:
                copy.write(f.read().replace("/control.sock", "/elsewhere.sock"))
        self.process = self.lab.start(self.lab.gateway, [*within, PCAPMON, *named, "-c", self.file, "--db", nfqd.top + "/db"],
                                      stdout=self.log, stderr=self.log, env={**os.environ, **(environment or {})})

    def __enter__(self):
        """Returns when the captures are open: the kernel lists their packet sockets."""
        eventually(5, "pcapmon to open its capture", self.listening, bool)
        return self

    def listening(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise Failed("expected pcapmon to run, got exit status %d: %s" % (self.process.returncode, self.log.read()))
        with open("/proc/%d/net/packet" % self.process.pid) as f:
            sockets = [line.split() for line in f.readlines()[1:]]
        with open(self.nfqd.top + "/pcapmon.log") as f:
            watching = "watching " in f.read()  # it has opened its database, too
        running = sum(fields[5] == "1" for fields in sockets)  # R: bound and running
        return watching and running >= len(self.interfaces)

    def __exit__(self, *unused):
        self.stop()
        self.log.close()

    def stop(self, number=signal.SIGTERM):
        return self.lab.stop(self.process, number)

    def wire(self, address):
        """A host's entry of the wire in the report, or None."""
        host = self.nfqd.host(address)
        return host and host["wire"]
