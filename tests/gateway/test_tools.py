# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools of the kernel's rules that hang or fail, 100,000 lines, and names that are taken: strangers are refused again
within a second of a flush, listed hosts connect, and the supervisor answers."""
import json
import os
import re
import signal
import socket
import subprocess
import time

from check import EMULATED, PATIENCE_FACTOR, Skip, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from probe import connect
from test_watch import Alone
from test_waits import AT_ONCE, POLICY, expect_stopped, ours, status_at_once

OUT = "203.0.113.7"
STRANGER, LISTED = ("10.1.0.66", OUT), ("10.1.0.25", OUT)
LINES = 8000 if EMULATED else 100000


def expect_refused_at_once(lab, flushed, when, seconds=None):
    """A stranger's connects, from the flush on: none succeeds once a second, or so many, has gone by."""
    seconds = seconds or AT_ONCE * PATIENCE_FACTOR
    took = time.monotonic() - flushed
    while took < seconds and connect(lab, *STRANGER).kind == "connected":
        time.sleep(0.05)
        took = time.monotonic() - flushed  # a refusal may be a drop, which takes a while to see
    kinds = [connect(lab, *STRANGER).kind for _ in range(3)]
    expect_that("connected" not in kinds, "no stranger to connect %g s after the flush, %s" % (seconds, when), kinds)
    if os.environ.get("V") == "1":
        print("  %s: refused after %.2f s" % (when, took))


def flush(lab):
    """As a firewall that is loaded anew; ipsets and the shield stay."""
    for tool in ("iptables", "ip6tables"):
        for table in ("mangle", "filter"):
            lab.gateway.sh(tool, "-t", table, "-F")
    lab.gateway.run("nft", "delete", "table", "inet", "nfqd", check=False)  # it may not be back yet
    return time.monotonic()


def flush_with_ipsets(lab):
    """All that is ours at once, the ipsets, too, but the shield: before nfqd can put anything back. Once more if it was
    quicker, or if the kernel still holds the sets for the rules that have gone."""
    flush_tables = "".join("add table %s\nflush table %s\n" % (table, table)
                           for table in ("ip mangle", "ip filter", "ip6 mangle", "ip6 filter"))
    eventually(10, "all ipsets to be destroyed", lambda: lab.gateway.run(
        "sh", "-c", "nft -f - && ipset list -n | sed -n 's/^nfqd_/destroy &/p' | ipset restore", check=False,
        text=flush_tables + "add table inet nfqd\ndelete table inet nfqd\n"), lambda done: done.returncode == 0)
    return time.monotonic()


class Broken:
    """nfqd's own mount namespace, in which the tools of iptables are a script. Others run the real ones."""

    def __init__(self, nfqd, script):
        self.nfqd = nfqd
        self.file = nfqd.top + "/tool"
        self.real = os.path.realpath("/usr/sbin/iptables-restore")
        with open(self.file, "w") as f:
            f.write("#!/bin/sh\n" + script)
        os.chmod(self.file, 0o755)

    def inside(self, *argv):
        self.nfqd.space.run("nsenter", "-t", str(self.nfqd.process.pid), "-m", *argv, check=False)

    def __enter__(self):
        self.inside("mount", "--bind", self.file, self.real)

    def __exit__(self, *unused):
        self.inside("umount", self.real)


def status_by_socket(nfqd):
    """As status_at_once, without the time that the command takes to read a long configuration."""
    begin = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(30)
        client.connect(nfqd.top + "/control.sock")
        client.sendall(b"status\n")
        text = b"".join(iter(lambda: client.recv(65536), b""))
    took = time.monotonic() - begin
    expect_that(took < AT_ONCE * PATIENCE_FACTOR and b"problems" in text, "the status within a second", "%.1f s" % took)


def whole_log(nfqd):
    with open(nfqd.top + "/log", errors="replace") as f:
        return f.read().split("\n")


