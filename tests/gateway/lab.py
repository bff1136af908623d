# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway, hosts inside it and an Internet outside it, made of network namespaces on one machine.

    mail 10.1.0.25 ---+
    laptop 10.1.0.66 -+
    printer 10.1.0.9 -+- switch - lan0 |         |
    office 10.1.0.50 -+                | gateway | wan0 -- outside 203.0.113.0/24 198.51.100.0/24 192.0.2.0/24
    annex 10.1.200.50 ------------ lan1 |         |                2001:db8:f::/48

The gateway masquerades IPv4 and routes IPv6; port 25 of its outer address leads to the mail server inside. The
outside answers on every address of its prefixes. Nothing of it touches the machine's own network: the only thing
outside the namespaces is a temporary directory.

A thread enters a namespace with `with lab.gateway:`; sockets and processes made there stay there.
"""
import contextlib
import ctypes
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from check import PATIENCE_FACTOR

LAN = ["10.1.0.0/16", "2001:db8:1::/48"]
OUTSIDE = ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8:f::/48"]
WAN4, WAN6 = "198.18.0.1", "2001:db8:ff::1"  # the source address that the outside sees after masquerading
PREFIX = "nfqd"

# On the switch behind lan0: 10.1.0.N, 2001:db8:1::N, 02:00:00:00:00:N.
STRAY = "172.16.5.50"
HOSTS = {"mail": 25, "laptop": 66, "printer": 9, "office": 50}

CLONE_NEWNET, CLONE_NEWUTS = 0x40000000, 0x04000000
libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The laboratory itself could not be made or used: no result about nfqd."""


def run(argv, check=True, text=None, timeout=60, environment=None):
    """Runs a command to its end and returns its CompletedProcess; a failure raises LabError unless check=False."""
    environment = {**os.environ, **environment} if environment else None
    done = subprocess.run(argv, input=text, capture_output=True, text=True,
                          timeout=timeout * PATIENCE_FACTOR, env=environment)
    if check and done.returncode != 0:
        raise LabError("%s: %s" % (" ".join(argv), (done.stderr or done.stdout).strip() or done.returncode))
    return done


def leave_host_name():
    """A host name of our own, and one that is an address: programs that look it up (swaks does) would otherwise wait
    for a DNS server that the namespaces cannot reach."""
    if libc.unshare(CLONE_NEWUTS) != 0:
        raise LabError("unshare: %s" % os.strerror(ctypes.get_errno()))
    socket.sethostname("127.0.0.1")


def set_namespace(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise LabError("setns: %s" % os.strerror(ctypes.get_errno()))


class Namespace:
    def __init__(self, name):
        self.name = name
        run(["ip", "netns", "add", name])
        self.fd = os.open("/run/netns/" + name, os.O_RDONLY | os.O_CLOEXEC)
        self.local = threading.local()
        self.ip("link set lo up")
        for sysctl in ("ipv6/conf/all/accept_dad", "ipv6/conf/default/accept_dad", "ipv6/conf/default/accept_ra"):
            self.sysctl(sysctl, 0)

    def __enter__(self):
        self.local.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)  # to go back to
        set_namespace(self.fd)
        return self

    def __exit__(self, *unused):
        set_namespace(self.local.home)
        os.close(self.local.home)

    def sh(self, *argv, **options):
        """A command inside, to its end. Returns what it printed."""
        return self.run(*argv, **options).stdout

    def run(self, *argv, **options):
        with self:
            return run(list(argv), **options)

    def ip(self, commands):
        """Lines for `ip -batch`."""
        self.run("ip", "-batch", "-", text=commands + "\n")

    def sysctl(self, path, value):
        with self, open("/proc/sys/net/" + path, "w") as f:
            f.write(str(value))


