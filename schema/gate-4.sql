-- gate.db, version 4: labels of hosts and their reasons (docs/detection.md). All of it follows from `attempt` and
-- `device`; with other parameters it is made again.
-- `who` is judged: a byte 0 and an IPv4 address, 1 and the first half of an IPv6 address, or 2 and a MAC address;
-- nine bytes, the unused ones zero.

CREATE TABLE label_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO label_name VALUES (0, 'unknown'), (1, 'listed'), (2, 'misconfigured'), (3, 'roaming'), (4, 'mail-server'),
                              (5, 'monitor'), (6, 'scanner'), (7, 'zombie');

CREATE TABLE certainty_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO certainty_name VALUES (0, 'none'), (1, 'provisional'), (2, 'confirmed');

-- The label after the latest judged minute of the host.
CREATE TABLE judged (
	who             BLOB PRIMARY KEY,
	label           INTEGER NOT NULL,
	certainty       INTEGER NOT NULL,
	later_label     INTEGER NOT NULL, -- after 46 minutes of silence
	later_certainty INTEGER NOT NULL,
	since           INTEGER NOT NULL, -- the time from which it has this label
	score           REAL NOT NULL,
	last            INTEGER NOT NULL, -- row that was judged
	tried           INTEGER NOT NULL, -- the latest attempt that the policy refuses; 0: none
	steps           INTEGER NOT NULL  -- of the current walk
) WITHOUT ROWID;

-- The state of the classifier, packed (lib/judge/pack.h).
CREATE TABLE judged_state (
	who   BLOB PRIMARY KEY,
	state BLOB NOT NULL
) WITHOUT ROWID;

-- The key under which an address was judged last.
CREATE TABLE judged_host (
	host BLOB PRIMARY KEY,
	who  BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX judged_host_who ON judged_host (who);

-- Each change of a label or its certainty.
CREATE TABLE label (
	who            BLOB NOT NULL,
	at             INTEGER NOT NULL,
	from_label     INTEGER NOT NULL,
	from_certainty INTEGER NOT NULL,
	to_label       INTEGER NOT NULL,
	to_certainty   INTEGER NOT NULL,
	reasons        TEXT NOT NULL,
	PRIMARY KEY (who, at)
) WITHOUT ROWID;

-- The steps of the current walk: their sum is its score. Steps before the latest 64 are summed up in number 0.
CREATE TABLE step (
	who     BLOB NOT NULL,
	n       INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	network BLOB NOT NULL,    -- its first address: of a /24 or a /48
	fresh   INTEGER NOT NULL, -- 1: new to the host
	step    REAL NOT NULL,
	score   REAL NOT NULL,    -- after it
	PRIMARY KEY (who, n)
) WITHOUT ROWID;

-- For the other hosts of a MAC address.
CREATE INDEX device_mac ON device (mac);

-- Refused attempts whose SYN no operating system sends (lib/decode/syn.h), for the classifier. Few hosts have any.
CREATE TABLE raw_syn (
	minute   INTEGER NOT NULL,
	host     BLOB NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (minute, host)
) WITHOUT ROWID;

-- Systems behind an address, by their SYNs (lib/decode/stack.h), for the classifier. Most hosts have one row an hour.
CREATE TABLE syn_stack (
	hour    INTEGER NOT NULL,
	host    BLOB NOT NULL,
	stack   INTEGER NOT NULL,
	minutes INTEGER NOT NULL, -- in which it was seen, as bits
	PRIMARY KEY (hour, host, stack)
) WITHOUT ROWID;
