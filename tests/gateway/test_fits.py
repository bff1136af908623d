# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the policy does not fit the network, `nfqd check`, the start, the status and the report say so; and nothing where
it fits."""

from check import brief, eventually, expect, expect_that, test
from daemons import NFQD, Nfqd
from lab import STRAY
from probe import connect

OUT = "203.0.113.7"
LISTED = "allow 10.1.0.25 2001:db8:1::25\n"
ELSEWHERE = "lan is of another network: no route but the default one leads to 10.9.0.0/16"


class Fit(Nfqd):
    """nfqd with another `lan` line than the laboratory's; None: that one."""

    def __init__(self, lab, lan, policy=LISTED, **more):
        self.lan = lan
        super().__init__(lab, policy, **more)

    def write(self, policy):
        super().write(policy)
        if self.lan is not None:
            with open(self.file) as f:
                lines = [line for line in f if not line.startswith("lan ")]
            with open(self.file, "w") as f:
                f.writelines(["lan %s\n" % self.lan] + lines)

    def found(self):
        return {(one["kind"], one["subject"]) for one in self.status()["network"]}

    def said(self):
        with open(self.top + "/log", errors="replace") as f:
            return f.read()

    def checked(self, *arguments):
        """Exit status of `nfqd check`, and what it says."""
        done = self.run("check", *arguments, check=False)
        return done.returncode, done.stderr


@test
@brief
def fits_a_usual_gateway_without_a_word(lab):
    """Two families, two networks inside, NAT, and a container bridge without a container."""
    lab.gateway.ip("link add docker0 type bridge\naddr add 172.17.0.1/16 dev docker0\nlink set docker0 up")
    try:
        with Fit(lab, None) as nfqd:
            expect("what check says", (0, ""), nfqd.checked())
            status = nfqd.status()
            expect("state, problems, notes, network", ("ok", [], [], []),
                   tuple(status[key] for key in ("state", "problems", "notes", "network")))
            expect_that("lan" not in nfqd.said(), "no word about lan in the log", nfqd.said())
    finally:
        lab.gateway.ip("link del docker0")


@test
@brief
def fits_what_setup_prints(lab):
    """The gateway's networks of both families; all that nfqd has to say of them is nothing."""
    text = lab.gateway.sh(NFQD, "setup")
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    expect("lan lines", {"10.1.0.0/17", "10.1.200.0/24", "2001:db8:1::/64", "2001:db8:1:c8::/64"},
           {words[1] for words in lines if words[:1] == ["lan"]})
    expect("interfaces", {"lan0", "lan1"}, {words[1] for words in lines if words[:1] == ["interface"]})
    with Fit(lab, "10.1.0.0/17", text) as nfqd:
        expect("what does not fit", set(), nfqd.found())
        expect("a stranger, under audit", "connected", connect(lab, "10.1.0.66", OUT).kind)
        eventually(3, "it in the log", lambda: nfqd.gate("10.1.0.66"), lambda counts: counts == (1, 0, 1))


@test
@brief
def fits_not_a_lan_of_another_network(lab):
    with Fit(lab, "10.9.0.0/16", "allow 10.9.0.25\n") as nfqd:
        status, text = nfqd.checked()
        expect("exit status of check", 0, status)
        expect_that(ELSEWHERE in text and "openings from there to port 25 pass unseen" in text, "check to say so", text)
        expect("what check says of another machine", (0, ""), nfqd.checked("--elsewhere"))
        eventually(2, "the log to say so", nfqd.said, lambda text: ELSEWHERE in text)
        done = nfqd.run("status", check=False)
        expect("exit status of `nfqd status`", 1, done.returncode)
        expect_that("PROBLEM   " + ELSEWHERE in done.stdout, "a problem", done.stdout)
        expect("what the status found", {("lan-elsewhere", "10.9.0.0/16")}, nfqd.found())
        eventually(3, "the report to say so", lambda: nfqd.report().get("misfits", []), lambda said: len(said) == 1)
        text = nfqd.run("report").stdout
        expect_that("Nothing was recorded." in text and "does not fit the network" in text, "the report's head", text)
        nfqd.lan = None
        expect("exit status of the reload", 0, nfqd.reload(LISTED).returncode)
        eventually(3, "the status to be ok", nfqd.found, lambda found: not found)
        expect_that("no longer: " + ELSEWHERE in nfqd.said(), "the log to say that it fits", nfqd.said())
        eventually(3, "the report as well", lambda: nfqd.report().get("misfits", []), lambda said: not said)


