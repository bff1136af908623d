# SPDX-License-Identifier: GPL-3.0-or-later
"""Side traffic of hosts, for captures_make.py: DNS, POP3 and IMAP, SMTP dialogue."""
from scapy.all import DNS, DNSQR, DNSRR, DNSRRMX, IP, TCP, UDP, IPv6, Raw

import captures_make as make
from captures_make import ETHERNET, HOST, HOST2, HOST6, RAW, SERVER, SERVER2, SERVER6, START, back, tcp

RESOLVER = "192.0.2.53"
KINDS = {"A": 1, "MX": 15, "AAAA": 28, "TXT": 16}


def message(name, kind="MX", number=1, rcode=None):
    question = DNSQR(qname=name, qtype=KINDS[kind])
    if rcode is None:
        return DNS(id=number, rd=1, qd=question)
    return DNS(id=number, qr=1, rd=1, ra=1, rcode=rcode, qd=question)


def lookup(name, kind="MX", number=1, rcode=0, host=HOST, resolver=RESOLVER):
    """A query and, unless rcode is None, its answer."""
    ip = IPv6 if ":" in host else IP
    port = 30000 + number
    packets = [ip(src=host, dst=resolver) / UDP(sport=port, dport=53) / message(name, kind, number)]
    if rcode is not None:
        packets.append(ip(src=resolver, dst=host) / UDP(sport=53, dport=port) / message(name, kind, number, rcode))
    return packets


class Talk:
    """A connection with a dialogue; `packets` has its packets on the wire."""

    def __init__(self, port=25, src=HOST, dst=SERVER, sport=40000):
        self.flow = (src, dst, sport, port)
        self.seq, self.ack = 1001, 9001
        self.packets = [tcp("S", *self.flow, seq=1000), back("SA", *self.flow, seq=9000, ack=1001),
                        tcp("A", *self.flow, seq=1001, ack=9001)]

    def client(self, data, flags="PA"):
        data = data if isinstance(data, bytes) else data.encode()
        self.packets.append(tcp(flags, *self.flow, seq=self.seq, ack=self.ack) / Raw(data))
        self.seq += len(data)
        return self

    def server(self, data, flags="PA"):
        data = data if isinstance(data, bytes) else data.encode()
        self.packets.append(back(flags, *self.flow, seq=self.ack, ack=self.seq) / Raw(data))
        self.ack += len(data)
        return self

    def close(self):
        self.packets += [tcp("FA", *self.flow, seq=self.seq, ack=self.ack),
                         back("FA", *self.flow, seq=self.ack, ack=self.seq + 1)]
        return self


def greet(name="bot.example", **flow):
    return (Talk(**flow).server("220 mx ESMTP\r\n").client(f"EHLO {name}\r\n")
            .server("250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n"))


def frames(packets, start=START, step=0.25):
    return make.pcap(ETHERNET, make.timed(list(make.ethernet(packets)), start, step))


def lookups():
    """40 MX, 3 A and 1 AAAA, of which 10 MX do not exist and one A goes unanswered; TXT, another kind of packets, an
    answer to nobody, a copy of a mirror port; over TCP two in one segment; then one opening."""
    packets = []
    for i in range(40):
        packets += lookup(f"domain{i % 30}.example.", number=i, rcode=3 if i % 4 == 0 else 0)
    packets += lookup("a.example.", "A", 100) + lookup("B.example.", "A", 101, None) + lookup("b.example.", "A", 102)
    packets += lookup("a.example.", "AAAA", 103, host=HOST6, resolver=SERVER6) + lookup("x.example.", "TXT", 104)
    packets += [IP(src=HOST, dst=RESOLVER) / UDP(sport=53000, dport=53) / Raw(b"nonsense"),
                IP(src=RESOLVER, dst="192.0.2.99") / UDP(sport=53, dport=53000) / message("a.example.", "A", 1, 3)]
    both = b"".join(len(m).to_bytes(2, "big") + m for m in
                    (bytes(message("t1.example.")), bytes(message("t2.example.", number=2))))
    packets += Talk(53, dst=RESOLVER).client(both).close().packets
    packets += make.handshake(HOST) + make.handshake(HOST6, SERVER6)
    data = make.timed(list(make.ethernet(packets)))
    return make.pcap(ETHERNET, data[:1] + [(data[0][0] + 0.00001, data[0][1])] + data[1:])


