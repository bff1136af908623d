# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots this machine's system, in a container on an overlay of its root, and runs a file of checks in it. Nothing of it
touches the machine's own system."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/gateway"))

import check  # noqa: E402

BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
NAME = "nfqd-test-%d" % os.getpid()
SECONDS = 240  # for everything, on a busy machine
SERVICE = """\
[Unit]
After=basic.target
[Service]
Type=oneshot
Environment=CI=%s PATIENCE_FACTOR=%s V=%s
ExecStart=/usr/bin/python3 /nfqd-test/%s %s
ExecStopPost=systemctl --quiet --force --force poweroff
StandardOutput=append:/nfqd-test/results
StandardError=append:/nfqd-test/results
"""


class Container:
    """As `with Container() as container:` a root directory for a system like this one, which may be written to."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix=NAME)
        self.root = self.top + "/root"
        self.mounted = []

    def mount(self, target, *arguments):
        os.makedirs(target, exist_ok=True)
        done = subprocess.run(["mount", *arguments, target], capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError(done.stderr.strip())
        self.mounted.append(target)

    def __enter__(self):
        try:
            self.mount(self.top + "/memory", "-t", "tmpfs", "tmpfs")
            self.mount(self.top + "/lower", "--bind", "/")
            for folder in ("upper", "work"):
                os.mkdir(self.top + "/memory/" + folder)
            self.mount(self.root, "-t", "overlay", "overlay", "-o", "lowerdir={0}/lower,upperdir={0}/memory/upper,"
                       "workdir={0}/memory/work".format(self.top))
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for target in reversed(self.mounted):
            subprocess.run(["umount", "-l", target], check=False)
        for folder in ("root", "lower", "memory", ""):
            try:
                os.rmdir(os.path.join(self.top, folder))
            except OSError:
                pass  # the tree of the machine is below: never remove what is not empty

    def write(self, path, text):
        path = self.root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def furnish(self, files, words):
        """A system with nothing of its own to start and nothing of nfqd's. It runs the first of the files, which are
        named from tests, with these arguments."""
        system = self.root + "/etc/systemd/system"
        for folder in os.listdir(system):
            if folder.endswith((".wants", ".requires")):
                shutil.rmtree(os.path.join(system, folder))
        shutil.rmtree(self.root + "/var/lib/nfqd", ignore_errors=True)
        shutil.rmtree(self.root + "/etc/nfqd", ignore_errors=True)
        for path in ("/etc/machine-id", "/etc/fstab"):
            self.write(path, "")
        for file in (*files, "gateway/check.py", "systemd/machine.py"):
            with open(os.path.join(TOP, "tests", file), encoding="utf-8") as f:
                self.write("/nfqd-test/" + os.path.basename(file), f.read())
        self.write("/etc/systemd/system/nfqd-test.service",
                   SERVICE % (*(os.environ.get(name, "") for name in ("CI", "PATIENCE_FACTOR", "V")),
                              os.path.basename(files[0]), " ".join(words)))
        os.makedirs(system + "/multi-user.target.wants")
        os.symlink("../nfqd-test.service", system + "/multi-user.target.wants/nfqd-test.service")

    def boot(self):
        """Returns what the checks have printed, and the console."""
        unified = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        unit = [] if os.path.isdir("/run/systemd/system") else ["--keep-unit"]
        with open(self.top + "/memory/console", "w+", encoding="utf-8", errors="replace") as console:
            machine = subprocess.Popen(
                ["systemd-nspawn", "--register=no", *unit, "-D", self.root, "-M", NAME, "--private-network",
                 "--capability=all", "-b", "systemd.unit=multi-user.target"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": str(int(unified))})
            try:
                machine.wait(SECONDS * check.PATIENCE_FACTOR)
            except subprocess.TimeoutExpired:
                machine.kill()
                machine.wait()
            console.seek(0)
            console = console.read()
        try:
            with open(self.root + "/nfqd-test/results", encoding="utf-8") as f:
                return f.read(), console
        except FileNotFoundError:
            return "", console


def missing():
    """Why no system can be booted here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("systemd-nspawn"):
        return "needs systemd-nspawn (contrib/install-deps)"
    if not any(os.path.exists(path) for path in ("/lib/systemd/systemd", "/usr/lib/systemd/systemd")):
        return "systemd is not installed"
    return None


def run(tally, group, furnish):
    """Boots a container that furnish(container) has filled, prints what its checks print, and adds their sums."""
    why = missing()
    results = console = ""
    try:
        if not why:
            with Container() as container:
                furnish(container)
                results, console = container.boot()
    except OSError as error:
        why = "no container on an overlay of the root: %s" % error
    if why:
        tally.skip(group, why)
        return
    lines = results.splitlines()
    sums = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", lines[-1]) if lines else None
    if not sums:
        tally.fail(group, "expected a system that boots and checks that end, got: %s\n%s" % (results, console))
        return
    print("\n".join(lines[:-1]), flush=True)
    tally.passed += int(sums[1])
    tally.failed += int(sums[2])
    tally.skipped += int(sums[3])
