# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo itself; contrib/demo installs and builds first. Uses the laboratory of the gateway tests."""
import os
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/gateway"))

from daemons import NFQD, Nfqd, Pcapmon  # noqa: E402
from lab import Lab, LabError, missing  # noqa: E402
from mail import Postfix, Sink, send  # noqa: E402
from probe import connect, connect_all  # noqa: E402

SECONDS = 20
HOPS = {"partner.example": "[203.0.113.25]", "customer.example": "[2001:db8:f::25]"}
POLICY = """\
range     wired  10.1.0.0/17   2001:db8:1::/64
range     wifi   10.1.0.64/26  2001:db8:1::60/124
stranger  reject
allow     10.1.0.25       note "in-house mail server"
allow     2001:db8:1::25  note "in-house mail server"
"""
SCENE = """
  inside 10.1.0.0/16, 2001:db8:1::/48      gateway with NAT          outside
    mail     10.1.0.25   Postfix, listed --+                     +-- mail servers of the world:
    office   10.1.0.50   honest users -----+-- nfqd, pcapmon ----+   203.0.113.0/24 198.51.100.0/24
    printer  10.1.0.9    one fixed server -+                     |   192.0.2.0/24 2001:db8:f::/48
    laptop   10.1.0.66   has caught a bot -+                     +-- they take every mail they get
"""
BOLD, RED, GREEN, PLAIN = ("\033[1m", "\033[31m", "\033[32m", "\033[0m") \
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("",) * 4


class Actor(threading.Thread):
    """Somebody inside who does something every `pace` seconds until the demo ends."""

    def __init__(self, name, what, pace):
        super().__init__(daemon=True)
        self.name, self.what, self.pace = name, what, pace
        self.tried = self.succeeded = 0
        self.error = None
        self.ending = threading.Event()

    def act(self):
        """One try: returns True if it succeeded from the actor's own point of view."""
        raise NotImplementedError

    def run(self):
        try:
            while not self.ending.wait(self.pace * random.uniform(0.7, 1.3)):
                self.tried += 1
                self.succeeded += bool(self.act())
        except Exception as error:  # told by the main thread: a demo with a dead actor shows nothing
            self.error = error


class User(Actor):
    """Hands mail to a server with swaks."""

    def __init__(self, name, what, pace, space, server, port, recipients):
        super().__init__(name, what, pace)
        self.space, self.server, self.port, self.recipients = space, server, port, recipients

    def act(self):
        recipient = self.recipients[self.tried % len(self.recipients)]
        text = "%s %s" % (self.what, recipient)
        return send(self.space, self.server, "user@inhouse.example", recipient, text, self.port)[0] == 0


class Printer(Actor):
    def __init__(self, lab):
        super().__init__("printer", "its one mail server, port 25", 4)
        self.lab = lab

    def act(self):
        return connect(self.lab, "10.1.0.9", "203.0.113.99").kind == "connected"


class Bot(Actor):
    """Bursts of real connects to port 25 of servers all over the world, one in four over IPv6."""

    def __init__(self, lab):
        super().__init__("laptop", "", 0.5)
        self.lab = lab
        self.targets = set()
        # The world: addresses of the Internet, in the namespace that stands for it.
        lab.outside.ip("route add local 45.0.0.0/8 dev lo\nroute add local 2001:db8:8000::/33 dev lo")

    def act(self):
        flows = []
        for number in range(4):
            if number == 3:
                flow = ("2001:db8:1::66", "2001:db8:%x::25" % random.randrange(0x8000, 0x10000), 25)
            else:
                flow = ("10.1.0.66", "45.%d.%d.%d" % tuple(random.randrange(1, 255) for _ in range(3)), 25)
            flows.append(flow)
            self.targets.add(flow[1])
        outcomes = connect_all(self.lab, flows)
        self.tried += len(flows) - 1
        self.succeeded += sum(outcome.kind == "connected" for outcome in outcomes)
        return False  # counted already


def progress(start, bot, sink):
    """One line that is renewed in place; on something that is no terminal, one every 5 seconds."""
    passed = min(SECONDS, time.monotonic() - start)
    bar = ("#" * round(passed)).ljust(SECONDS, ".")
    line = "  [%s] %2d of %d s   laptop: %3d tries, %d through   mails out: %2d" % (
        bar, passed, SECONDS, bot.tried, bot.succeeded, len(sink.mails))
    if sys.stdout.isatty():
        print("\r" + line, end="\n" if passed == SECONDS else "", flush=True)
    elif round(passed * 4) % 20 == 0:
        print(line, flush=True)


def act_all(actors, sink):
    bot = actors[-1]
    start = time.monotonic()
    for actor in actors:
        actor.start()
    while time.monotonic() - start < SECONDS:
        progress(start, bot, sink)
        time.sleep(0.25)
    for actor in actors:
        actor.ending.set()
    for actor in actors:
        actor.join(10)
        if actor.error:
            raise LabError("%s: %s" % (actor.name, actor.error))
    if sys.stdout.isatty():
        progress(start, bot, sink)


