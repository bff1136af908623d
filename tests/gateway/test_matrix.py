# SPDX-License-Identifier: GPL-3.0-or-later
"""The failure matrix: each fault under traffic of strangers and of a mailing Postfix. In every row no stranger
connects, every mail arrives, and the log has every attempt or a gap that bounds what is missing. The table of results
is printed at the end, and docs/failures.md has it from one run (see table())."""
import collections
import datetime
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import threading
import time
import uuid

import check
import mishaps
from check import Failed, PATIENCE_FACTOR, brief, eventually, expect, expect_that, test
from daemons import Clock, Nfqd, ruleset
from probe import connect, connect_all
from test_shield import flood, openings

POLICY = "stranger reject\nallow 10.1.0.25\nallow 2001:db8:1::25\n"
OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"  # a destination of strangers only
LISTED = [("10.1.0.25", "203.0.113.8", 25), ("2001:db8:1::25", "2001:db8:f::8", 25)]
PROBE = ("10.1.0.68", "203.0.113.9", 25)  # a stranger that does not belong to the traffic
STRANGERS = [("10.1.0.66", OUT4, 25), ("2001:db8:1::66", OUT6, 25), ("10.1.0.9", OUT4, 25),
             ("10.1.200.50", OUT4, 25), ("2001:db8:1:c8::50", OUT6, 25)]
NO = ("refused", "timeout", "prohibited")  # permitted outcomes of a stranger
LOCKED = 60 if os.environ.get("CI") == "true" else 8
PUT_BACK = 1  # seconds until deleted rules are restored


results = {}  # by the test's name; see Traffic.result

TITLES = {  # of the rows, in their order
    "gate-killed": "gate killed",
    "recorder-killed": "recorder killed",
    "all-killed": "all killed, started again",
    "gate-stopped": "gate stopped (SIGSTOP) (1)",
    "gate-and-supervisor-stopped": "gate and supervisor stopped (1)",
    "queue-full": "queue of strangers full (2)",
    "database-locked": "database locked for %d s" % LOCKED,
    "disk-full": "disk full for 4 s, then freed",
    "database-deleted": "database deleted",
    "database-renamed": "database renamed",
    "database-overwritten": "database written over",
    "database-replaced-by-garbage": "database replaced by garbage",
    "database-log-deleted": "the database's log deleted",
    "power-cut": "power cut at any write (3)",
    "rules-flushed": "all rules flushed, own loaded",
    "another-table-deleted": "another table deleted, 30 times",
    "interface-down": "interface lan0 down for 3 s (4)",
    "reload-storm": "100 reloads in 10 s",
    "clock-put-forward": "clock put forward by 1 h (5)",
    "clock-put-back": "clock put back by 1 h (5)",
}


def table(bad):
    """The results of this run, as docs/failures.md has them; `bad` are the names of tests that failed."""
    lines = ["%-34s%-28s%-24s%s" % ("what was done", "strangers", "mails", "the log")]
    for name, title in TITLES.items():
        name = "matrix-" + name
        if name in bad:
            lines.append("%-34sFAILED" % title)
        elif name in results:
            lines.append("%-34s%-28s%-24s%s" % (title, *results[name]))
    return lines


