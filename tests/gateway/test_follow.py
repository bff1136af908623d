# SPDX-License-Identifier: GPL-3.0-or-later
"""pcapmon goes by the policy that the gate beside it has put in force: no act of an administrator's makes a leak of
what the gate let pass by right, and what passes against that policy is one at once."""
import os
import pwd
import signal
import stat
import time

from check import eventually, expect, expect_that, test
from daemons import NFQD, Nfqd, Pcapmon
from lab import STRAY
from probe import connect, connect_all

MAIL, NEW, STRANGER, OUT = "10.1.0.25", "10.1.0.30", "10.1.0.66", "203.0.113.7"
POLICY = "stranger reject\nallow %s\n" % MAIL
FOLLOWED = "the policy is that of the gate"
MORE = POLICY + "allow %s\n" % NEW


def log_of(pcapmon):
    with open(pcapmon.log.name) as f:
        return f.read()


def passes(lab, source, count=1):
    expect("connects of " + source, ["connected"] * count,
           [outcome.kind for outcome in connect_all(lab, [(source, OUT, 25)] * count)])


def expect_leaks(pcapmon, wanted):
    """{host: (established, leaked)}; the report says who gets through, and that of nobody else."""
    eventually(5, "established and leaked as %s" % wanted,
               lambda: {host: tuple((pcapmon.wire(host) or {}).get(key) for key in ("established", "leaked"))
                        for host in wanted}, lambda seen: seen == wanted)
    leaking = any(leaked for _, leaked in wanted.values())
    text = pcapmon.lab.gateway.run(NFQD, "report", "--db", pcapmon.nfqd.top + "/db", "--since", "all").stdout
    expect("that the report says who gets through", leaking, " get through:" in text or " gets through:" in text)


def against_the_policy(nfqd, act):
    """Does it while no rules are there and nfqd cannot put them back."""
    os.kill(nfqd.process.pid, signal.SIGSTOP)
    try:
        published = open(nfqd.top + "/control.policy").read()
        nfqd.run("rules", "--remove")
        expect("the policy in force", published, open(nfqd.top + "/control.policy").read())
        act()
    finally:
        os.kill(nfqd.process.pid, signal.SIGCONT)


def reload(nfqd, policy, status=0):
    done = nfqd.reload(policy)
    expect_that(done.returncode == status, "exit status %d of reload" % status, done)


@test
def follow_a_host_that_is_added_and_removed(lab):
    """The server's connections come at once after the reload, and reloads faster than pcapmon looks."""
    with Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd) as pcapmon:
        for number in range(1, 6):
            reload(nfqd, MORE)
            passes(lab, NEW, 4)
            if number < 5:
                reload(nfqd, POLICY)
        expect_leaks(pcapmon, {NEW: (20, 0)})


@test
def follow_no_leak_of_before_and_one_of_after(lab):
    """A host passes until it is removed; what passes against the new policy is a leak."""
    with Nfqd(lab, MORE) as nfqd, Pcapmon(nfqd) as pcapmon:
        eventually(3, "pcapmon to follow", lambda: log_of(pcapmon).count(FOLLOWED), lambda n: n == 1)
        passes(lab, NEW, 4)
        reload(nfqd, POLICY)
        expect("connect", "refused", connect(lab, NEW, OUT).kind)
        against_the_policy(nfqd, lambda: passes(lab, STRANGER))
        expect_leaks(pcapmon, {NEW: (4, 0), STRANGER: (1, 1)})
        log = log_of(pcapmon)
        expect_that("leak: %s reached" % STRANGER in log and "leak: %s" % NEW not in log, "one leak in the log", log)


@test
def follow_not_a_file_that_is_not_in_force(lab):
    """An edited file without a reload, read by pcapmon's start and its own reload, and one that cannot be loaded."""
    with Nfqd(lab, MORE) as nfqd:
        nfqd.write(POLICY)
        with Pcapmon(nfqd) as pcapmon:
            passes(lab, NEW)
            expect_leaks(pcapmon, {NEW: (1, 0)})
            pcapmon.process.send_signal(signal.SIGHUP)
            eventually(3, "the file to be read", lambda: log_of(pcapmon), lambda log: "read again" in log)
            passes(lab, NEW)
            reload(nfqd, "allow nobody\n", 2)
            passes(lab, NEW)
            expect_leaks(pcapmon, {NEW: (3, 0)})
            reload(nfqd, POLICY)
            expect("connect", "refused", connect(lab, NEW, OUT).kind)


@test
def follow_a_gate_that_starts_later_and_again(lab):
    """Before it runs, pcapmon goes by its own configuration; after nfqd has been stopped, by the rules that stay."""
    nfqd = Nfqd(lab, MORE)
    with Pcapmon(nfqd) as pcapmon:
        passes(lab, NEW)
        passes(lab, STRANGER)
        expect_leaks(pcapmon, {NEW: (1, 0), STRANGER: (1, 1)})
        nfqd.write("stranger reject\nallow %s\n" % STRANGER)
        with nfqd:
            passes(lab, STRANGER, 2)
            expect_leaks(pcapmon, {NEW: (1, 0), STRANGER: (3, 1)})
            nfqd.stop()
            passes(lab, STRANGER)
            nfqd.write("stranger reject\nallow %s\nallow %s\n" % (STRANGER, MAIL))
            nfqd.start()
            passes(lab, STRANGER)
            passes(lab, MAIL)
            expect_leaks(pcapmon, {STRANGER: (5, 1), MAIL: (1, 0)})


@test
def follow_a_line_that_begins_and_ends(lab):
    """At its time, without a reload."""
    begins, ends = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds)) for seconds in (2, 4))
    with Nfqd(lab, POLICY + "allow %s from %s until %s\n" % (NEW, begins, ends)) as nfqd, Pcapmon(nfqd) as pcapmon:
        outcomes = []
        while "refused" not in outcomes[outcomes.index("connected"):] if "connected" in outcomes else True:
            outcomes.append(connect(lab, NEW, OUT).kind)
            expect_that(len(outcomes) < 400, "it to begin and to end", outcomes)
            time.sleep(0.03)
        expect_leaks(pcapmon, {NEW: (outcomes.count("connected"), 0)})


@test
def follow_the_lan(lab):
    """A network that becomes part of `lan` is counted from then on. Root and the configured user's group may read the
    policy, which `nfqd check` can, too."""
    with lab.stray(), Nfqd(lab, POLICY) as nfqd, Pcapmon(nfqd) as pcapmon:
        path = nfqd.top + "/control.policy"
        about = os.stat(path)
        expect("mode, owner and group of the policy", (0o640, 0, pwd.getpwnam("nobody").pw_gid),
               (stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid))
        expect_that("# %s:" % nfqd.file in open(path).read(), "places of lines", open(path).read())
        lab.gateway.sh(NFQD, "check", "-c", path)
        passes(lab, STRAY)
        passes(lab, MAIL)
        expect_leaks(pcapmon, {STRAY: (None, None), MAIL: (1, 0)})
        reload(nfqd, POLICY + "lan %s\nallow %s\n" % (STRAY, STRAY))
        eventually(3, "pcapmon to follow", lambda: log_of(pcapmon).count(FOLLOWED), lambda n: n == 2)
        passes(lab, STRAY)
        expect_leaks(pcapmon, {STRAY: (1, 0), MAIL: (1, 0)})