class Lab:
    """Use it as `with Lab() as lab:`. Also after an exception or a signal nothing is left behind."""

    def __init__(self):
        self.spaces = {}
        self.processes = []  # long-running children, oldest first
        self.owner = {}  # inside address -> name of its namespace
        self.closing = []  # called on close, last first
        self.directory = None
        self.rules = None  # what the gateway's packet filter held before nfqd, if it held anything (see administer)

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.interrupted)
        try:
            sweep()
            leave_host_name()
            self.directory = tempfile.mkdtemp(prefix="%s%d-" % (PREFIX, os.getpid()))
            os.chmod(self.directory, 0o755)  # for Postfix's and nfqd's own users
            self.build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    @staticmethod
    def interrupted(number, frame):
        raise SystemExit(128 + number)

    def namespace(self, role):
        self.spaces[role] = Namespace("%s%d-%s" % (PREFIX, os.getpid(), role))
        return self.spaces[role]

    def __getattr__(self, role):
        try:
            return self.__dict__["spaces"][role]
        except KeyError:
            raise AttributeError(role) from None

    def build(self):
        for role in ("switch", "gateway", "outside", "annex", *HOSTS):
            self.namespace(role)
        name = {role: space.name for role, space in self.spaces.items()}
        links = ["link add lan0 netns %(gateway)s type veth peer name lan0 netns %(switch)s",
                 "link add wan0 netns %(gateway)s type veth peer name wan0 netns %(outside)s",
                 "link add lan1 netns %(gateway)s type veth peer name eth0 netns %(annex)s"]
        links += ["link add eth0 netns %%(%s)s type veth peer name %s netns %%(switch)s" % (role, role)
                  for role in HOSTS]
        run(["ip", "-batch", "-"], text="\n".join(links) % name + "\n")

        ports = ["lan0", *HOSTS]
        self.switch.ip("\n".join(["link add br0 type bridge mcast_snooping 0", "link set br0 up"] +
                                 ["link set %s master br0 up" % port for port in ports]))
        self.gateway.ip("\n".join("""
            link set lan0 up
            link set lan1 up
            link set wan0 up
            addr add 10.1.0.1/17 dev lan0
            addr add 2001:db8:1::1/64 dev lan0 nodad
            addr add 10.1.200.1/24 dev lan1
            addr add 2001:db8:1:c8::1/64 dev lan1 nodad
            addr add 198.18.0.1/30 dev wan0
            addr add 2001:db8:ff::1/64 dev wan0 nodad
            route add default via 198.18.0.2
            route add default via 2001:db8:ff::2""".strip().split("\n")))
        self.outside.ip("\n".join(["link set wan0 up", "addr add 198.18.0.2/30 dev wan0",
                                   "addr add 2001:db8:ff::2/64 dev wan0 nodad",
                                   "route add 2001:db8:1::/48 via 2001:db8:ff::1"] +
                                  ["route add local %s dev lo" % p for p in OUTSIDE]))
        for role, number in HOSTS.items():
            space = self.spaces[role]
            space.ip("link set eth0 address 02:00:00:00:00:%02d up" % number)
            self.give(role, "10.1.0.%d" % number)
            self.give(role, "2001:db8:1::%d" % number)
            space.ip("route add default via 10.1.0.1\nroute add default via 2001:db8:1::1")
        self.give("office", STRAY, 32)  # an address that is not of the LAN: see stray
        self.annex.ip("link set eth0 address 02:00:00:00:01:50 up")
        self.give("annex", "10.1.200.50", 24)
        self.give("annex", "2001:db8:1:c8::50", 64)
        self.annex.ip("route add default via 10.1.200.1\nroute add default via 2001:db8:1:c8::1")

        self.gateway.sysctl("ipv4/ip_forward", 1)
        self.gateway.sysctl("ipv6/conf/all/forwarding", 1)
        nat = "iptables -t nat -A "
        self.gateway.sh(*(nat + "POSTROUTING -o wan0 -j MASQUERADE").split())
        self.gateway.sh(*(nat + "PREROUTING -i wan0 -p tcp --dport 25 -j DNAT --to-destination 10.1.0.25").split())

        self.track()

    def track(self):
        """A gateway in use always tracks some connection: adds one that stays and that no test uses."""
        one = "-p udp -s 10.1.0.9 -d 203.0.113.9 --sport 9 --dport 9".split()
        self.gateway.run("conntrack", "-D", *one, check=False)  # a test that failed may have left it
        self.gateway.sh("conntrack", "-I", *one, "--timeout", "86400")

    def give(self, role, address, length=None):
        """Another address for an inside host."""
        length = length or (64 if ":" in address else 17)
        self.spaces[role].ip("addr add %s/%d dev eth0%s" % (address, length, " nodad" if ":" in address else ""))
        self.owner[address] = role
        if role in HOSTS:
            # A static neighbour entry: an answer lost to address resolution would come a second late, with the client's
            # next SYN.
            self.gateway.ip("neigh replace %s lladdr %s dev lan0 nud permanent" % (address, self.mac(role)))

    @contextlib.contextmanager
    def stray(self):
        """While it lasts the gateway routes to STRAY, which lan does not have: nfqd calls that a problem."""
        self.gateway.ip("route replace %s dev lan0" % STRAY)
        try:
            yield
        finally:
            self.gateway.ip("route del %s dev lan0" % STRAY)

    def host(self, address):
        """The namespace of an inside address; one that nobody has yet is given to the office."""
        address = str(ipaddress.ip_address(address))
        if address not in self.owner:
            if not any(ipaddress.ip_address(address) in ipaddress.ip_network(p) for p in LAN):
                return self.outside
            self.give("office", address)
        return self.spaces[self.owner[address]]

    def mac(self, role):
        return "02:00:00:00:00:%02d" % HOSTS[role]

    def start(self, space, argv, **options):
        """A long-running process in a namespace (only from the main thread: it dies with its maker)."""
        with space:
            process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *argv], start_new_session=True, **options)
        self.processes.append(process)
        return process

    def stop(self, process, number=signal.SIGTERM, timeout=10):
        """Ends one process and returns its exit status."""
        if process.poll() is None:
            process.send_signal(number)
        try:
            status = process.wait(timeout * PATIENCE_FACTOR)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = "no exit within %d s of signal %d" % (timeout, number)
        if process in self.processes:
            self.processes.remove(process)
        return status

    def close(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not stop the cleaning
        for call in reversed(self.closing):
            try:
                call()
            except Exception as error:  # whatever fails, the rest is still to be cleaned
                print("cleaning up: %s" % error)
        for process in reversed(list(self.processes)):
            self.stop(process, timeout=3)
        for space in self.spaces.values():
            os.close(space.fd)
            remove_namespace(space.name)
        self.spaces.clear()
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)