@test
@brief
def fits_not_what_lan_lacks(lab):
    """IPv6, a prefix that comes and goes while nfqd runs, and a bridge with a container."""
    with Fit(lab, "10.1.0.0/16", "allow 10.1.0.25\n") as nfqd:
        six = {("not-in-lan", "2001:db8:1::/64"), ("not-in-lan", "2001:db8:1:c8::/64")}
        expect("what does not fit", six, nfqd.found())
        expect_that("IPv6 is forwarded, but lan has no IPv6 prefix" in nfqd.said(), "the log to name IPv6", nfqd.said())
        lab.gateway.ip("link add docker0 type bridge\naddr add 172.17.0.1/16 dev docker0\nlink set docker0 up\n"
                       "link add c0 type veth peer name c1\nlink set c0 master docker0 up\nlink set c1 up")
        try:
            more = six | {("not-in-lan", "172.17.0.0/16")}
            eventually(8, "the container's network as well", nfqd.found, lambda found: found == more)
        finally:
            lab.gateway.ip("link del docker0\nlink del c0")
        eventually(8, "it to be forgotten", nfqd.found, lambda found: found == six)


@test
@brief
def fits_not_these_interfaces(lab):
    """One that is absent, a port of a bridge, the outside; lan0 is right, and has what lan lacks."""
    lab.gateway.ip("link add br9 type bridge\nlink add p0 type veth peer name p1\nlink set p0 master br9")
    try:
        with lab.stray(), Fit(lab, None, "interface lan0 lan7 p0 wan0\n" + LISTED) as nfqd:
            wanted = {("interface-absent", "lan7"), ("interface-port", "p0"), ("interface-outside", "wan0")}
            expect("what does not fit", wanted, nfqd.found())
            expect_that("p0 is a port of the bridge br9" in nfqd.said(), "the bridge's name", nfqd.said())
            expect("exit status of the reload", 0, nfqd.reload(LISTED).returncode)
            eventually(3, "the stray address without the line", nfqd.found,
                       lambda found: found == {("not-in-lan", STRAY)})
            expect("exit status of the reload", 0, nfqd.reload("outside wan0\n" + LISTED).returncode)
            eventually(3, "nothing, since all that leaves is judged", nfqd.found, lambda found: not found)
    finally:
        lab.gateway.ip("link del p0\nlink del br9")


@test
@brief
def fits_explain_to_the_links_that_packets_take(lab):
    """A source outside lan, with the interface that it comes in through and with another one."""
    with lab.stray(), Fit(lab, None, "interface lan1\n" + LISTED) as nfqd:
        for policy, verdict, kind in (("interface lan1\n", "pass", "connected"), ("interface lan0\n", "reject", "refused"),
                                      ("outside lan0\n", "pass", "connected"), ("outside w*\n", "reject", "refused")):
            expect("exit status of the reload", 0, nfqd.reload(policy + LISTED).returncode)
            expect("explain and a connect with " + policy.strip(), (verdict, kind),
                   (nfqd.explain(STRAY, OUT)[0], connect(lab, STRAY, OUT).kind))
        nfqd.write("outside w*\nallow %s\n" % STRAY + LISTED)
        verdict, text = nfqd.explain(STRAY, OUT)
        expect_that(verdict == "pass" and "in force until `nfqd reload`: reject  stranger" in text,
                    "explain to say what is in force", text)
        expect("a connect before the reload", "refused", connect(lab, STRAY, OUT).kind)
        nfqd.run("reload")
        expect_that("in force until" not in nfqd.explain(STRAY, OUT)[1], "nothing of it after the reload", text)
        expect("a connect after the reload", "connected", connect(lab, STRAY, OUT).kind)


@test
@brief
def fits_not_settings_of_no_use(lab):
    """They are told wherever the machine is: lines without effect, a user that is missing, which keeps nfqd from starting."""
    policy = "allow 10.9.0.1\nallow 10.1.0.77 until 2020-01-01\n" + LISTED
    with Fit(lab, None, policy) as nfqd:
        expect("what does not fit", {("source-outside-lan", "10.9.0.1"), ("until-past", "allow 10.1.0.77 until 2020-01-01")},
               nfqd.found())
        status = nfqd.status()
        expect("numbers of problems and notes", (1, 1), (len(status["problems"]), len(status["notes"])))
    nobody = Fit(lab, None, user="no-such-user")
    status, text = nobody.checked()
    expect_that(status == 2 and "no-such-user does not exist" in text, "check to refuse the user", (status, text))
    taken = Fit(lab, None)
    with open(taken.top + "/control.sock", "w"):
        pass
    status, text = taken.checked()
    expect_that(status == 2 and "control.sock exists and is not a socket" in text, "check to refuse the path", (status, text))