def moment(text):
    """Seconds since the epoch of an RFC 3339 time in UTC."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Client(smtplib.SMTP):
    """A mail program inside."""

    def __init__(self, space, server):
        self.space = space
        super().__init__(server, 25, local_hostname="client.example", timeout=20 * PATIENCE_FACTOR)

    def _get_socket(self, host, port, timeout):
        with self.space:
            return socket.create_connection((host, port), timeout)


class Traffic:
    """As `with Traffic(lab, nfqd) as traffic:` strangers connect, 20 a second, and users hand mails to Postfix, two a
    second, until the end of the block or until judge()."""

    def __init__(self, lab, nfqd):
        self.lab, self.nfqd = lab, nfqd
        self.tries = []  # (when begun, source, outcome)
        self.mails = {}  # a text of each that Postfix has taken: when
        self.errors = []
        self.before = len(lab.sink.connections)
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.guard, args=(run,), daemon=True)
                        for run in (self.strangers, self.users)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait(1)
        return self

    def __exit__(self, *unused):
        self.end()

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    @staticmethod
    def wait(seconds):
        """Lets traffic flow."""
        time.sleep(seconds * min(PATIENCE_FACTOR, 2))

    def guard(self, run):
        try:
            while not self.ending.is_set():
                run()
        except Exception as error:
            self.errors.append("%s: %s" % (type(error).__name__, error))

    def strangers(self):
        begun = time.time()
        outcomes = connect_all(self.lab, STRANGERS * 2, pace=0.05)
        self.tries += [(begun + 0.05 * number, flow[0], outcome)
                       for number, (flow, outcome) in enumerate(zip(STRANGERS * 2, outcomes))]

    def users(self):
        text = uuid.uuid4().hex
        domain = ("v4.example", "v6.example")[len(self.mails) % 2]
        with Client(self.lab.office, "10.1.0.25") as client:
            client.sendmail("user@inhouse.example", ["friend@" + domain], "Subject: test\n\n%s\n" % text)
        self.mails[text] = time.monotonic()
        self.ending.wait(0.5)

    def arrived(self, *, of_strangers):
        """Connections that the outside got since the traffic began, except those to PROBE's destination."""
        return sum((local in (OUT4, OUT6)) == of_strangers and local != PROBE[1]
                   for _, local, _ in self.lab.sink.connections[self.before:])

    def undelivered(self):
        """Mails not delivered yet. Postfix retries deferred mail after minutes: here it is told to at once."""
        missing = [text for text in self.mails if self.lab.sink.find(text) is None]
        if missing:
            self.lab.postfix.command("flush", check=False)
            time.sleep(0.5)
        return missing

    def judge(self, passed_between=None, unseen_between=None):
        """Ends the traffic and fails unless the three promises hold. Strangers may have connected only in the time
        `passed_between`; attempts begun in the time `unseen_between` may not have reached the gateway."""
        self.end()
        expect("errors of the traffic", [], self.errors)
        expect_that(len(self.tries) >= 20 and len(self.mails) >= 3, "enough traffic",
                    "%d attempts and %d mails" % (len(self.tries), len(self.mails)))
        for when, source, outcome in self.tries:
            allowed = passed_between and passed_between[0] <= when <= passed_between[1]
            expect_that(allowed or outcome.kind in NO, "%s not to connect" % source, outcome)
        if not passed_between:
            expect("connections of strangers outside", 0, self.arrived(of_strangers=True))
        eventually(20, "each of %d mails to arrive" % len(self.mails), self.undelivered, lambda seen: not seen)
        try:
            self.add_up(unseen_between)
        finally:
            results[check.running] = self.result()
            if os.environ.get("V") == "1":
                print("  strangers: %s; mails: %s; the log: %s" % results[check.running])

    def result(self):
        """(strangers, mails, the log) in words."""
        kinds = collections.Counter(outcome.kind for _, _, outcome in self.tries)
        words = {"connected": "CONNECTED", "timeout": "unanswered"}
        slowest = max(self.lab.sink.find(text).when - handed for text, handed in self.mails.items())
        late = "none late" if slowest < 1 else "%.1f s late" % slowest
        gaps, short = self.sums["gaps"], max(0, self.sums["short by"])
        bound = "an unknown number" if None in gaps else sum(gaps)
        return (", ".join("%d %s" % (count, words.get(kind, kind)) for kind, count in sorted(kinds.items())),
                "%d of %d, %s" % (len(self.mails), len(self.mails), late),
                "complete" if not gaps and not short else "a gap: lacks %d of %s" % (short, bound))

    def add_up(self, unseen_between):
        most = {}
        for _, source, _ in self.tries:
            most[source] = most.get(source, 0) + 1
        first, last = unseen_between or (0, 0)
        unseen = sum(first <= when <= last for when, _, _ in self.tries)

        def look():
            report = self.nfqd.report()
            logged = {host["host"]: host["attempts"] for host in report["hosts"]
                      if host["host"] in most or host["host"] in (flow[0] for flow in LISTED)}
            short = len(self.tries) - unseen + self.arrived(of_strangers=False) - sum(logged.values())
            bounds = [gap["missing"] for gap in report["gaps"]]
            self.sums = {"short by": short, "gaps": bounds, "complete": report["complete"], "logged": logged,
                         "tried": most}
            return self.sums

        def good(seen):
            bounded = None in seen["gaps"] or seen["short by"] <= sum(seen["gaps"])
            return (seen["short by"] <= 0 or not seen["complete"] and bounded) and \
                all(seen["logged"].get(source, 0) <= count for source, count in most.items())

        self.wait(1.2)  # a gap of unknown size bounds everything, so the rows next to it are checked
        eventually(5, "the log to have all attempts of strangers and connections of Postfix, or gaps that bound what "
                   "it lacks", look, good)

    def expect_exact(self):
        """After judge(): nothing at all is missing."""
        expect_that(self.sums["short by"] <= 0 and self.sums["complete"], "a complete log", self.sums)


