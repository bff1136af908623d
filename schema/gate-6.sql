-- gate.db, version 6: when attempts came, whatever was sent again before or after: for the judge.

-- Microseconds from first to the first attempt, and from the last one to last. Rows that are there are taken as before.
ALTER TABLE attempt ADD COLUMN lead INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN tail INTEGER NOT NULL DEFAULT 0;

-- A minute of retransmissions alone says less than it did: all is judged once more.
DELETE FROM meta WHERE key = 'judge';
