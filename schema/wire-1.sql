-- wire.db, version 1. Written by pcapmon alone; read by `nfqd report`.
-- Times are microseconds since the epoch, UTC; minutes count from the epoch.
-- Addresses are blobs of 4 or 16 bytes; an empty one means "the other destinations of this host and minute".

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- The openings of a host in a minute. Outcomes are in the row of the minute in which they were seen.
CREATE TABLE attempt (
	minute       INTEGER NOT NULL,
	host         BLOB NOT NULL,
	destination  BLOB NOT NULL,
	port         INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	retransmits  INTEGER NOT NULL,
	established  INTEGER NOT NULL,
	refused      INTEGER NOT NULL,
	leaked       INTEGER NOT NULL, -- established, enforced, and not allowed by the policy at that time
	listed       INTEGER NOT NULL, -- attempts that the policy allowed
	destinations INTEGER NOT NULL, -- 1, or an estimate where destination is empty
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	PRIMARY KEY (minute, host, destination, port)
) WITHOUT ROWID;

-- The same per hour, for the minutes that have been pruned. `peak` is the busiest minute's attempts.
CREATE TABLE hour (
	hour         INTEGER NOT NULL,
	host         BLOB NOT NULL,
	port         INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	retransmits  INTEGER NOT NULL,
	established  INTEGER NOT NULL,
	refused      INTEGER NOT NULL,
	leaked       INTEGER NOT NULL,
	listed       INTEGER NOT NULL,
	destinations INTEGER NOT NULL,
	peak         INTEGER NOT NULL,
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	PRIMARY KEY (hour, host, port)
) WITHOUT ROWID;

CREATE TABLE device (
	host  BLOB NOT NULL,
	mac   BLOB NOT NULL,
	first INTEGER NOT NULL,
	last  INTEGER NOT NULL,
	PRIMARY KEY (host, mac)
) WITHOUT ROWID;

CREATE TABLE host_range (
	host BLOB PRIMARY KEY,
	name TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE gap (
	id      INTEGER PRIMARY KEY,
	since   INTEGER NOT NULL,
	until   INTEGER NOT NULL,
	cause   TEXT NOT NULL,
	missing INTEGER
);
CREATE INDEX gap_until ON gap (until);

CREATE TABLE journal (
	id   INTEGER PRIMARY KEY,
	at   INTEGER NOT NULL,
	what TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX journal_at ON journal (at);
