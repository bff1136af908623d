# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens connections to the server outside until SIGTERM, and prints what came of it.
usage: traffic.py connect SOURCE     one connection after another; prints "DONE FAILED"
       traffic.py flood SOURCE       1,000 openings a second, which get no second try; prints how many
"""
import signal
import socket
import struct
import sys
import time

from machine import SERVER

ended = False


def end(*unused):
    global ended
    ended = True


def connect(source):
    done = failed = 0
    while not ended:
        try:
            socket.create_connection((SERVER, 25), 10, (source, 0)).close()
            done += 1
        except OSError:
            failed += 1
        time.sleep(0.02)
    print(done, failed)


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(source, number):
    """An IPv4 packet; the kernel fills in its length and checksum."""
    addresses = socket.inet_aton(source) + socket.inet_aton(SERVER)
    tcp = struct.pack(">HHIIBBHHH", 1024 + number % 60000, 25, number, 0, 0x50, 2, 65535, 0, 0)
    tcp = tcp[:16] + struct.pack(">H", checksum(addresses + struct.pack(">HH", 6, len(tcp)) + tcp)) + tcp[18:]
    return struct.pack(">BBHHHBBH", 0x45, 0, 0, 0, 0, 64, 6, 0) + addresses + tcp


def flood(source):
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    start = time.monotonic()
    sent = 0
    while not ended:
        while sent < (time.monotonic() - start) * 1000:
            sender.sendto(syn(source, sent), (SERVER, 0))
            sent += 1
        time.sleep(0.005)
    print(sent)


signal.signal(signal.SIGTERM, end)
{"connect": connect, "flood": flood}[sys.argv[1]](sys.argv[2])
