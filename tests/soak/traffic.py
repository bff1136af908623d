# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes through the gateway during a soak, and how it is counted: connects of listed hosts and of strangers in
threads of their own, and the kernel's own count of all openings, which no fault touches."""
import bisect
import collections
import threading
import time

from lab import LabError
from probe import connect_all

LISTED = [("10.1.0.25", "203.0.113.8", 25), ("2001:db8:1::25", "2001:db8:f::8", 25)]
STRANGERS = [("10.1.0.66", "203.0.113.7", 25), ("2001:db8:1::66", "2001:db8:f::7", 25), ("10.1.0.9", "203.0.113.7", 25),
             ("10.1.200.50", "203.0.113.7", 25), ("2001:db8:1:c8::50", "2001:db8:f::7", 25)]
FLOODED = "203.0.113.40"  # the first of ten destinations of the floods
LOST = 20  # seconds without an answer after which a listed connect is lost: the kernel resends after 1, 3, 7 and 15 s
SAMPLE = .5  # seconds between two looks at the count

COUNTER = """
table inet soak {
	counter openings { }
	chain prerouting {
		type filter hook prerouting priority -450;
		iifname { "lan0", "lan1" } tcp dport 25 tcp flags & (syn | ack) == syn counter name openings
	}
}
"""


class Traffic:
    """As `with Traffic(lab, now) as traffic:` it flows until the end of the block. `now` is nfqd's wall clock."""

    def __init__(self, lab, now):
        self.lab, self.now = lab, now
        self.listed, self.strangers = [], []  # (begun by nfqd's clock, flow, outcome)
        self.counts = []  # (nfqd's clock, openings so far)
        self.errors = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.guard, args=(run,), daemon=True)
                        for run in (self.connect_listed, self.connect_strangers, self.look)]

    def __enter__(self):
        self.lab.gateway.sh("nft", "-f", "-", text=COUNTER)
        self.look()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.end()
        self.lab.gateway.sh("nft", "delete", "table", "inet", "soak")

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def guard(self, run):
        while not self.ending.is_set():
            try:
                run()
            except Exception as error:  # the traffic goes on, and the soak fails at its end
                self.errors.append("%s: %s" % (type(error).__name__, error))
                time.sleep(1)

    def connect_listed(self):
        begun = self.now()
        flows = LISTED * 10
        self.listed += [(begun, flow, outcome)
                        for flow, outcome in zip(flows, connect_all(self.lab, flows, patience=LOST, pace=.1))]

    def connect_strangers(self):
        begun = self.now()
        flows = STRANGERS * 2
        self.strangers += [(begun, flow, outcome)
                           for flow, outcome in zip(flows, connect_all(self.lab, flows, pace=.05))]

    def look(self):
        words = self.lab.gateway.sh("nft", "list", "counter", "inet", "soak", "openings").split()
        self.counts.append((self.now(), int(words[words.index("packets") + 1])))
        time.sleep(SAMPLE)

    def sent(self):
        """All openings that the gateway got."""
        return self.counts[-1][1] - self.counts[0][1]

    def sent_outside(self, spans):
        """Those that it surely got outside of these spans of nfqd's clock."""
        spans = sorted(spans)
        total = 0
        for (begin, before), (end, after) in zip(self.counts, self.counts[1:]):
            begin, end = min(begin, end) - 1, max(begin, end) + 1  # the clock may have been set in between
            at = bisect.bisect_right(spans, (end, float("inf")))
            if not any(until >= begin for _, until in spans[:at]):
                total += after - before
        return total

    def summary(self):
        kinds = lambda tries: ", ".join("%d %s" % (count, kind) for kind, count in sorted(
            collections.Counter(outcome.kind for _, _, outcome in tries).items()))
        late = sum(outcome.ms > 900 for _, _, outcome in self.listed)
        return "listed: %s (%d after the kernel had resent the SYN); strangers: %s; openings: %d" % (
            kinds(self.listed), late, kinds(self.strangers), self.sent())
