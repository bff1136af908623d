# SPDX-License-Identifier: GPL-3.0-or-later
"""`local`: the gateway's own processes under the gate, told apart by their users."""
import os
import pwd
import shutil
import socket

from check import PATIENCE_FACTOR, Skip, brief, expect, expect_that, test
from daemons import Nfqd, ruleset
from lab import WAN4, WAN6
from probe import connect, family, listen

OUT4, OUT6 = "203.0.113.7", "2001:db8:f::7"
LISTED, OTHER = 4711, 4712  # users; they need no name
POLICY = "local\nallow local user 4711\nallow 10.1.0.25\n"


def connect_as(lab, user, dst, port=25, patience=2):
    """The outcome for a process of a user on the gateway: connected, refused or timeout."""
    with lab.gateway:
        os.seteuid(user)  # the kernel asks who made the socket
        try:
            s = socket.socket(family(dst), socket.SOCK_STREAM)
        finally:
            os.seteuid(0)
    with s:
        s.settimeout(patience * PATIENCE_FACTOR)
        try:
            s.connect((dst, port))
        except ConnectionRefusedError:
            return "refused"
        except socket.timeout:
            return "timeout"
        return "connected"


def kinds(lab, user):
    return [connect_as(lab, user, dst) for dst in (OUT4, OUT6)]


@test
@brief
def local_judges_the_gateways_own_users(lab):
    with Nfqd(lab, POLICY + "allow local user 0 to 203.0.113.8\ndeny-to 198.51.100.0/24\n") as nfqd:
        expect("a listed user's connects", ["connected"] * 2, kinds(lab, LISTED))
        expect("another user's connects", ["refused"] * 2, kinds(lab, OTHER))
        expect("root's connects", ["refused", "connected"],
               [connect_as(lab, 0, OUT4), connect_as(lab, 0, "203.0.113.8")])
        expect("a listed user's connect to where nobody goes", "refused", connect_as(lab, LISTED, "198.51.100.7"))
        expect("connects to inside and to another port", ["connected"] * 2,
               [connect_as(lab, OTHER, "10.1.200.50"), connect_as(lab, OTHER, OUT4, 587)])
        expect("hosts inside, as ever", ["connected", "refused"],
               [connect(lab, "10.1.0.25", OUT4).kind, connect(lab, "10.1.0.66", OUT4).kind])
        nfqd.wait_for_log({WAN4: (5, 3, 2), WAN6: (2, 1, 1), "10.1.0.25": (1, 0, 1)})
        expect("openings that the rules have counted", {"listed": 4, "stranger": 4, "deny_to": 1},
               nfqd.status()["rules"]["openings"])
        for user, verdict in ((LISTED, "pass"), (OTHER, "reject")):
            text = nfqd.run("explain", WAN4, OUT4, "--user", str(user)).stdout
            expect_that(text.startswith(verdict), "explain --user %d to say %s" % (user, verdict), text)


@test
@brief
def local_drop_max_and_audit(lab):
    with Nfqd(lab, "stranger drop\nlocal\nallow local user 4711 4712 max 2/minute\n") as nfqd:
        expect("a stranger's connect", "timeout", connect_as(lab, 0, OUT4, patience=0.5))
        expect("connects with max", ["connected", "connected", "timeout"],
               [connect_as(lab, LISTED, OUT4, patience=0.5) for _ in range(3)])
        expect("another user's connect", "connected", connect_as(lab, OTHER, OUT4))
        nfqd.wait_for_log({WAN4: (5, 2, 3)})
    with Nfqd(lab, "stranger audit\nlocal\n") as nfqd:
        expect("connects under audit", ["connected"] * 2, kinds(lab, OTHER))
        nfqd.wait_for_log({WAN4: (1, 0, 1), WAN6: (1, 0, 1)})
        nfqd.stop()
        expect("connects under audit without a daemon", ["connected"] * 2, kinds(lab, OTHER))


@test
@brief
def local_leaves_loopback_and_inside_alone(lab):
    """Also the gateway's own addresses, which are reached through lo."""
    listeners = [listen(lab.gateway, kind, 25) for kind in (socket.AF_INET, socket.AF_INET6)]
    try:
        with Nfqd(lab, POLICY) as nfqd:
            for dst in ("127.0.0.1", "::1", "10.1.0.1", WAN4, WAN6, "10.1.200.50", "10.1.0.25"):
                expect("a stranger's connect on the gateway to " + dst, "connected", connect_as(lab, OTHER, dst))
            expect("hosts in the report", [], nfqd.report()["hosts"])
    finally:
        for listener in listeners:
            listener.close()


@test
@brief
def local_knows_users_by_name(lab):
    with Nfqd(lab, "local\nallow local user postfix\n") as nfqd:
        user = pwd.getpwnam("postfix").pw_uid
        expect("the connects of postfix", ["connected"] * 2, kinds(lab, user))
        expect("root's connects", ["refused"] * 2, kinds(lab, 0))
        nfqd.wait_for_log({WAN4: (2, 1, 1), WAN6: (2, 1, 1)})
        lines = nfqd.run("check").stdout.split("\n")
        expect_that("local" in lines and "allow      local user postfix" in lines, "nfqd check to print both", lines)
        text = nfqd.run("explain", WAN4, OUT4, "--user", "postfix").stdout
        expect_that(text.startswith("pass  listed"), "explain --user postfix to say pass", text)