def only_addresses():
    "everybody looks up addresses; without lan, a host that never opened a connection to a mail port has no row"
    return frames(lookup("www.example.", "A", 1) + lookup("example.", "MX", 2, host=HOST2) + make.handshake(HOST))


def mailboxes():
    "20 short connections to one server, one to another, one long, one refused, one that was open before"
    packets = []
    for i in range(20):
        packets += Talk(110, sport=41000 + i).server("+OK\r\n").client("PASS x\r\n").server("-ERR\r\n").close().packets
    packets += Talk(993, dst=SERVER2, sport=42000).close().packets
    refused = [tcp("S", dport=143, sport=43000), back("RA", dport=143, sport=43000)]
    packets += refused + [tcp("FA", dport=143, sport=44000, seq=5)]
    long = make.timed(list(make.ethernet(Talk(143, sport=45000).close().packets)), START + 600, 5)
    return make.pcap(ETHERNET, make.timed(list(make.ethernet(packets))) + long)


def spam():
    """Two names, three sender domains and one empty sender, five recipients; a message that contains other commands;
    refused three times, twice because of a list; with STARTTLS once, after which nothing is read."""
    one = greet(sport=40000)
    one.client("MAIL FROM:<a@one.example>\r\nRCPT TO:<x@victim.example>\r\nRCPT TO:<y@victim.example>\r\nDATA\r\n")
    one.server("250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n")
    one.client("Subject: x\r\n\r\nRCPT TO:<not@counted.example>\r\nEHLO not.counted\r\n")
    one.client("MAIL FROM:<not@counted.example>\r\n.\r\n").server("250 queued\r\n")
    one.client("MAIL FROM:<b@two.example>\r\n").server("451 4.7.1 try again later\r\n").client("QUIT\r\n")
    one.server("221 bye\r\n").close()
    two = greet("other.example", sport=40001, port=587)
    two.client("MAIL FROM:<c@THREE.example>\r\n").server("250 ok\r\n").client("RCPT TO:<z@victim.example>\r\n")
    two.server("550-5.7.1 Service unavailable; client [198.51.100.77] blocked using\r\n"
               "550 5.7.1 zen.spamhaus.org, see https://www.spamhaus.org/query/ip/198.51.100.77\r\n").close()
    three = Talk(2525, sport=40002).server("554 5.7.1 Blocked by dnsbl.example.net: 198.51.100.77\r\n").close()
    four = greet(sport=40003, dst=SERVER2)
    four.client("MAIL FROM:<>\r\n").server("250 ok\r\n").client("RCPT TO:<v@victim.example>\r\nRCPT TO:<w@victim.example>\r\n")
    four.server("250 ok\r\n250 ok\r\n").client("STARTTLS\r\n").server("220 ready\r\n")
    four.client("EHLO not.counted\r\n").server("550 not counted, zen.spamhaus.org\r\n").close()
    return frames(one.packets + two.packets + three.packets + four.packets)


def hostile():
    "HELO names and replies are escaped on a terminal"
    talk = greet(sport=40000, name="\x1b]0;owned\x07\x1b[2J")
    talk.client(b"EHLO \xff\xfe\xc3\xa4\xe2\x80\xae\x00nul\"\\\r\n").server("250 x\r\n")
    talk.client("EHLO " + "x" * 300 + "\r\n").server("550 \x1b[31mlisted in zen.spamhaus.org\x1b[0m: 1.2.3.4\r\n")
    talk.client("EHLO \x01" + "\x02" * 62 + "\r\nEHLO " + "\x03" * 63 + "\r\nEHLO fifth\r\n").server("550 5\r\n")
    return frames(talk.close().packets)


def mixed_up():
    "segments twice, and one missing; a connection that is open already"
    talk = greet(sport=40000)
    talk.client("MAIL FROM:<a@one.example>\r\n").server("250 ok\r\n").client("RCPT TO:<x@v.example>\r\n").server("250 ok\r\n")
    packets = talk.packets
    middle = Talk(sport=40001)
    middle.client("EHLO in.a.message\r\n.\r\n").server("250 ok\r\n").client("EHLO after.it\r\n").server("250 ok\r\n")
    packets = packets[:4] + [packets[3]] + packets[4:6] + [packets[4]] + packets[7:] + middle.packets[3:]
    return make.pcap(RAW, make.timed(packets))


