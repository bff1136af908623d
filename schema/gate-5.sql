-- gate.db, version 5: listed hosts compared with their own past (docs/detection.md).

-- The latest unusual hours of a listed host: the beginning of the first, the end of the last; 0: none.
ALTER TABLE judged ADD COLUMN unusual_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE judged ADD COLUMN unusual_until INTEGER NOT NULL DEFAULT 0;

-- Its usual hours, packed (lib/judge/usual.h); empty for a host that was never listed.
ALTER TABLE judged_state ADD COLUMN usual BLOB NOT NULL DEFAULT x'';

-- Its past is learnt from the rows that are there: everything is judged again.
DELETE FROM meta WHERE key = 'judge';
