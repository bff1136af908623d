-- wire.db, version 6: what SYNs look like, for the judge.

-- Attempts whose SYN no operating system sends (lib/syn.h), and that the policy does not let: for the judge. Few hosts have
-- any.
CREATE TABLE raw_syn (
	minute   INTEGER NOT NULL,
	host     BLOB NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (minute, host)
) WITHOUT ROWID;
