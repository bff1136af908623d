-- wire.db, version 7: what SYNs look like, for the judge.

-- Attempts whose SYN no operating system sends (lib/decode/syn.h), and that the policy does not let: for the judge. Few hosts have
-- any.
CREATE TABLE raw_syn (
	minute   INTEGER NOT NULL,
	host     BLOB NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (minute, host)
) WITHOUT ROWID;

-- What SYNs said of the systems behind an address (lib/decode/stack.h): for the judge. One row an hour for most hosts.
CREATE TABLE syn_stack (
	hour    INTEGER NOT NULL,
	host    BLOB NOT NULL,
	stack   INTEGER NOT NULL,
	minutes INTEGER NOT NULL, -- in which it came, as bits
	PRIMARY KEY (hour, host, stack)
) WITHOUT ROWID;
