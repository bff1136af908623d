-- gate.db, version 6: the times of attempts apart from those of retransmissions, for the classifier.

-- Microseconds from first to the first attempt, and from the last one to last. Existing rows stay as they are.
ALTER TABLE attempt ADD COLUMN lead INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN tail INTEGER NOT NULL DEFAULT 0;

-- A minute of retransmissions alone weighs less than before: everything is judged again.
DELETE FROM meta WHERE key = 'judge';
