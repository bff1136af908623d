-- wire.db, version 4: the position up to which each capture file was counted, so that one that is read again, whole,
-- grown or after a kill, adds only its new part. Written in the same transaction as its rows.
CREATE TABLE capture (
	opening INTEGER PRIMARY KEY, -- hash of the first packet and its time: a capture is known by it
	packets INTEGER NOT NULL,    -- that were counted
	digest  INTEGER NOT NULL,    -- hash of all of them, in order
	scope   INTEGER NOT NULL     -- hash of the ports and lan that were counted
);