def refused_again(lab, seconds=5):
    return eventually(seconds, "strangers to be refused again", lambda: connect(lab, *PROBE).kind,
                      lambda kind: kind == "refused")


def another_child(nfqd, name, victim):
    child = eventually(5, "another " + name, lambda: nfqd.child(name), lambda c: c["pid"] not in (None, victim))
    expect_that(child["restarts"] >= 1, "the status to count the restart", child)


def the_gap(nfqd, word, begin, most=1):
    """The only gap in the report: its cause has the word, and it begins when the fault did. `most` allows for a fault
    that is several, one soon after the other."""
    gaps = eventually(3, "a gap in the report", lambda: nfqd.report()["gaps"], bool)
    expect_that(len(gaps) <= most and all(word in gap["cause"] for gap in gaps),
                "one gap whose cause has \"%s\"" % word, gaps)
    since, until = min(moment(gap["since"]) for gap in gaps), max(moment(gap["until"]) for gap in gaps)
    expect_that(begin - 2 <= since <= until <= time.time() + 1, "the gap to begin at the fault, %.1f" % begin, gaps[0])
    return since, until


def resume(pid):
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass  # it has been replaced meanwhile


@test
@brief
def matrix_gate_killed(lab):
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        expect("gaps before", [], nfqd.report()["gaps"])
        victim, begin = nfqd.child("gate")["pid"], time.time()
        os.kill(victim, signal.SIGKILL)
        kinds = [o.kind for o in connect_all(lab, LISTED)]
        expect("the listed hosts' connects", ["connected", "connected"], kinds)
        another_child(nfqd, "gate", victim)
        refused_again(lab)
        the_gap(nfqd, "gate", begin)
        traffic.judge()


@test
def matrix_recorder_killed(lab):
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        victim = nfqd.child("recorder")["pid"]
        os.kill(victim, signal.SIGKILL)
        kinds = [o.kind for o in connect_all(lab, LISTED)]
        expect("the listed hosts' connects with no recorder", ["connected", "connected"], kinds)
        another_child(nfqd, "recorder", victim)
        traffic.wait(1)
        traffic.judge()
        expect_that(all(o.kind == "refused" for _, _, o in traffic.tries), "all strangers to be refused at once",
                    traffic.tries)
        traffic.expect_exact()


