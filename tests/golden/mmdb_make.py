#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes databases in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), with networks of our own.

usage: mmdb_make.py FOLDER             those that the tests of reports read (DATABASES)
       mmdb_make.py --random N FILE    N random IPv4 networks, for the bench"""
import io
import ipaddress
import os
import random
import struct
import sys
import tarfile

UINT16, UINT32, UINT64 = 5, 6, 9
MARKER = b"\xab\xcd\xefMaxMind.com"


def control(kind, size):
    """Type and size; types from 8 on have a byte of their own."""
    head, extended = (kind << 5, b"") if kind < 8 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([head | size]) + extended
    if size < 285:
        return bytes([head | 29]) + extended + bytes([size - 29])
    return bytes([head | 30]) + extended + struct.pack(">H", size - 285)


def encode(value):
    """A number is a UINT32 if it fits, or (type, number)."""
    if isinstance(value, bytes):  # text that is no UTF-8, perhaps
        return control(2, len(value)) + value
    if isinstance(value, str):
        return encode(value.encode())
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(v) for v in value)
    if isinstance(value, tuple):
        kind, value = value
    else:
        kind = UINT32 if value < 1 << 32 else UINT64
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(digits)) + digits


def place_in(tree, network, version):
    """Makes way to a network in a tree for that version of IP; the leaf is (node, bit)."""
    bits = int(network.network_address)
    length = network.prefixlen + (96 if network.version == 4 and version == 6 else 0)
    node = 0
    for n in range(length):
        bit = bits >> ((127 if version == 6 else 31) - n) & 1
        if n == length - 1:
            return node, bit
        if tree[node][bit] is None:
            tree.append([None, None])
            tree[node][bit] = len(tree) - 1
        node = tree[node][bit]
    raise ValueError(network)


def database(networks, record_size=24, kind="test", node_count=None, version=6):
    """Bytes. networks: {"192.0.2.0/24": value}, none inside another."""
    tree, offsets, data = [[None, None]], {}, b""
    for text, value in networks.items():
        encoded = encode(value)
        if encoded not in offsets:
            offsets[encoded] = len(data)
            data += encoded
        node, bit = place_in(tree, ipaddress.ip_network(text), version)
        tree[node][bit] = ("data", offsets[encoded])
    records = []
    for node in tree:
        left, right = (len(tree) if r is None else len(tree) + 16 + r[1] if isinstance(r, tuple) else r for r in node)
        if record_size == 28:
            packed = struct.pack(">I", left)[1:] + bytes([left >> 24 << 4 | right >> 24]) + struct.pack(">I", right)[1:]
        else:
            packed = b"".join(struct.pack(">I", r)[4 - record_size // 8:] for r in (left, right))
        records.append(packed)
    metadata = encode({"node_count": len(tree) if node_count is None else node_count, "ip_version": (UINT16, version),
                       "record_size": (UINT16, record_size), "database_type": kind, "languages": ["en"],
                       "binary_format_major_version": (UINT16, 2), "binary_format_minor_version": (UINT16, 0),
                       "build_epoch": (UINT64, 1782864000), "description": {"en": kind}})
    return b"".join(records) + bytes(16) + data + MARKER + metadata


def flat(country):
    return {"country_code": country}


def nested(country, **more):
    return {"country": dict({"geoname_id": 1, "iso_code": country}, **more), "registered_country": {"iso_code": "ZZ"}}


def system(number, name):
    return {"autonomous_system_number": number, "autonomous_system_organization": name}


# Networks that the databases of reports go to.
DATABASES = {
    "flat.mmdb": database({"20.0.0.0/8": flat("US"), "21.0.0.0/8": flat("RU"), "22.0.0.0/7": flat("CN"),
                           "24.0.0.0/5": flat("BR"), "203.0.113.0/24": flat("DE"), "60.0.0.0/8": flat("FR"),
                           "2001:db8:f::/48": flat("JP"), "198.51.100.0/24": flat("NL"),
                           "192.0.2.1/32": flat("IL")}),
    "nested.mmdb": database({"20.0.0.0/8": nested("GB", names={"en": "United Kingdom"}), "21.0.0.0/8": nested("SE"),
                             "90.0.0.0/8": nested("AU")}, 28, "GeoLite2-Country"),
    "asn.mmdb": database({"20.0.0.0/9": system(64497, "=cmd(),1"), "20.128.0.0/9": system(64496, "Example Net"),
                          "21.0.0.0/8": system(64498, "\x1b[2Jevil\x07\u202egro.elpmaxe"),
                          "22.0.0.0/8": system(64499, b"caf\xc3\xa9 \xff\xfe"),
                          "23.0.0.0/8": system(4294967295, "long one" + "name \u00e9" * 30),
                          "24.0.0.0/8": system(64500, ""), "25.0.0.0/8": {"autonomous_system_number": 64501},
                          "203.0.113.0/24": system(64502, "Printers, \"Inc.\"")}, 32, "GeoLite2-ASN"),
    # Values of other types than they should be, and countries that are none.
    "odd.mmdb": database({"20.0.0.0/8": flat("USA"), "28.0.0.0/8": flat("us"), "21.0.0.0/8": flat(7), "22.0.0.0/8": {"country": "US"},
                          "23.0.0.0/8": {"country": {"iso_code": "\x1b["}}, "24.0.0.0/8": ["US"],
                          "25.0.0.0/8": {"autonomous_system_number": "15169"}, "26.0.0.0/8": "US",
                          "27.0.0.0/8": {"autonomous_system_number": 1 << 40}}),
    "lies.mmdb": database({"20.0.0.0/8": flat("US")}, node_count=100000),
}
DATABASES["cut.mmdb"] = DATABASES["flat.mmdb"][:300]
DATABASES["inside.mmdb"] = bytes(range(256)) + DATABASES["flat.mmdb"]
with io.BytesIO() as packed:
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("flat.mmdb")
        member.size = len(DATABASES["flat.mmdb"])
        tar.addfile(member, io.BytesIO(DATABASES["flat.mmdb"]))
    DATABASES["tar.mmdb"] = packed.getvalue()
DATABASES["text.mmdb"] = b"This is no database.\n" * 100
DATABASES["empty.mmdb"] = b""


def main():
    if sys.argv[1] == "--random":
        dice, networks = random.Random(1), {}
        while len(networks) < int(sys.argv[2]):
            networks["%d.%d.%d.0/20" % (dice.randrange(1, 224), dice.randrange(256), dice.randrange(16) * 16)] = \
                flat("%c%c" % (dice.randrange(65, 91), dice.randrange(65, 91)))
        with open(sys.argv[3], "wb") as f:
            f.write(database(networks))
        return
    for name, content in DATABASES.items():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(content)


if __name__ == "__main__":
    main()
