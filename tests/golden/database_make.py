# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases of the current schema, made without the programs that are tested."""
import datetime
import ipaddress
import os
import re
import sqlite3

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def at(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000000)


# The first columns of `attempt` and `hour`: statements that name no columns fill these.
COLUMNS = {"gate": {"attempt": "minute, host, destination, port, verdict, reason, attempts, retransmits, destinations,"
                               " first, last",
                    "hour": "hour, host, port, verdict, reason, attempts, retransmits, destinations, peak, first,"
                            " last"},
           "wire": {"attempt": "minute, host, destination, port, attempts, retransmits, established, refused, leaked,"
                               " listed, destinations, first, last",
                    "hour": "hour, host, port, attempts, retransmits, established, refused, leaked, listed,"
                            " destinations, peak, first, last"}}


def make_database(path, kind, sql=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    db = sqlite3.connect(path)
    db.create_function("ip", 1, lambda text: ipaddress.ip_address(text).packed)
    db.create_function("mac", 1, lambda text: bytes.fromhex(text.replace(":", "")))
    db.create_function("at", 1, at)
    db.create_function("minute", 1, lambda text: at(text) // 60000000)
    db.create_function("hour", 1, lambda text: at(text) // 3600000000)
    db.execute("PRAGMA journal_mode = WAL")
    version = 0
    while os.path.exists(os.path.join(TOP, "schema", "%s-%d.sql" % (kind, version + 1))):
        version += 1
        with open(os.path.join(TOP, "schema", "%s-%d.sql" % (kind, version)), encoding="utf-8") as f:
            db.executescript(f.read())
    db.execute("INSERT INTO meta VALUES ('schema', ?)", (kind,))
    db.execute("PRAGMA user_version = %d" % version)
    for table, columns in COLUMNS[kind].items():
        sql = re.sub(r"INSERT INTO %s(?! *\()" % table, "INSERT INTO %s (%s)" % (table, columns), sql)
    db.executescript(sql)
    db.commit()
    db.close()