@test
def matrix_all_killed(lab):
    """SIGKILL of the supervisor: no part of nfqd may survive, and the rules stay. Then nfqd starts again over them."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        children = [child["pid"] for child in nfqd.status()["children"]]
        rules, begin = ruleset(lab.gateway), time.time()
        nfqd.stop(signal.SIGKILL)
        eventually(3, "no child to outlive the supervisor",
                   lambda: [pid for pid in children if os.path.exists("/proc/%d" % pid)], lambda seen: not seen)
        expect_that(nfqd.run("status", check=False).returncode != 0, "nfqd status to fail", "exit status 0")
        kinds = [o.kind for o in connect_all(lab, LISTED + STRANGERS)]
        expect("the connects with no daemon", ["connected"] * 2 + ["timeout"] * len(STRANGERS), kinds)
        traffic.wait(1)
        nfqd.start()
        expect("rules changed by the restart", [], sorted(set(rules) ^ set(ruleset(lab.gateway))))
        refused_again(lab)
        # The recorder has a heartbeat only every 10 s. Openings during its start have a gap of their own.
        the_gap(nfqd, "not running", begin - 10, most=2)
        traffic.judge()


@test
def matrix_gate_stopped(lab):
    """A gate that hangs: its queues exist and nobody reads them. Listed hosts do not need it."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        victim, begin = nfqd.child("gate")["pid"], time.time()
        os.kill(victim, signal.SIGSTOP)
        try:
            outcomes = connect_all(lab, LISTED * 20, patience=4)
            expect("the listed hosts' connects", {"connected"}, {o.kind for o in outcomes})
            another_child(nfqd, "gate", victim)
        finally:
            resume(victim)
        refused_again(lab)
        the_gap(nfqd, "gate", begin)
        traffic.judge()


@test
def matrix_gate_and_supervisor_stopped(lab):
    """No process is left to replace the gate: the kernel alone enforces the policy."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        victim = nfqd.child("gate")["pid"]
        for pid in (nfqd.process.pid, victim):
            os.kill(pid, signal.SIGSTOP)
        try:
            outcomes = connect_all(lab, LISTED * 20, patience=4)
            expect("the listed hosts' connects", {"connected"}, {o.kind for o in outcomes})
            traffic.wait(2)
        finally:
            for pid in (victim, nfqd.process.pid):
                resume(pid)
        refused_again(lab)
        traffic.judge()


@test
def matrix_database_locked(lab):
    """Another program holds the database's write lock: for 60 seconds with CI=true, else for 8."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        lock = sqlite3.connect(nfqd.top + "/db/gate.db", isolation_level=None, timeout=20 * PATIENCE_FACTOR)
        lock.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED)
        problems = nfqd.status()["problems"]
        lock.execute("ROLLBACK")
        lock.close()
        expect_that(any("gate.db" in problem for problem in problems), "the status to name gate.db", problems)
        traffic.judge()
        expect_that(all(o.kind == "refused" for _, _, o in traffic.tries), "all strangers to be refused at once",
                    traffic.tries)
        traffic.expect_exact()


