-- wire.db, version 4: how far each capture file was counted, so that one that is read again, whole, grown or after a
-- kill, adds only what is new. Written in the same transaction as its rows.
CREATE TABLE capture (
	opening INTEGER PRIMARY KEY, -- hash of the first packet and its time: a capture is known by it
	packets INTEGER NOT NULL,    -- that were counted
	digest  INTEGER NOT NULL,    -- hash of all of them, in order
	scope   INTEGER NOT NULL     -- hash of ports and lan: what was counted
);