def broken_tools(lab, script, said):
    """`said`: a word of the line in the log."""
    with Alone(lab), Nfqd(lab, POLICY, within=("unshare", "-m", "--propagation", "private")) as nfqd:
        if nfqd.status()["rules"]["backend"] != "iptables":
            raise Skip("the nft back end runs nft alone")
        before = ours(lab)
        with Broken(nfqd, script):
            expect_refused_at_once(lab, flush(lab), said)
            expect("a listed host's connect", "connected", connect(lab, *LISTED).kind)
            status_at_once(nfqd)
            eventually(12, "a line in the log with \"%s\"" % said, lambda: whole_log(nfqd),
                       lambda lines: any(said in line for line in lines))
            expect_that(said[len("nfqd: "):] in status_at_once(nfqd), "the status to say so", nfqd.status()["problems"])
            time.sleep(3)  # tried again and again
            expect("lines with \"%s\"" % said, 1, len([line for line in whole_log(nfqd) if line.endswith(said)]))
        eventually(20, "our rules to be back", lambda: sorted(set(before) ^ set(ours(lab))), lambda seen: not seen)
        eventually(3, "a line in the log when it works again", lambda: whole_log(nfqd),
                   lambda lines: "nfqd: no longer: " + said[len("nfqd: "):] in lines)
        eventually(3, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
        with Broken(nfqd, script):
            flush(lab)
            time.sleep(1.5)
            expect_stopped(nfqd, AT_ONCE)


@test
def tools_that_hang_delay_no_refusal(lab):
    broken_tools(lab, "exec sleep 300\n", "nfqd: iptables-save does not end: killed after 5 s")


@test
def tools_that_fail_delay_no_refusal(lab):
    broken_tools(lab, "exit 3\n", "nfqd: cannot read the rules with iptables-save")


@test
def tools_that_are_slow_at_the_end_delay_no_answer(lab):
    """Rules are removed by many of them; what fails is said."""
    with Nfqd(lab, POLICY, ["--remove-rules-on-exit"], within=("unshare", "-m", "--propagation", "private")) as nfqd:
        if nfqd.status()["rules"]["backend"] != "iptables":
            raise Skip("the nft back end runs nft alone")
        with Broken(nfqd, "sleep 1\nexit 3\n"):
            nfqd.process.send_signal(signal.SIGTERM)
            for _ in range(3):
                status_at_once(nfqd)
                time.sleep(0.4)
            expect("exit status while the rules are removed", None, nfqd.process.poll())
            expect("exit status", 1, nfqd.process.wait(30))
        expect_that("not all of our rules were removed" in nfqd.log(), "the log to say that rules are left", nfqd.log())


def many_lines(first):
    return "lan 10.%d.0.0/14\n" % first + POLICY + "".join("allow 10.%d.%d.%d\n" % (first + (i >> 16), i >> 8 & 255, i & 255)
                            for i in range(0, 2 * LINES, 2))


def expect_problems_gone(lab, nfqd):
    """All is in place again."""
    eventually(20, "a reset for a stranger", lambda: connect(lab, *STRANGER).kind, lambda kind: kind == "refused")
    eventually(60, "no problem", lambda: nfqd.status()["problems"], lambda problems: not problems)


def sets_under_way(lab):
    """Names of the sets that a reload fills beside those that are in force."""
    names = lab.gateway.sh("ipset", "list", "-n") + lab.gateway.run("nft", "-t", "list", "table", "inet", "nfqd",
                                                                    check=False).stdout
    return re.findall(r"\w+_new|next_\w+", names)


@test
def tools_with_100000_lines_delay_no_refusal(lab):
    with Alone(lab), Nfqd(lab, POLICY) as nfqd:
        nfqd.write(many_lines(64))
        reload = lab.start(nfqd.space, [NFQD, "reload", "-c", nfqd.file], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        eventually(10, "the reload to be under way", lambda: sets_under_way(lab), lambda names: names)
        for when in ("while 100,000 lines are loaded", "soon after that", "once they are loaded"):
            if when.startswith("once"):
                eventually(60, "the reload to end", reload.poll, lambda status: status is not None)
                expect("the status of the reload", 0, reload.returncode)
            expect_refused_at_once(lab, flush(lab), when)
            expect("a listed host's connect " + when, "connected", connect(lab, *LISTED).kind)
            status_by_socket(nfqd)
        expect_problems_gone(lab, nfqd)
        if nfqd.status()["rules"]["backend"] == "nft":
            lab.gateway.sh("nft", "flush", "chain", "inet", "nfqd", "forward")
        else:
            lab.gateway.sh("iptables", "-t", "mangle", "-F")
        for i in range(20):  # no set is emptied while a rule asks it
            expect("a listed host's connect %d after a part was flushed" % i, "connected", connect(lab, *LISTED).kind)
            time.sleep(0.1)
        eventually(20, "a reset for a stranger", lambda: connect(lab, *STRANGER).kind, lambda kind: kind == "refused")
        if nfqd.status()["rules"]["backend"] == "iptables":
            # Sets without elements are made before. Filling them takes some seconds.
            expect_refused_at_once(lab, flush_with_ipsets(lab), "without ipsets", 2 * AT_ONCE * PATIENCE_FACTOR)
            for i in range(10):  # the gate decides, until sets and last places are back
                expect("a listed host's connect %d without ipsets" % i, "connected", connect(lab, *LISTED).kind)
                expect_that(connect(lab, *STRANGER).kind != "connected", "a stranger not to connect", i)
            expect_problems_gone(lab, nfqd)
        expect("a listed host's connect in the end", "connected", connect(lab, *LISTED).kind)
        expect_stopped(nfqd, AT_ONCE)


def sets_of(text):
    """Sets of a table, as nft lists it in JSON: name and elements, each with its timeout in minutes."""
    sets = {}
    for item in json.loads(text)["nftables"]:
        if "set" in item:
            elements = [e["elem"] if isinstance(e, dict) and "elem" in e else {"val": e}
                        for e in item["set"].get("elem", [])]
            sets[item["set"]["name"]] = sorted("%s %d" % (json.dumps(e["val"]), e.get("timeout", 0) // 60)
                                               for e in elements)
    return sets


# Neighbours whose times differ, the ends of the address space, and each kind of element.
ELEMENTS = POLICY + "".join(
    ["allow 10.%d.7.%d until 2099-01-%02d\n" % (i % 2, i, 1 + i % 7) for i in range(200)] +
    ["allow 2001:db8:1::%x\nallow 2001:db8:1:2::%x until 2099-02-%02d\n" % (i * 3, i, 1 + i % 5) for i in range(50)] +
    ["allow 10.1.8.%d to 198.51.100.%d/31 until 2099-03-%02d\n" % (i, i * 2, 1 + i % 3) for i in range(50)] +
    ["allow 2001:db8:1:3::%x to 2001:db8:f::/%d\n" % (i, 64 + i) for i in range(50)] +
    ["allow 10.1.9.%d mac 02:00:5e:00:01:%02x\n" % (i, i) for i in range(50)] +
    ["deny-to 0.0.0.0/31 255.255.255.254/31 192.0.2.128/25 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n"])


@test
def tools_fill_sets_as_nft_does(lab):
    """nfqd fills its sets of nftables by netlink: their elements are those of the rules that it prints."""
    with Alone(lab), Nfqd(lab, POLICY) as nfqd:
        expect("the status of the reload", 0, nfqd.reload(ELEMENTS).returncode)
        printed = nfqd.run("rules").stdout.split("# nft -f -\n")[-1]
        for table in ("nfqd", "nfqd_shield"):
            wanted = sets_of(lab.gateway.sh("unshare", "-n", "sh", "-c", "nft -f - && nft -j list table inet " + table,
                                     text=printed))
            have = sets_of(lab.gateway.sh("nft", "-j", "list", "table", "inet", table))
            expect("sets of " + table, sorted(wanted), sorted(have))
            for name in wanted:
                expect_that(wanted[name] == have[name], "the elements of %s as nft makes them" % name,
                            sorted(set(wanted[name]) ^ set(have[name]))[:4])
            expect_that(len(have["open4"]) > 100 and len(have["pairs6"]) > 10, "elements", have)


@test
def tools_find_a_set_that_is_somebody_elses(lab):
    """It has the name of ours, and another type: it is told by its name and stays, and strangers are refused all the
    same, by nft."""
    with Alone(lab):
        lab.gateway.sh("ipset", "create", "nfqd_open4", "list:set")
        with Nfqd(lab, POLICY) as nfqd:
            if nfqd.status()["rules"]["backend"] != "iptables":
                raise Skip("the nft back end has no ipsets")
            expect_that(connect(lab, *STRANGER).kind != "connected", "a stranger not to connect", "connected")
            expect("a listed host's connect", "connected", connect(lab, *LISTED).kind)
            problems = nfqd.status()["problems"]
            expect_that(any("the ipset nfqd_open4 is not of type" in line for line in problems), "the status to name it",
                        problems)
            expect("lines that name it", 1,
                   len([line for line in whole_log(nfqd) if "nfqd: the ipset nfqd_open4 " in line]))
            expect_that("Type: list:set" in lab.gateway.sh("ipset", "list", "nfqd_open4"), "the set to stay",
                        lab.gateway.sh("ipset", "list", "-n"))
            lab.gateway.sh("ipset", "destroy", "nfqd_open4")
            eventually(15, "the status to be ok", lambda: nfqd.status()["problems"], lambda seen: not seen)
            expect("a stranger's connect", "refused", connect(lab, *STRANGER).kind)
