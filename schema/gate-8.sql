-- gate.db, version 8: SYNs that were only counted are not attempts; a mark for drills; which minutes have changed.

-- SYNs that were only counted, since nobody can call them attempts or retransmissions: those that the shield dropped
-- (reason 'flood'), whatever their destinations; and those that may be retransmissions of attempts for which the log
-- had no room. None of them is in attempts or retransmits.
ALTER TABLE attempt ADD COLUMN syns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hour ADD COLUMN syns INTEGER NOT NULL DEFAULT 0;

-- 1: made by a drill of nfqd's own, no traffic of the host.
ALTER TABLE attempt ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hour ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;

-- Until now those of the shield were written as attempts. Sums of their hours are made again.
DELETE FROM sealed WHERE hour IN (SELECT minute / 60 FROM attempt WHERE reason = 8);
UPDATE attempt SET syns = attempts, attempts = 0, lead = 0, tail = 0 WHERE reason = 8;
UPDATE hour SET syns = attempts, attempts = 0, peak = 0 WHERE reason = 8;

-- For each minute the number of its latest change, raised in the transaction that writes its rows (attempt, raw_syn,
-- syn_stack, syn_clock). Numbers only grow, and none comes twice. A program that copies rows reads, in one
-- transaction, the minutes with a number above the last one that it has copied, and then their rows, which replace
-- its own of these minutes. Sums (sealed hours, labels) raise nothing, since they follow from rows; nor does
-- pruning, since it takes away minutes that were copied. A minute that is here and has no rows was pruned first: its
-- hour is in `hour`. Minutes go when their hours go.
CREATE TABLE minute_change (
	change INTEGER PRIMARY KEY AUTOINCREMENT,
	minute INTEGER NOT NULL UNIQUE
);
INSERT INTO minute_change (minute) SELECT DISTINCT minute FROM attempt ORDER BY minute;

-- Numbers of changes are those of this file: one that takes its place has another id.
INSERT INTO meta VALUES ('id', lower(hex(randomblob(16))));

-- The classifier tells SYNs from attempts now: everything is judged again.
DELETE FROM meta WHERE key = 'judge';