def table(rows, indent="  "):
    widths = [max(len(str(row[n])) for row in rows) for n in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [str(cell).rjust(width) if isinstance(cell, int) or n >= len(row) - 2 else str(cell).ljust(width)
                 for n, (cell, width) in enumerate(zip(row, widths))]
        print(indent + (BOLD if number == 0 else "") + "  ".join(cells).rstrip() + (PLAIN if number == 0 else ""))


def title(text):
    print("\n%s%s%s" % (BOLD, text, PLAIN))


def show(lab, sink, nfqd, pcapmon, actors):
    """What happened. Returns the texts of what should not have."""
    wrong = []
    bot, printer = actors[-1], actors[-2]
    port25 = [c for c in sink.connections if c[2] == 25]
    from_server = [m for m in sink.mails if m.port == 25 and m.helo == "mail.inhouse.example"]
    strange = [c for c in port25 if c[1] not in ("203.0.113.25", "2001:db8:f::25")]

    title("Who tried what, and the result")
    rows = [["who", "what", "tried", "got through"]]
    rows += [[actor.name, actor.what, actor.tried, actor.succeeded] for actor in actors]
    table(rows)
    for actor in actors[:-2]:
        if actor.succeeded != actor.tried:
            wrong.append("%s: %d of %d got through, %s" % (actor.name, actor.succeeded, actor.tried, actor.what))
    for actor in (bot, printer):
        if actor.succeeded:
            wrong.append("%s: %d connections got through" % (actor.name, actor.succeeded))

    title("What the outside received on port 25")
    print("  %d mails, all delivered by %s." % (len(from_server), "mail.inhouse.example, the listed server")
          if not strange else "  %d mails of the listed server" % len(from_server))
    print("  %s%d connections from any other host.%s" % (RED if strange else GREEN, len(strange), PLAIN))
    if len(from_server) != actors[0].tried:
        wrong.append("the listed server was given %d mails, %d arrived" % (actors[0].tried, len(from_server)))
    if strange:
        wrong.append("the outside saw strangers: %s" % strange[:5])

    title("$ nfqd report")
    sys.stdout.flush()
    with lab.gateway:
        subprocess.run([NFQD, "report", "--db", nfqd.top + "/db"])

    report = nfqd.report()
    worst = report["hosts"][0]
    laptop = {host["host"] for host in report["hosts"] if (host["device"] or {}).get("mac") == lab.mac("laptop")}
    title("Who is the zombie?")
    device = (worst["device"] or {}).get("mac")
    print("  %s%s%s, network card %s, on the %s: the laptop." % (RED, worst["host"], PLAIN, device, worst["range"]))
    print("  It tried %d mail servers in %d seconds. The same card: %s." % (
        len(bot.targets), SECONDS, " ".join(sorted(laptop - {worst["host"]})) or "no other address"))
    print("  (The printer tried one server and is merely misconfigured.)")
    mine = [host for host in report["hosts"] if host["host"] in laptop]
    logged = sum(host["gate"]["attempts"] for host in mine)
    print("  Connections of the laptop: %d opened, %d logged by the gate,\n"
          "  %d seen on the wire by pcapmon, %d got past."
          % (bot.tried, logged, sum(host["wire"]["attempts"] for host in mine), report["totals"]["leaked"]))
    if worst["host"] not in ("10.1.0.66", "2001:db8:1::66"):
        wrong.append("the report does not put the laptop first, but %s" % worst["host"])
    if logged != bot.tried:
        wrong.append("the laptop tried %d times, the log has %d" % (bot.tried, logged))
    if report["totals"]["leaked"]:
        wrong.append("pcapmon saw %d leaks" % report["totals"]["leaked"])
    return wrong


def demo():
    why = missing()
    if why:
        raise LabError(why)
    print("\n%snfqd: which machine behind our NAT sends the spam?%s" % (BOLD, PLAIN))
    print(SCENE)
    with Lab() as lab:
        print("  starting the mail servers ...", flush=True)
        sink = Sink(lab, lab.outside)
        Postfix(lab, lab.mail, "mail.inhouse.example", "inhouse.example", HOPS)
        actors = [
            User("office", "mail through the in-house server", 2.5, lab.office, "10.1.0.25", 25,
                 ["partner@partner.example", "customer@customer.example"]),
            User("office", "mail by submission, port 587", 4, lab.office, "203.0.113.25", 587, ["me@partner.example"]),
            User("office", "the same over IPv6", 6, lab.office, "2001:db8:f::25", 587, ["me@partner.example"]),
            Printer(lab),
            Bot(lab),
        ]
        with Nfqd(lab, POLICY, user="nfqd") as nfqd, Pcapmon(nfqd) as pcapmon:
            act_all(actors, sink)
            time.sleep(2)  # the last rows are written once a second, and Postfix may be at its last mail
            actors[-1].what = "%d mail servers, port 25" % len(actors[-1].targets)
            wrong = show(lab, sink, nfqd, pcapmon, actors)
    print("\nThe namespaces and their files are gone; this machine's network was not touched.")
    for text in wrong:
        print("%sunexpected:%s %s" % (RED, PLAIN, text))
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(demo())
    except LabError as error:
        print("demo: %s" % error, file=sys.stderr)
        sys.exit(1)
