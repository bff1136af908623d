-- gate.db, version 5: listed hosts against their own past (docs/detection.md).

-- Of the latest hours that were not usual for a listed host: the begin of the first, the end of the last; 0: none.
ALTER TABLE judged ADD COLUMN unusual_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE judged ADD COLUMN unusual_until INTEGER NOT NULL DEFAULT 0;

-- What is usual for it, packed (lib/judge/usual.h); empty for who was never listed.
ALTER TABLE judged_state ADD COLUMN usual BLOB NOT NULL DEFAULT x'';

-- What it did before is learnt from the rows that are there: all is judged once more.
DELETE FROM meta WHERE key = 'judge';
