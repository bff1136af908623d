-- gate.db, version 7: the clocks of hosts, for the classifier.

-- For each address and minute the timestamp (TSval, RFC 7323) of the first refused opening that has one: several
-- machines behind an address are recognized by their clocks (lib/judge/clocks.h).
CREATE TABLE syn_clock (
	hour        INTEGER NOT NULL,
	host        BLOB NOT NULL,
	minute      INTEGER NOT NULL, -- of the hour
	at          INTEGER NOT NULL, -- microseconds
	destination BLOB NOT NULL,
	value       INTEGER NOT NULL,
	PRIMARY KEY (hour, host, minute)
) WITHOUT ROWID;