def database_lost(lab, lose, word):
    """Under traffic somebody takes gate.db away; `word` stands in the gap's cause. Returns the folder."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        traffic.wait(2)
        lose(nfqd.top + "/db/gate.db")
        traffic.wait(3)
        gaps = eventually(3, "a gap", lambda: nfqd.report()["gaps"], bool)
        expect_that(len(gaps) == 1 and word in gaps[0]["cause"] and gaps[0]["missing"] is not None,
                    "one gap whose cause has \"%s\"" % word, gaps)
        traffic.judge()
        expect_that(all(o.kind == "refused" for _, _, o in traffic.tries), "all strangers to be refused at once",
                    traffic.tries)
        expect_that(0 < traffic.sums["short by"] <= sum(traffic.sums["gaps"]), "a bound that holds", traffic.sums)
        expect("problems", [], nfqd.status()["problems"])
        # The counts add up in the new file, too: openings while nfqd is down are a gap with an exact number.
        nfqd.stop()
        connect_all(lab, LISTED[:1] * 30, patience=0.5)
        nfqd.start()
        missing = eventually(3, "another gap", lambda: [gap["missing"] for gap in nfqd.report()["gaps"]],
                             lambda seen: len(seen) == 2)
        expect("openings missing while nfqd was down", 30, missing[1])
        return sorted(os.listdir(nfqd.top + "/db"))


@test
def matrix_database_deleted(lab):
    database_lost(lab, mishaps.delete, "deleted")


@test
def matrix_database_renamed(lab):
    """The file that is renamed is whole, without its log: nothing but its name has changed."""
    renamed = lab.directory + "/renamed.db"
    database_lost(lab, lambda path: os.rename(path, renamed), "deleted")
    with sqlite3.connect(renamed) as db:
        expect("integrity", [("ok",)], db.execute("PRAGMA integrity_check").fetchall())
        expect_that(db.execute("SELECT sum(attempts) FROM attempt").fetchone()[0] > 20, "its rows", "hardly any")


@test
def matrix_database_overwritten(lab):
    """The same file, other bytes: its remains are kept next to the new one."""
    files = database_lost(lab, mishaps.overwrite, "damaged")
    expect_that(any(name.startswith("gate.db.damaged-") and name[-1].isdigit() for name in files),
                "the damaged file beside the new one", files)


@test
def matrix_database_replaced_by_garbage(lab):
    files = database_lost(lab, mishaps.replace, "no database")
    expect_that(any(name.startswith("gate.db.damaged-") for name in files), "the garbage beside the new one", files)


@test
def matrix_database_log_deleted(lab):
    """Of SQLite's files only the write-ahead log: everything goes back into the file, and nothing is missing."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        os.unlink(nfqd.top + "/db/gate.db-wal")
        traffic.wait(3)
        traffic.judge()
        traffic.expect_exact()


