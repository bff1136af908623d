-- wire.db, version 6: unfinished when a run ended, packed as their files describe. 0: packets of which some fragments
-- had come (pcapmon/tally/fragments.c), 1: openings that may be seen again behind NAT (pcapmon/tally/nat.c), 2: answers
-- whose SYN was not captured yet (pcapmon/tally/early.c).
CREATE TABLE memory_waiting (
	kind  INTEGER NOT NULL,
	entry BLOB NOT NULL
);
