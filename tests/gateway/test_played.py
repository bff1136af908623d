# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of tests/judge played through a gateway with pcapmon: six hours of a host, with its DNS, at the clock of its
capture. PLAY=WORD (make check-played) plays the kinds with this word in their names, else one."""
import json
import os
import socket
import time

from scapy.all import IP, TCP, rdpcap

from check import Skip, eventually, expect, expect_that, test
from daemons import BUILD, NFQD, PCAPMON, Clock, Nfqd, Pcapmon
from test_labels import attempts, decided

HOST = "10.1.0.66"
JUDGE = os.path.join(BUILD, "bench/bench_judge")
ONE = "printer, direct send"


def play(lab, frames, nfqd, clock):
    """Sends each frame from its side of lan0, the host's and the resolver's, with the clocks of both programs at its
    time, which stands until the gate has seen an opening."""
    mac = lab.gateway.sh("ip", "-o", "link", "show", "lan0").split("link/ether ")[1].split()[0]
    sides = {}
    for role, device in (("laptop", "eth0"), ("gateway", "lan0")):
        with lab.spaces[role]:
            sides[role] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sides[role].bind((device, 0))
    before, sent = decided(nfqd), 0
    for frame in frames:
        role, to = ("laptop", mac) if frame[IP].src == HOST else ("gateway", lab.mac("laptop"))
        clock.step(float(frame.time) - time.time())
        sides[role].send(bytes.fromhex(to.replace(":", "")) + bytes(frame)[6:])
        if TCP in frame and frame[TCP].dport == 25:
            sent += 1
            eventually(5, "the gate to see opening %d" % sent, lambda: decided(nfqd) - before, lambda seen: seen >= sent)
    for s in sides.values():
        s.close()


def judged(out):
    return {host["host"]: (host["label"], host["certainty"]) for host in out}


def played(lab, path):
    """Plays a capture. Returns the label and its certainty by the capture, by pcapmon on the gateway, and by the gate's rows
    with pcapmon's names."""
    frames = rdpcap(path)
    clock = Clock(lab)
    clock.step(float(frames[0].time) - 60 - time.time())
    with Nfqd(lab, "stranger drop\nwatch 587 465\n", environment=clock.environment) as nfqd, \
            Pcapmon(nfqd, environment=clock.environment):
        play(lab, frames, nfqd, clock)
        rows = nfqd.top + "/read"
        read = json.loads(nfqd.space.sh(PCAPMON, "-r", path, "-c", nfqd.file, "--db", rows, "--json"))
        end = str(int(frames[-1].time) + 1)
        for database in ("wire.db", "gate.db"):  # the same minutes, too
            eventually(10, "the rows of %s to be those of the capture" % database,
                       lambda database=database: attempts(nfqd.top + "/db/" + database),
                       lambda seen: seen == attempts(rows + "/wire.db"))
        reports = [json.loads(nfqd.space.sh(NFQD, "report", "--db", nfqd.top + "/db" + database, "--since", "all", "--until",
                                            end, "--json")) for database in ("/wire.db", "")]
        return [judged(read["labels"])[HOST]] + [judged(report["hosts"])[HOST] for report in reports]


@test
def a_host_played_through_gate_and_pcapmon_is_judged_as_its_capture(lab):
    if not os.path.exists(JUDGE):
        raise Skip("%s is not built" % JUDGE)
    folder = os.path.join(lab.directory, "played")
    os.mkdir(folder)
    # PLAY=printer plays all kinds of printers.
    lab.gateway.sh(JUDGE, "-t", "-m", "-w", folder, "-k", os.environ.get("PLAY", ONE), "301")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        os.chmod(path, 0o644)
        capture, live, both = played(lab, path)
        print("  %s: %s" % (name, " ".join(word for word in capture if word)))
        expect("the label of %s by pcapmon on the gateway" % name, capture, live)
        expect("the label of %s by the gate's rows with pcapmon's names" % name, capture, both)