def clock_stepped(lab, seconds, gaps):
    clock = Clock(lab)
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    policy = POLICY + "allow 10.1.0.77 until %s\n" % ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    with Nfqd(lab, policy, environment=clock.environment) as nfqd, Traffic(lab, nfqd) as traffic:
        nfqd.report_arguments = ("--until", ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
        traffic.wait(2)
        clock.step(seconds)
        traffic.wait(4)
        victim = nfqd.child("gate")["pid"]
        os.kill(victim, signal.SIGKILL)  # its gap begins and ends by the new clock
        another_child(nfqd, "gate", victim)
        refused_again(lab)
        traffic.judge()
        few = sum(gap["missing"] for gap in nfqd.report()["gaps"] if "gate" in gap["cause"])
        expect_that(traffic.sums["short by"] <= few <= 20, "few missing", traffic.sums)
        journal = nfqd.lines("journal", "what = 'clock'")
        expect_that(len(journal) == 1 and "%d." % abs(seconds) in journal[0], "one line on the clock", journal)
        seen = nfqd.report()["gaps"]
        expect("causes", gaps, [gap["cause"].split()[1] for gap in seen])
        length = [moment(gap["until"]) - moment(gap["since"]) for gap in seen if "gate" in gap["cause"]][0]
        expect_that(0 <= length < 3 * PATIENCE_FACTOR, "the gate's gap to be short", seen)
        expect("problems", [], nfqd.status()["problems"])


@test
def matrix_clock_put_forward(lab):
    clock_stepped(lab, 3600, ["clock", "gate"])


@test
def matrix_clock_put_back(lab):
    clock_stepped(lab, -3600, ["clock", "gate"])


@test
def matrix_queue_full(lab):
    """The gate hangs, without a shield, during a flood of strangers that its queue cannot hold. The number of packets
    that the kernel dropped is known."""
    with Nfqd(lab, POLICY + "pace off\n") as nfqd, Traffic(lab, nfqd) as traffic:
        gate = nfqd.child("gate")["pid"]
        os.kill(gate, signal.SIGSTOP)
        try:
            flood(lab, 50, 40000, per_second=0)
        finally:
            resume(gate)
        traffic.wait(2)
        kernel = nfqd.status()["rules"]["openings"]["stranger"]
        traffic.judge()
        report = nfqd.report()
        flooded, missing = sum(openings(report, 50).values()), sum(gap["missing"] for gap in report["gaps"])
        if os.environ.get("V") == "1":
            print("  of %d openings that the kernel counted %d of the flood are logged, %d in gaps" % (
                kernel, flooded, missing))
        expect_that(any("strangers was full" in gap["cause"] for gap in report["gaps"]), "a full queue", report["gaps"])
        logged = flooded + sum(traffic.sums["logged"].values())
        expect_that(missing > 10000 and kernel <= logged + missing <= kernel + 2 * len(traffic.tries) + 100,
                    "all %d openings to be logged or missing" % kernel, (logged, missing))


@test
def matrix_disk_full(lab):
    nfqd = Nfqd(lab, POLICY)
    with mishaps.SmallDisk(nfqd.top + "/db") as disk, nfqd, Traffic(lab, nfqd) as traffic:
        disk.fill()
        eventually(10, "the status to name gate.db", lambda: nfqd.status()["problems"],
                   lambda problems: any("gate.db" in problem for problem in problems))
        traffic.wait(3)
        disk.free()
        eventually(10, "the database to be written again", lambda: nfqd.status()["problems"], lambda seen: not seen)
        traffic.judge()
        expect_that(all(o.kind == "refused" for _, _, o in traffic.tries), "all strangers to be refused at once",
                    traffic.tries)
        traffic.expect_exact()


@test
def matrix_rules_flushed(lab):
    """A firewall is reloaded: everything is flushed, then its own rules are loaded without ours. Until nfqd notices,
    nothing is enforced."""
    saved = [(tool, lab.gateway.sh(tool + "-save")) for tool in ("iptables", "ip6tables")]
    tables = lab.gateway.sh("nft", "list", "table", "inet", "admin")

    def load():
        lab.gateway.sh("nft", "flush", "ruleset")
        for tool, rules in saved:
            lab.gateway.sh(tool + "-restore", text=rules)
        lab.gateway.sh("nft", "-f", "-", text=tables)

    load()
    lab.rules = ruleset(lab.gateway)  # iptables-restore makes all built-in chains, also those that nobody has used
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        begin = time.time()
        load()
        eventually(PUT_BACK, "the rules to be back", lambda: nfqd.status()["rules"]["intact"], bool)
        refused_again(lab)
        traffic.wait(1)
        since, until = the_gap(nfqd, "rules", begin, most=3)  # one for each part of the load
        traffic.judge(passed_between=(since, until))


@test
def matrix_another_table_deleted(lab):
    """Whenever a base chain goes away, whosever it is, the kernel throws away what waits in the namespace's queues."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        table = "table inet passing { chain c { type filter hook forward priority 5; }; }"
        for _ in range(30):
            lab.gateway.sh("nft", "-f", "-", text=table)
            lab.gateway.sh("nft", "delete", "table", "inet", "passing")
        traffic.wait(1)
        traffic.judge()


@test
def matrix_interface_down(lab):
    lab.gateway.sysctl("ipv6/conf/lan0/keep_addr_on_down", 1)
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        begin = time.time()
        lab.gateway.ip("link set lan0 down")
        traffic.wait(3)
        lab.gateway.ip("link set lan0 up")
        refused_again(lab)
        unseen = (begin - 0.5, time.time())
        traffic.wait(1)
        traffic.judge(unseen_between=unseen)


@test
def matrix_reload_storm(lab):
    """100 reloads in 10 seconds, every second one with another policy."""
    with Nfqd(lab, POLICY) as nfqd, Traffic(lab, nfqd) as traffic:
        begin = time.monotonic()
        for number in range(100):
            nfqd.write(POLICY + ("allow 10.1.0.77\n" if number % 2 else ""))
            nfqd.process.send_signal(signal.SIGHUP)
            time.sleep(max(0, begin + 0.1 * (number + 1) - time.monotonic()))
        eventually(5, "the last policy in force", lambda: connect(lab, "10.1.0.77", PROBE[1]).kind,
                   lambda kind: kind == "connected")
        traffic.judge()
        expect_that(all(o.kind == "refused" for _, _, o in traffic.tries), "all strangers to be refused at once",
                    traffic.tries)
        traffic.expect_exact()
