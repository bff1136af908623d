# SPDX-License-Identifier: GPL-3.0-or-later
"""The booted system as a gateway: hosts inside and outside of it are network namespaces, its services are systemd's."""
import os
import subprocess
import sys

from check import Failed, eventually

LISTED, STRANGER, NEWCOMER = "10.1.0.25", "10.1.0.77", "10.1.0.30"
SERVER = "203.0.113.10"
CONFIG = "/etc/nfqd/nfqd.conf"
POLICY = "lan 10.1.0.0/16\nstranger reject\nallow %s note \"mail\"\n" % LISTED
NETWORK = """
ip netns add inside
ip netns add outside
ip link add lan0 type veth peer name eth0 netns inside
ip link add wan0 type veth peer name eth0 netns outside
ip addr add 10.1.0.1/16 dev lan0
ip addr add 203.0.113.1/24 dev wan0
ip link set lan0 up
ip link set wan0 up
ip -n inside link set eth0 up
ip -n outside link set eth0 up
ip -n inside addr add 10.1.0.25/16 dev eth0
ip -n inside addr add 10.1.0.30/16 dev eth0
ip -n inside addr add 10.1.0.77/16 dev eth0
ip -n outside addr add 203.0.113.10/24 dev eth0
ip -n inside route add default via 10.1.0.1
ip -n outside route add default via 203.0.113.1
sysctl -q -w net.ipv4.ip_forward=1
"""
SERVE = """
import socket
server = socket.create_server(("203.0.113.10", 25), backlog=100)
while True:
    server.accept()[0].close()
"""
CONNECT = """
import socket, sys
try:
    socket.create_connection(("203.0.113.10", 25), 1.5, (sys.argv[1], 0)).close()
    print("connected")
except OSError as error:
    print("refused")
"""


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True)


def sh(line):
    """Runs a command that must succeed; returns its output."""
    done = run(*line.split())
    if done.returncode != 0:
        raise Failed("expected %s to succeed, got status %d: %s" % (line, done.returncode, done.stdout + done.stderr))
    return done.stdout.strip()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def configure(policy=POLICY):
    write(CONFIG, policy)


def drop_in(unit, name, text):
    """Adds lines to a unit; an empty text takes them away."""
    path = "/etc/systemd/system/%s.service.d/%s.conf" % (unit, name)
    write(path, text)
    if not text:
        os.unlink(path)
    sh("systemctl daemon-reload")


def build():
    """The network, and a server outside, which is returned."""
    for line in NETWORK.strip().split("\n"):
        sh(line)
    server = subprocess.Popen(["ip", "netns", "exec", "outside", sys.executable, "-c", SERVE])
    eventually(5, "a server", lambda: run("ip", "netns", "exec", "outside", "ss", "-Hltn", "sport", "25").stdout, bool)
    configure()
    drop_in("pcapmon", "interfaces", "[Service]\nEnvironment=\"INTERFACES=-i lan0\"\n")
    return server


def connect(source):
    """"connected" or "refused"."""
    return run("ip", "netns", "exec", "inside", sys.executable, "-c", CONNECT, source).stdout.strip()


def show(unit, key):
    return sh("systemctl show --value -p %s %s" % (key, unit))


def pid(unit):
    return int(show(unit, "MainPID"))


def journal(unit, *arguments):
    """The messages of a unit's processes, as text."""
    run("journalctl", "--sync")
    return run("journalctl", "-q", "--no-pager", "-o", "cat", "-u", unit, *arguments).stdout
