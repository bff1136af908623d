-- wire.db, version 3: outcomes of attempts, attempts that are in no host's row, and the memory of the previous run.

-- Per hour, host and port. Times are microseconds.
CREATE TABLE outcome (
	hour             INTEGER NOT NULL,
	host             BLOB NOT NULL,
	port             INTEGER NOT NULL,
	duplicates       INTEGER NOT NULL, -- SYNs captured more than once, or once more behind NAT
	refused_by_icmp  INTEGER NOT NULL, -- of attempt.refused
	answered         INTEGER NOT NULL, -- by SYN-ACK or RST before the SYN was sent again
	answer_time      INTEGER NOT NULL, -- of those, the sum
	answer_most      INTEGER NOT NULL, -- and the longest
	closed_by_host   INTEGER NOT NULL, -- how connections ended: the first FIN
	closed_by_server INTEGER NOT NULL,
	reset_by_host    INTEGER NOT NULL, -- a RST
	reset_by_server  INTEGER NOT NULL,
	timed_out        INTEGER NOT NULL, -- an hour of silence
	bytes_out        INTEGER NOT NULL, -- of the host
	bytes_in         INTEGER NOT NULL,
	PRIMARY KEY (hour, host, port)
) WITHOUT ROWID;

-- Attempts of hosts without rows of their own. `pool` 0: the source lies outside lan; 1: there are more hosts than
-- there is room for, and `evicted` of those that had rows lost their place.
CREATE TABLE pool (
	hour     INTEGER NOT NULL,
	pool     INTEGER NOT NULL,
	syns     INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	evicted  INTEGER NOT NULL,
	PRIMARY KEY (hour, pool)
) WITHOUT ROWID;

-- The likely cause of the latest leak of a host.
CREATE TABLE leak_cause (
	host BLOB PRIMARY KEY,
	at   INTEGER NOT NULL,
	text TEXT NOT NULL
) WITHOUT ROWID;

-- Outcomes are deleted with their hours.
CREATE TRIGGER outcome_goes AFTER DELETE ON hour BEGIN
	DELETE FROM outcome WHERE hour <= old.hour;
	DELETE FROM pool WHERE hour <= old.hour;
	DELETE FROM leak_cause WHERE at < (old.hour + 1) * 3600000000;
END;

-- The attempts of the last 180 s, as pcapmon/record/memory_rows.c packs them; of an attempt that is in several chunks,
-- the latest counts. `newest` is the latest of their first SYNs. And the connections that have not ended.
CREATE TABLE memory_attempt (
	chunk   INTEGER PRIMARY KEY,
	newest  INTEGER NOT NULL,
	entries BLOB NOT NULL
);
CREATE TABLE memory_connection (
	flow  INTEGER PRIMARY KEY,
	entry BLOB NOT NULL
);
