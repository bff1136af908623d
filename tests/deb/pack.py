# SPDX-License-Identifier: GPL-3.0-or-later
"""Later versions of a package: the same files, packed again.
usage: pack.py PACKAGE.deb FOLDER     also copies the package there
"""
import os
import shutil
import subprocess
import sys
import tempfile


def later(version, number):
    """The first, second ... version after one."""
    upstream, revision = version.rsplit("-", 1)
    return "%s.%d-%s" % (upstream, number, revision)


def field(path, name):
    return subprocess.run(["dpkg-deb", "-f", path, name], capture_output=True, text=True, check=True).stdout.strip()


def pack_as(path, version, folder):
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(["dpkg-deb", "-R", path, top], check=True)
        with open(top + "/DEBIAN/control", "r+", encoding="utf-8") as f:
            lines = f.readlines()
            f.seek(0)
            f.truncate()
            f.writelines("Version: %s\n" % version if line.startswith("Version: ") else line for line in lines)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", top, folder], check=True, stdout=subprocess.DEVNULL)


def pack(path, folder):
    """The package in its own and two later versions."""
    version = field(path, "Version")
    shutil.copy(path, folder)
    for number in (1, 2):
        pack_as(path, later(version, number), folder)


if __name__ == "__main__":
    pack(sys.argv[1], os.path.abspath(sys.argv[2]))