@test
def local_holds_without_a_daemon(lab):
    with Nfqd(lab, POLICY + "allow local user 4713 until 2099-01-01\nallow local user 4714 to 203.0.113.8\n") as nfqd:
        expect("connects of a user with an end", ["connected"] * 2, kinds(lab, 4713))
        nfqd.stop()
        expect("a listed user's connects", ["connected"] * 2, kinds(lab, LISTED))
        expect("connects of a user with a destination", ["timeout", "connected"],
               [connect_as(lab, 4714, OUT4, patience=0.5), connect_as(lab, 4714, "203.0.113.8")])
        expect("connects of a user with an end", ["timeout"] * 2, [connect_as(lab, 4713, dst, patience=0.5)
                                                                   for dst in (OUT4, OUT6)])
        expect("another user's connects", ["timeout"] * 2, [connect_as(lab, OTHER, dst, patience=0.5)
                                                           for dst in (OUT4, OUT6)])


@test
def local_comes_and_goes_with_a_reload(lab):
    with Nfqd(lab, "allow 10.1.0.25\n") as nfqd:
        before = ruleset(lab.gateway)
        for _ in range(2):
            expect("connects without local", ["connected"] * 2, kinds(lab, OTHER))
            done = nfqd.reload(POLICY)
            expect_that(done.returncode == 0, "reload to succeed", done.stderr)
            expect("connects with local", ["refused"] * 2, kinds(lab, OTHER))
            expect("state", "ok", nfqd.status()["state"])
            done = nfqd.reload("allow 10.1.0.25\n")
            expect_that(done.returncode == 0, "reload to succeed", done.stderr)
        after = ruleset(lab.gateway)
        expect_that(after == before, "the rules to be as before", sorted(set(before) ^ set(after)))
        expect("state", "ok", nfqd.status()["state"])


@test
def local_opens_no_rule_of_the_administrators(lab):
    """An opening that a gate lets pass still meets the administrator's own firewall, whatever chain it stands in."""
    limited = 4713
    policy = POLICY + "stranger reject\nallow local user %d max 60/minute\nallow local user 4714 until 2099-01-01\n" % limited
    with Nfqd(lab, policy):
        for table in ("filter", "security"):
            rule = ["-t", table, "-A", "OUTPUT", "-p", "tcp", "-d", "203.0.113.9", "--dport", "25", "-j", "DROP"]
            lab.gateway.sh("iptables", *rule)
            try:
                for user in (LISTED, limited, 4714):
                    expect("user %d's connects to where %s's OUTPUT drops, and elsewhere" % (user, table),
                           ["timeout", "connected"],
                           [connect_as(lab, user, "203.0.113.9", patience=0.5), connect_as(lab, user, OUT4)])
            finally:
                rule[2] = "-D"
                lab.gateway.sh("iptables", *rule)
                if table == "security":
                    lab.gateway.run("nft", "delete", "table", "ip", "security", check=False)


@test
def local_replaces_the_rules_of_earlier_versions(lab):
    """They stood in mangle: the jump and the chain go, and the rules are as if they had never been there."""
    if os.environ.get("NFQD_BACKEND") == "nft":
        raise Skip("nft is used here")
    nfqd = Nfqd(lab, POLICY)
    try:
        nfqd.run("rules", "--apply")
        before = ruleset(lab.gateway)
        for jump in (["-I", "OUTPUT", "-p", "tcp", "-m", "tcp", "--tcp-flags", "SYN,ACK", "SYN", "-j", "NFQD-LOCAL"], None):
            for tool in ("iptables", "ip6tables"):
                lab.gateway.sh(tool, "-t", "mangle", "-N", "NFQD-LOCAL")
                lab.gateway.sh(tool, "-t", "mangle", "-A", "NFQD-LOCAL", "-j", "DROP")
                if jump:
                    lab.gateway.sh(tool, "-t", "mangle", *jump)
            nfqd.run("rules", "--apply")
            expect("changes to the rules", [], sorted(set(before) ^ set(ruleset(lab.gateway))))
        expect("a listed user's connects", ["connected"] * 2, kinds(lab, LISTED))
    finally:
        nfqd.run("rules", "--remove")


@test
def local_without_nft_drops_instead_of_a_reset(lab):
    """Only nft can reset behind the queue; what is refused stays refused, and logged, without it."""
    if os.environ.get("NFQD_BACKEND") == "nft":
        raise Skip("nft is used here")
    without = ["unshare", "--mount", "sh", "-c", "mount --bind /bin/false %s && exec \"$@\"" % shutil.which("nft"), "sh"]
    with Nfqd(lab, POLICY + "stranger reject\n", within=without) as nfqd:
        expect("tables of nfqd's in nft", [], [line for line in lab.gateway.sh("nft", "list", "tables").splitlines()
                                              if "inet nfqd" in line])
        expect("a listed user's connects", ["connected"] * 2, kinds(lab, LISTED))
        expect("another user's connects", ["timeout"] * 2, [connect_as(lab, OTHER, dst, patience=0.5)
                                                           for dst in (OUT4, OUT6)])
        nfqd.wait_for_log({WAN4: (2, 1, 1), WAN6: (2, 1, 1)})
