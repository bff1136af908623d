-- wire.db, version 7: the form of SYNs, for the classifier.

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
