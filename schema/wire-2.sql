-- wire.db, version 2: hours that are over, summed up, so that a report need not read their minutes. Nothing here is
-- news: all of it follows from `attempt` and may be deleted; the writer makes it anew.

-- The hours whose sums are whole. Where an hour is not here, its minutes are read.
CREATE TABLE sealed (hour INTEGER PRIMARY KEY);

-- Hosts in the order of their addresses, many to a part. The bytes of `hosts` are told in lib/database/sealed.h.
CREATE TABLE sealed_part (
	hour  INTEGER NOT NULL,
	part  INTEGER NOT NULL,
	hosts BLOB NOT NULL,
	PRIMARY KEY (hour, part)
);

-- The addresses that a host opened to, each once, 4 or 16 bytes as the host's own.
CREATE TABLE sealed_destination (
	hour         INTEGER NOT NULL,
	host         BLOB NOT NULL,
	destinations BLOB NOT NULL,
	PRIMARY KEY (hour, host)
) WITHOUT ROWID;