def said(talk):
    return (talk.client("MAIL FROM:<a@example.org>\r\n").server("250 ok\r\n").client("RCPT TO:<b@example.net>\r\n")
            .server("250 ok\r\n"))


def walk(src, networks, hellos=(), step=20):
    """Opens to this many networks, and sends EHLO with these names and a mail to the first ones. Times and frames."""
    out = []
    for n in range(networks):
        flow = {"src": src, "dst": f"{20 + n}.{3 * n}.7.25", "sport": 45000 + n}
        # Without an answer the SYN is sent again.
        talk = said(greet(hellos[n], **flow)).close().packets if n < len(hellos) else 2 * [tcp("S", src, flow["dst"], 45000 + n)]
        mac = f"02:00:00:00:00:{int(src.rsplit('.', 1)[1]):02x}"
        out += make.timed(list(make.ethernet(talk, mac)), START + step * n, 0.01 if n < len(hellos) else 1)
    return out


def inbound(server, client, sport, hello="EHLO mx.client.example\r\n"):
    """Mail that comes in, with STARTTLS, and so two replies of 220 and two EHLO."""
    talk = (Talk(src=client, dst=server, sport=sport).server("220 mail.example.com ESMTP\r\n").client(hello)
            .server("250-mail.example.com\r\n250 STARTTLS\r\n").client("STARTTLS\r\n").server("220 go ahead\r\n"))
    return make.ethernet(talk.client("EHLO mx.client.example\r\n").close().packets, make.MAC2)


def serves():
    """Two hosts go to ten networks. To one of them clients of four networks outside bring mail; to the other those of
    two do, and a neighbour of one of them, and one that opens and gets the greeting but sends nothing, one that gets
    none, and a neighbour."""
    packets = walk(HOST2, 10) + walk(HOST, 10)
    into = [p for n in range(4) for p in inbound(HOST2, f"198.51.{100 + n}.1", 50000 + n)]
    into += [p for n in range(3) for p in inbound(HOST, f"198.51.{100 + n // 2}.{n + 1}", 51000 + n)]
    mute = Talk(src="198.51.100.8", dst=HOST).server("220 mail.example.com\r\n").close().packets
    refused = Talk(src="198.51.100.9", dst=HOST).server("554 not you\r\n").client("EHLO x.example\r\n").close().packets
    into += make.ethernet(mute + refused)
    into += inbound(HOST, "10.1.0.77", 52000)
    return make.pcap(ETHERNET, sorted(packets + make.timed(list(into), START + 5.001, 0.2), key=lambda p: p[0]))


def names():
    """Hosts with four HELO names, with two, or with one of their own, that went to ten networks; and one with four that
    went to seven."""
    four = ["one.example", "two", "[192.0.2.3]", "4.example"]
    packets = walk(HOST, 10, four) + walk(HOST2, 10, ["a.example", "b.example"] * 2) + walk("10.1.0.77", 7, four)
    packets += walk("10.1.0.78", 10, ["mail.example.org"] * 10)
    return make.pcap(ETHERNET, sorted(packets, key=lambda p: p[0]))


def destinations():
    """An opening to the mail exchange of a domain, one to a name, and one to an address that no answer has given."""
    packets = []
    for number, (name, kind, record) in enumerate((
            ("friend.example.", "MX", DNSRRMX(rrname="friend.example.", type="MX", ttl=60, preference=10,
                                              exchange="mx.friend.example.")),
            ("mx.friend.example.", "A", DNSRR(rrname="mx.friend.example.", type="A", ttl=60, rdata=SERVER)),
            ("smtp.provider.example.", "A", DNSRR(rrname="smtp.provider.example.", type="A", ttl=60, rdata=SERVER2)))):
        question, answer = lookup(name, kind, number=number)
        answer[DNS].an = record
        packets += [question, answer]
    for number, server in enumerate((SERVER, SERVER2, "203.0.114.9")):
        packets += Talk(dst=server, sport=41000 + number).close().packets
    return frames(packets)


def captures():
    for function in (lookups, only_addresses, mailboxes, spam, hostile, mixed_up, serves, names, destinations):
        yield "companions_" + function.__name__, function()
