-- gate.db, version 1. Written by nfqd's recorder alone; read by `nfqd report`.
-- Times are microseconds since the epoch, UTC; minutes and hours count from the epoch.
-- Addresses are blobs of 4 or 16 bytes; an empty one means "the other destinations of this host and minute".

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE verdict (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO verdict VALUES (0, 'pass'), (1, 'drop'), (2, 'reject'), (3, 'audit');

CREATE TABLE reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO reason VALUES (0, 'listed'), (1, 'stranger'), (2, 'expired'), (3, 'early'), (4, 'destination'),
                          (5, 'blocked'), (6, 'deny-to'), (7, 'unreadable');

-- The openings of a host in a minute.
CREATE TABLE attempt (
	minute       INTEGER NOT NULL,
	host         BLOB NOT NULL,
	destination  BLOB NOT NULL,
	port         INTEGER NOT NULL,
	verdict      INTEGER NOT NULL,
	reason       INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	retransmits  INTEGER NOT NULL,
	destinations INTEGER NOT NULL, -- 1, or an estimate where destination is empty
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	PRIMARY KEY (minute, host, destination, port, verdict, reason)
) WITHOUT ROWID;

-- The same per hour, for the minutes that have been pruned. `peak` is the busiest minute's attempts.
CREATE TABLE hour (
	hour         INTEGER NOT NULL,
	host         BLOB NOT NULL,
	port         INTEGER NOT NULL,
	verdict      INTEGER NOT NULL,
	reason       INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	retransmits  INTEGER NOT NULL,
	destinations INTEGER NOT NULL,
	peak         INTEGER NOT NULL,
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	PRIMARY KEY (hour, host, port, verdict, reason)
) WITHOUT ROWID;

-- MAC addresses that sent for a host, and when.
CREATE TABLE device (
	host  BLOB NOT NULL,
	mac   BLOB NOT NULL,
	first INTEGER NOT NULL,
	last  INTEGER NOT NULL,
	PRIMARY KEY (host, mac)
) WITHOUT ROWID;

-- The named range of a host in the policy when it was last seen.
CREATE TABLE host_range (
	host BLOB PRIMARY KEY,
	name TEXT NOT NULL
) WITHOUT ROWID;

-- Every known loss. `missing` is an upper bound, NULL where none can be given.
CREATE TABLE gap (
	id      INTEGER PRIMARY KEY,
	since   INTEGER NOT NULL,
	until   INTEGER NOT NULL,
	cause   TEXT NOT NULL,
	missing INTEGER
);
CREATE INDEX gap_until ON gap (until);

-- Starts, stops, reloads, policy changes, children that died.
CREATE TABLE journal (
	id   INTEGER PRIMARY KEY,
	at   INTEGER NOT NULL,
	what TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX journal_at ON journal (at);

-- The position up to which each spool has been written: stored in the same transaction as the rows, so that a recorder
-- that is killed neither loses nor repeats an event.
CREATE TABLE position (
	spool TEXT PRIMARY KEY,
	run   INTEGER NOT NULL, -- the supervisor's run that owns the spool
	next  INTEGER NOT NULL
) WITHOUT ROWID;
