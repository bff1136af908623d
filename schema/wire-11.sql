-- wire.db, version 11: a mark for drills; which minutes have changed.

-- 1: made by a drill of nfqd's own, no traffic of the host.
ALTER TABLE attempt ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hour ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;

-- For each minute the number of its latest change, raised in the transaction that writes its rows (attempt, raw_syn,
-- syn_stack, syn_clock). Numbers only grow, and none comes twice. A program that copies rows reads, in one
-- transaction, the minutes with a number above the last one that it has copied, and then their rows, which replace
-- its own of these minutes. Sums (sealed hours) raise nothing, since they follow from rows; nor does pruning, since
-- it takes away minutes that were copied. A minute that is here and has no rows was pruned first: its hour is in
-- `hour`. Minutes go when their hours go.
CREATE TABLE minute_change (
	change INTEGER PRIMARY KEY AUTOINCREMENT,
	minute INTEGER NOT NULL UNIQUE
);
INSERT INTO minute_change (minute) SELECT DISTINCT minute FROM attempt ORDER BY minute;

-- Numbers of changes are those of this file: one that takes its place has another id.
INSERT INTO meta VALUES ('id', lower(hex(randomblob(16))));
