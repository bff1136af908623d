-- wire.db, version 13: how names of destinations are spelled, for the reasons of a report.

-- A few of the names that openings of the host had which the policy does not pass, of each kind: see `attempt`. `text`
-- is lower case, without a final dot; bytes other than letters, digits, - and _ are \DDD (RFC 1035, 5.1), and of a long
-- name there is the end, after "...". Rows go with the minutes of `attempt`.
CREATE TABLE spelling (
	host   BLOB NOT NULL,
	naming INTEGER NOT NULL,
	name   INTEGER NOT NULL,
	text   TEXT NOT NULL,
	minute INTEGER NOT NULL, -- of the latest opening that is known
	PRIMARY KEY (host, naming, name)
) WITHOUT ROWID;