def remove_namespace(name):
    """Ends the processes that still run in it (only our own children can), then removes it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        pids = run(["ip", "netns", "pids", name], check=False).stdout.split()
        for pid in pids:
            try:
                os.kill(int(pid), number)
            except ProcessLookupError:
                pass
        if not pids:
            break
        time.sleep(0.1)
    run(["ip", "netns", "del", name], check=False)


def sweep():
    """Removes namespaces of a run that was killed: those named after a process that is no more."""
    for line in run(["ip", "netns", "list"], check=False).stdout.splitlines():
        name = line.split()[0]
        pid = name[len(PREFIX):].split("-")[0]
        if name.startswith(PREFIX) and pid.isdigit() and not os.path.exists("/proc/" + pid):
            remove_namespace(name)


def missing():
    """Why the laboratory can't be made here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("ip", "iptables", "ip6tables", "ipset", "conntrack", "setpriv", "swaks", "postfix"):
        if not shutil.which(tool):
            return "needs %s (contrib/install-deps)" % tool
    name = "%s%d-try" % (PREFIX, os.getpid())
    try:
        space = Namespace(name)
    except (LabError, OSError) as error:
        return "no network namespaces: %s" % error
    try:
        for tool in ("iptables", "ip6tables"):
            for rule in ("-t nat -A POSTROUTING -j MASQUERADE", "-t mangle -A FORWARD -j NFQUEUE --queue-num 1"):
                done = space.run(tool, *rule.split(), check=False)
                if done.returncode != 0:
                    return "%s %s: %s" % (tool, rule, done.stderr.strip().split("\n")[0])
        return None
    finally:
        os.close(space.fd)
        remove_namespace(name)
