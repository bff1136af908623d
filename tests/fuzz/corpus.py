#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""corpus.py DIRECTORY: writes what each harness begins with into DIRECTORY/NAME: what its function here makes, most of
it from the captures of tests/golden/captures_make.py. A harness fuzz_NAME.c without a function begins with the captures
themselves."""
import gzip
import hashlib
import importlib.machinery
import importlib.util
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def records(data):
    """Link type and packets of a pcap file of ours; of anything else none."""
    if len(data) < 24 or data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return None, []
    link, at, packets = struct.unpack_from("<I", data, 20)[0], 24, []
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        packets.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return link, packets


def decode(captures):
    "the link type, then one frame"
    for data in captures:
        link, packets = records(data)
        for packet in packets[:400]:
            yield struct.pack("!H", link) + packet


def fragments(captures):
    "all packets of a capture, each behind its length"
    for data in captures:
        link, packets = records(data)
        if link == 101 and len(packets) < 100:
            yield b"".join(struct.pack("!H", len(p)) + p for p in packets)


def filter(captures):
    "a digit for the link type, then one frame"
    kinds = {1: b"\0", 101: b"\1", 113: b"\2", 276: b"\3"}
    for data in captures:
        link, packets = records(data)
        for packet in packets[:100] if link in kinds else []:
            yield kinds[link] + packet


def payloads(captures, wanted):
    "port and payload of each packet of Ethernet and IPv4 without options that goes to or comes from one of the ports"
    for data in captures:
        link, packets = records(data)
        for b in packets if link == 1 else []:
            if len(b) < 42 or b[12:15] != b"\x08\x00\x45" or b[23] not in (6, 17):
                continue
            source, destination = struct.unpack_from("!HH", b, 34)
            start = 42 if b[23] == 17 else 34 + (b[46] >> 4) * 4 if len(b) > 46 else len(b)
            if (source in wanted or destination in wanted) and b[start:]:
                yield destination in wanted, b[start:14 + struct.unpack_from("!H", b, 16)[0]]


def dns(captures):
    "one message, or one segment"
    for _, payload in payloads(captures, (53,)):
        yield payload


def smtp(captures):
    "each capture's segments, behind whose they are and their size"
    for data in captures:
        talk = b"".join(bytes([client, len(p[:255])]) + p[:255] for client, p in payloads([data], (25, 587, 2525)))
        if talk:
            yield talk


def run_files():
    "tests/golden/run-files, which makes capture files of every kind"
    loader = importlib.machinery.SourceFileLoader("run_files", str(HERE.parent / "golden/run-files"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_files", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def file(captures):
    "small captures of every layer, and a small one in every format"
    yield from (data for data in captures if len(data) <= 4096)
    files = run_files()
    frames = files.frames_of(4)
    kinds = [files.pcapng(frames)[0], files.pcap(frames, version=(2, 2))[0]]
    kinds += [files.pcap(frames, order, magic)[0] for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34) for order in "<>"]
    for data in kinds:
        yield data
        yield gzip.compress(data)
        if files.ZSTD:
            yield files.zstd(data)


def config(_):
    "the configurations of the golden tests, and the one that is installed; some with a second file"
    texts = [p.read_bytes() for p in sorted((HERE.parent / "golden/configs").glob("*.conf"))]
    texts.append((HERE.parents[1] / "contrib/nfqd.conf").read_bytes())
    yield from (text for text in texts if len(text) <= 4096)
    yield b"lan 10.1.0.1\ninclude second\nallow 10.1.0.1\xff\xffblock 10.1.0.2\nlog\n"
    yield b"lan 10/8\nallow file second max 3\xff\xff10.1.0.25\n10.2.0.0/16 # two\n"


WORDS = """2027-03-31T12:00:00Z 2027-03-31T12:00:00.123456+02:00 2027-03-31 2027-03-31T20:00 20:00+02:00 -2h +1d 90d 24h 15m 30s 2w 2h30m 12hours all now today yesterday 20:00 20:00:30.5 @1800000000.5 1800000000
    10.1.0.25 10/8 72.37.186/23 2001:db8::7 2001:db8::/32 ::ffff:10.1.0.25 ::ffff:10.1.0.0/112 52:54:00:12:34:56
    52-54-00-12-34-56 --flag --text=a --list=a --prefix=10/8 --number=17 --since=2d --choice=two""".split()


def words(_):
    "any number, then a word, or several"
    yield from (struct.pack("<q", 1800000000000000) + word.encode() for word in WORDS)
    yield bytes(8) + " ".join(WORDS).encode()
    for text in ("Zürich \u202e\u00a0 abc", "\x1b[31m red \u0085 \u200b", "a\\b " * 30, "\u4e2d\u6587 wide"):
        yield b"\x20" + bytes(7) + text.encode()
    yield struct.pack("<qq", -2**63, 2**63 - 1)


def state(_):
    "which, then the bytes: those of hosts with a life, changed nowhere"
    for which in range(5):
        yield bytes([which]) + bytes(range(1, 200))
        yield bytes([which]) + b"\x40\x05\x80" * 300
    yield b"\2" + bytes([4, 10, 1, 0, 1, 5, 3, 0, 1, 25, 2, 1, 1, 5, 2, 4])


def control(_):
    "what, which client, and for 1 the bytes that it sends behind their number"
    lines = [b"status\n", b"reload\n", b"long\n", b"status", b"\n", b"\0\n", b"x" * 63, b"x" * 64 + b"\n", b"s\nr\n"]
    for line in lines:
        yield bytes([0, 0, 1, 0, len(line)]) + line + bytes([5, 0, 6, 0, 3, 0, 3, 0, 4, 0])
        yield b"".join(bytes([0, 0, 1, 0, 1, byte]) for byte in line) + bytes([7, 0, 3, 0])
    yield b"".join(bytes([0x80, n]) for n in range(80)) + b"".join(bytes([1, n, 7]) + b"status\n" for n in range(80))
    yield b"".join(bytes([0, n, 1, n, 7]) + b"reload\n" for n in range(80)) + bytes([5, 0, 6, 0, 4, 70])


def spool(_):
    "records of each kind, valid and not"
    for kind in range(4):
        yield bytes([kind])
        yield bytes([0x80 | kind]) + b"\xff" * 8
        yield b"".join(bytes([0x80 | kind | field << 2]) + bytes([field]) * 8 for field in range(32))
        yield bytes([kind]) + b"\xff" * 300
    for note in range(7):
        yield b"\0" + struct.pack("<IIq", note, 0, 1800000000000000) + b"text".ljust(272, b"\0")


def sql(_):
    "which database, then what is done to it"
    for change in ("UPDATE attempt SET attempts = -1", "UPDATE attempt SET host = zeroblob(1000000)",
                   "UPDATE attempt SET first = 9223372036854775807, last = -9223372036854775808",
                   "UPDATE gap SET missing = 9223372036854775807, cause = char(27) || '[31m' || char(133, 8238)",
                   "DROP TABLE attempt; CREATE VIEW attempt AS WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1"
                   " FROM a) SELECT n AS minute, x'0a010001' AS host, x'' AS destination, 25 AS port, 1 AS verdict, 1 AS"
                   " reason, 1 AS attempts, 0 AS retransmits, 1 AS destinations, 0 AS first, 0 AS last FROM a",
                   "DROP TABLE device; CREATE TABLE device (a)", "UPDATE meta SET value = x'00' WHERE key = 'alive'",
                   "UPDATE sealed_part SET hosts = x'04ff'", "UPDATE judged_state SET state = randomblob(300)",
                   "UPDATE sqlite_schema SET sql = replace(sql, 'INTEGER', 'TEXT')", "PRAGMA user_version = 99",
                   "CREATE TRIGGER t AFTER INSERT ON attempt BEGIN DELETE FROM gap; END",
                   "UPDATE label SET reasons = printf('%.*c', 900000, 'x')", "DELETE FROM sealed_part",
                   "INSERT INTO host_range VALUES (x'0a010001', char(27, 155) || 'dsl')",
                   "WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a LIMIT 3000) INSERT INTO gap"
                   " (since, until, cause, missing) SELECT n, n + 1, 'x', n FROM a"):
        yield b"\0" + change.encode()
        yield b"\1" + change.encode()


def pages(_):
    "which database, then places and what stands there instead: in its header, and in the head of each page"
    for which in b"\0\1":
        for place in (16, 18, 20, 24, 28, 36, 40, 44, 48, 52, 56, 60, 68, 92, 100, 101, 103, 105, 108):
            yield bytes([which]) + struct.pack("!IB", place, 4) + b"\xff" * 4
        for page in range(1, 60, 4):
            for place, value in ((0, b"\x0d"), (3, b"\xff\xff"), (8, b"\0\1" * 20), (4000, b"\x7f" * 60)):
                yield bytes([which]) + struct.pack("!IB", page * 4096 + place, len(value)) + value


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def nest(kind, *attributes):
    return attribute(kind | 0x8000, b"".join(attributes))


def message(kind, *attributes, family=2):
    "a message of netfilter: subsystem << 8 | number"
    body = struct.pack("=BBH", family, 0, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def netlink(captures):
    "the reader, then datagrams, each behind its length"
    packet = next(p for data in captures for link, all_of_it in [records(data)] if link == 101 for p in all_of_it)
    number, text = (lambda n: struct.pack("!I", n)), (lambda t: t.encode() + b"\0")
    done, table = struct.pack("=IHHIIi", 20, 3, 2, 0, 0, 0), attribute(1, text("nfqd"))
    tuples = [nest(n, nest(1, attribute(1, bytes([10, 1, 0, 1])), attribute(2, bytes([203, 0, 113, 1]))),
                   nest(2, attribute(1, b"\6"), attribute(2, b"\x10\0"), attribute(3, b"\0\x19"))) for n in (1, 2)]
    counts = nest(2, attribute(1, bytes(8)), attribute(2, bytes(7) + b"\5"))
    element = nest(1, nest(1, nest(1, attribute(1, bytes([10, 1, 0, 1]))), nest(7, attribute(1, text("counter")), counts)))
    nameless = nest(1, nest(1, nest(1, attribute(1, bytes([10, 1, 0, 1]))), nest(7, nest(2, attribute(2, bytes(8))))))
    shielded = attribute(1, text("nfqd_shield"))
    readers = [
        [message(0x300, attribute(1, number(7) + b"\x08\0\2\0"), attribute(10, packet), attribute(20, number(1000)),
                 attribute(9, b"\0\6\0\0" + bytes(range(8))))],
        [message(0x400, attribute(1, b"\x08\0\2\0"), attribute(9, packet), attribute(12, number(5)),
                 attribute(3, bytes(16)), attribute(8, b"\0\6\0\0" + bytes(8)), attribute(10, text("nfqd listed")))],
        [message(0x100, *tuples, attribute(12, number(9)),
                 nest(4, nest(1, attribute(1, b"\3"), attribute(4, b"\x08\xff")))), done],
        [message(0xa00, table, attribute(2, number(0)), family=1) + done,
         message(0xa03, table, attribute(3, text("forward")), nest(4, attribute(1, number(2)), attribute(2, number(0))),
                 attribute(5, number(1)), attribute(7, text("filter")), family=1) + done,
         message(0xa06, table, attribute(2, text("forward")), nest(4, nest(1, attribute(1, text("queue")))),
                 family=1) + done,
         message(0xa0c, table, attribute(2, text("open4")), element, family=1) + done],
        [message(0x607, attribute(1, b"\6"), attribute(2, text("nfqd_lan4")), nest(7, attribute(23, number(3)))) + done],
        [message(0xa06, table, attribute(2, text("forward")), family=1) +
         message(0xa0f, attribute(1, number(3)), attribute(2, number(4711)), attribute(3, text("nft\x1b")))],
        [message(0xa0c, shielded, attribute(2, text("pace4")), nest(3, element[4:]), family=1) + done] * 6,
        [message(0xa12, shielded, attribute(2, text("shielded")), attribute(3, number(1)),
                 nest(4, attribute(1, bytes(8)), attribute(2, bytes(7) + b"\5")), family=1) + done],
    ]
    for reader, datagrams in enumerate(readers):
        yield bytes([0x80 | reader]) + b"".join(struct.pack("!H", len(d)) + d for d in datagrams)
        for length in (-1, 0, 15, 21, 2**31 - 1):  # -1 was found: the libraries took it for less than the datagram
            yield bytes([0x80 | reader]) + struct.pack("!Hi", 20, length) + datagrams[0][4:20]
    lists = [message(0xa0c, shielded, attribute(2, text("pace4")), nest(3, nameless[4:]), family=1)]  # found, too
    yield b"\x86" + b"".join(struct.pack("!H", len(d)) + d for d in lists)


def main():
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, HERE.parent / "golden/captures_make.py", work], check=True)
        captures = [p.read_bytes() for p in sorted(Path(work).glob("*.pcap"))]
    for harness in sorted(HERE.glob("fuzz_*.c")):
        name = harness.stem.removeprefix("fuzz_")
        folder = Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for item in globals().get(name, lambda all_of_them: all_of_them)(captures):
            (folder / hashlib.sha256(item).hexdigest()[:16]).write_bytes(item)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: corpus.py DIRECTORY")
    main()
