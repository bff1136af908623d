# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in the laboratory: a real dnsmasq on the gateway, and look-ups of scripted hosts."""
import os
import shutil
import socket

from scapy.layers.dns import DNS, DNSQR

from check import Skip, eventually

ADDRESS = "10.1.0.1"


class Resolver:
    """dnsmasq on lan0. `exchangers` maps a domain to the names of its mail exchangers in the order of preference, and
    `hosts` a name to its addresses, which dnsmasq gives in turn."""

    def __init__(self, lab, exchangers, hosts):
        if not shutil.which("dnsmasq"):
            raise Skip("dnsmasq is not installed")
        top = os.path.join(lab.directory, "dnsmasq.conf")
        with open(top, "w") as f:
            f.write("no-hosts\nno-resolv\nlisten-address=%s\nbind-interfaces\nlocal-ttl=60\nlocal=/example/\n" % ADDRESS)
            for domain, names in exchangers.items():
                f.writelines("mx-host=%s,%s,%d\n" % (domain, name, 10 * n) for n, name in enumerate(names, 1))
            for name, addresses in hosts.items():
                f.writelines("host-record=%s,%s\n" % (name, address) for address in addresses)
        self.process = lab.start(lab.gateway, ["dnsmasq", "--keep-in-foreground", "--user=nobody", "--conf-file=" + top,
                                               "--pid-file="])
        self.lab = lab
        eventually(5, "dnsmasq to listen", self.listens, bool)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.lab.stop(self.process)

    def listens(self):
        with open("/proc/%d/net/udp" % self.process.pid) as f:
            return ":0035 " in f.read()


def ask(space, name, kind):
    """The data of the records in the answer to a question from this namespace: names of exchangers, or addresses."""
    with space:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with s:
        s.settimeout(5)
        s.sendto(bytes(DNS(id=os.getpid() % 65536, rd=1, qd=DNSQR(qname=name, qtype=kind))), (ADDRESS, 53))
        answer = DNS(s.recv(4096))
    records = [answer.an[n] for n in range(answer.ancount)]
    if kind == "MX":
        return [r.exchange.decode().rstrip(".") for r in sorted(records, key=lambda r: r.preference)]
    return [r.rdata for r in records]
