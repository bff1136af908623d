#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""corpus.py DIRECTORY: writes what each harness begins with into DIRECTORY/NAME, from the captures of
tests/golden/captures_make.py. A harness fuzz_NAME.c without a function here begins with the captures themselves."""
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
