# SPDX-License-Identifier: GPL-3.0-or-later
"""The usual way to log refused openings: a NFLOG rule, ulogd2, and its SQLite output. It measures the number of rows
that a flood leaves. The table is ours to make: ulogd2 wants it to exist, and fills the columns it finds in it."""
import glob
import os
import shutil
import sqlite3
import time

TABLE = ("CREATE TABLE refused (oob_time_sec INTEGER, ip_saddr INTEGER, ip_daddr INTEGER, tcp_sport INTEGER,"
         " tcp_dport INTEGER, tcp_seq INTEGER)")
CONFIGURATION = """
[global]
logfile="{top}/ulogd.log"
{plugins}
stack=log1:NFLOG,base1:BASE,rows1:SQLITE3
[log1]
group=1
[rows1]
table="refused"
db="{top}/ulogd.db"
"""
RULES = ["FORWARD -p tcp --dport 25 -j NFLOG --nflog-group 1", "FORWARD -p tcp --dport 25 -j DROP"]


def plugins():
    """Paths of the plugins that the stack needs; fewer than three: they are not installed."""
    folders = glob.glob("/usr/lib*/ulogd") + glob.glob("/usr/lib*/*/ulogd")
    wanted = ["%s/ulogd_%s.so" % (folder, name) for folder in folders[:1]
              for name in ("inppkt_NFLOG", "raw2packet_BASE", "output_SQLITE3")]
    return [path for path in wanted if os.path.exists(path)]


def missing():
    return shutil.which("ulogd") is None or len(plugins()) < 3


class Ulogd:
    def __init__(self, lab):
        self.lab = lab
        self.top = os.path.join(lab.directory, "ulogd")

    def __enter__(self):
        os.mkdir(self.top)
        with sqlite3.connect(self.top + "/ulogd.db") as db:
            db.execute(TABLE)
        with open(self.top + "/conf", "w") as f:
            f.write(CONFIGURATION.format(top=self.top,
                                         plugins="\n".join('plugin="%s"' % path for path in plugins())))
        self.process = self.lab.start(self.lab.gateway, ["ulogd", "-c", self.top + "/conf"])
        time.sleep(1)
        for rule in RULES:
            self.lab.gateway.sh("iptables", "-t", "mangle", "-A", *rule.split())
        return self

    def __exit__(self, *unused):
        for rule in RULES:
            self.lab.gateway.sh("iptables", "-t", "mangle", "-D", *rule.split())
        self.lab.stop(self.process)

    def stored(self):
        """Rows, when no more come: messages in its socket are given time."""
        rows, before = self.count(), -1
        while rows != before:
            time.sleep(2)
            rows, before = self.count(), rows
        return rows

    def count(self):
        with sqlite3.connect("file:%s/ulogd.db?mode=ro" % self.top, uri=True, timeout=60) as db:
            return db.execute("SELECT count(*) FROM refused").fetchone()[0]
