-- gate.db, version 3: hours that are over, summed up, so that a report need not read their minutes. All of
-- it follows from `attempt` and may be deleted; the writer makes it again.

-- The hours whose sums are complete. The minutes of any other hour are read.
CREATE TABLE sealed (hour INTEGER PRIMARY KEY);

-- Hosts in the order of their addresses, many to a part. lib/database/sealed.h describes the bytes of `hosts`.
CREATE TABLE sealed_part (
	hour  INTEGER NOT NULL,
	part  INTEGER NOT NULL,
	hosts BLOB NOT NULL,
	PRIMARY KEY (hour, part)
);

-- The addresses that a host opened to, each once, 4 or 16 bytes like the host's.
CREATE TABLE sealed_destination (
	hour         INTEGER NOT NULL,
	host         BLOB NOT NULL,
	destinations BLOB NOT NULL,
	PRIMARY KEY (hour, host)
) WITHOUT ROWID;
