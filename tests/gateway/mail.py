# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail in the laboratory: a sink outside that records what really arrives, and a real Postfix inside."""
import asyncio
import os
import pwd
import shutil
import socket
import threading
import time

from check import PATIENCE_FACTOR
from lab import LAN
from probe import listen

# As Postfix writes them: an IPv6 address in brackets.
NETWORKS = " ".join("[%s]/%s" % tuple(p.split("/")) if ":" in p else p for p in ["127.0.0.0/8", *LAN])

MAIN_CF = """
compatibility_level = 3.6
myhostname = {name}
queue_directory = {top}/queue
data_directory = {top}/data
maillog_file = {top}/log
maillog_file_prefixes = {top}
inet_interfaces = all
mynetworks = {networks}
mydestination =
local_recipient_maps =
alias_maps =
smtp_dns_support_level = {dns}
smtp_host_lookup = {lookup}
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtp_connect_timeout = 4s
transport_maps = texthash:{top}/transport
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {top}/boxes
virtual_mailbox_maps = static:all
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

MASTER_CF = """
pickup   unix  n - n 60 1 pickup
smtp     inet  n - n - - smtpd
cleanup  unix  n - n - 0 cleanup
qmgr     unix  n - n 300 1 qmgr
rewrite  unix  - - n - - trivial-rewrite
bounce   unix  - - n - 0 bounce
defer    unix  - - n - 0 bounce
trace    unix  - - n - 0 bounce
proxymap unix  - - n - - proxymap
smtp     unix  - - n - - smtp
error    unix  - - n - - error
retry    unix  - - n - - error
discard  unix  - - n - - discard
virtual  unix  - n n - - virtual
anvil    unix  - - n - 1 anvil
scache   unix  - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A mail server: an instance of its own in the laboratory's directory, without chroot. `transport` maps a recipient's
    domain to the next hop, such as "[203.0.113.25]"; mail to `domain` stays here. With the address of a `resolver` it
    finds other domains by DNS, else it has none."""

    def __init__(self, lab, space, name, domain, transport, resolver=None):
        self.space = space
        self.top = os.path.join(lab.directory, "postfix-" + name)
        self.resolver = resolver
        for folder in ("config", "queue", "data", "boxes"):
            os.makedirs(os.path.join(self.top, folder))
        nobody = pwd.getpwnam("nobody")
        shutil.chown(os.path.join(self.top, "data"), "postfix")
        shutil.chown(os.path.join(self.top, "boxes"), nobody.pw_uid, nobody.pw_gid)
        self.write("config/main.cf", MAIN_CF.format(top=self.top, name=name, domain=domain, uid=nobody.pw_uid,
                                                    gid=nobody.pw_gid, networks=NETWORKS, dns="enabled" if resolver else "disabled",
                                                    lookup="dns" if resolver else "native"))
        if resolver:
            self.write("resolv.conf", "nameserver %s\n" % resolver)
        self.write("config/master.cf", MASTER_CF)
        self.write("transport", "".join("%s smtp:%s\n" % hop for hop in transport.items()))
        lab.closing.append(lambda: self.command("stop", check=False))
        self.command("start")

    def command(self, *words, **options):
        """`postfix` on this instance."""
        return self.run("postfix", "-c", self.top + "/config", *words, **options)

    def run(self, *argv, **options):
        """A program that sees this instance's resolver."""
        if self.resolver:
            mount = "mount --bind %s/resolv.conf /etc/resolv.conf && exec \"$@\"" % self.top
            argv = ("unshare", "--mount", "sh", "-c", mount, "sh", *argv)
        return self.space.run(*argv, **options)

    def waits(self):
        """True if all mail in the queue waits for another try."""
        def mail(*queues):
            return [name for queue in queues for _, _, names in os.walk(self.top + "/queue/" + queue) for name in names]
        return mail("deferred") != [] and mail("maildrop", "incoming", "active") == []

    def write(self, path, text):
        with open(os.path.join(self.top, path), "w") as f:
            f.write(text)

    def log(self):
        try:
            with open(os.path.join(self.top, "log"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def received(self, text):
        """True if a message with this text lies in a mailbox here."""
        return any(text in open(os.path.join(top, name), errors="replace").read()
                   for top, _, names in os.walk(self.top + "/boxes") for name in names)


class Mail:
    """One message as the sink got it."""

    def __init__(self, peer, local, port):
        self.peer, self.local, self.port = peer, local, port
        self.helo = self.sender = self.body = ""
        self.recipients = []
        self.when = None  # it was taken, time.monotonic()


class Sink:
    """Takes every connection and every mail on every address of a namespace. `connections` holds (peer address,
    own address, own port) in order of arrival, `mails` what was delivered."""

    def __init__(self, lab, space, ports=(25, 587, 465)):
        self.connections, self.mails = [], []
        self.loop = asyncio.new_event_loop()
        for port in ports:
            for kind in (socket.AF_INET, socket.AF_INET6):
                listening = listen(space, kind, port)
                self.loop.run_until_complete(asyncio.start_server(self.serve, sock=listening))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        lab.closing.append(self.close)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def run(self):
        self.loop.run_forever()  # until close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def serve(self, reader, writer):
        mail = Mail(writer.get_extra_info("peername")[0], *writer.get_extra_info("sockname")[:2])
        self.connections.append((mail.peer, mail.local, mail.port))
        try:
            await self.talk(mail, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the client is gone or sends nonsense: the connection itself has been recorded
        finally:
            writer.close()

    async def talk(self, mail, reader, writer):
        """As much of RFC 5321 as Postfix and swaks need."""
        def say(text):
            writer.write(text.encode() + b"\r\n")

        say("220 sink.example ESMTP")
        while line := (await reader.readline()).decode(errors="replace").strip():
            word, _, rest = line.partition(" ")
            word = word.upper()
            if word in ("HELO", "EHLO"):
                mail.helo = rest
                say("250 sink.example")
            elif word == "MAIL":
                mail.sender = rest.partition("<")[2].partition(">")[0]
                say("250 ok")
            elif word == "RCPT":
                mail.recipients.append(rest.partition("<")[2].partition(">")[0])
                say("250 ok")
            elif word == "DATA":
                say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                mail.body = body.decode(errors="replace")
                mail.when = time.monotonic()
                self.mails.append(mail)
                say("250 taken")
                mail, helo = Mail(mail.peer, mail.local, mail.port), mail.helo
                mail.helo = helo
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok" if word in ("RSET", "NOOP") else "502 no")

    def find(self, text):
        """The mail whose body has this text, or None."""
        return next((mail for mail in list(self.mails) if text in mail.body), None)


def send(space, server, sender, recipient, body, port=25, source=None):
    """Hands one mail to a server with swaks, from an address of its own. Returns (exit status, transcript); 0 means the server took it."""
    message = "From: <%s>\\nTo: <%s>\\nSubject: test\\n\\n%s\\n" % (sender, recipient, body)
    argv = ["swaks", "--server", server, "--port", str(port), "--from", sender, "--to", recipient, "--helo",
            "client.example", "--timeout", str(int(5 * PATIENCE_FACTOR)), "--data", message]
    if source is not None:
        argv += ["--local-interface", source]
    if ":" in server:
        argv[1:3] = ["-6", "--server", server]
    done = space.run(*argv, check=False, timeout=30 * PATIENCE_FACTOR)
    return done.returncode, done.stdout + done.stderr
