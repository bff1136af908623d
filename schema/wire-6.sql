-- wire.db, version 6: what waited for its rest when a run ended, packed as their files say: 0: packets of which some
-- fragments had come (pcapmon/tally/fragments.c), 1: openings that NAT may show once more (pcapmon/tally/twins.c),
-- 2: answers whose SYN was not captured yet (pcapmon/tally/early.c).
CREATE TABLE memory_waiting (
	kind  INTEGER NOT NULL,
	entry BLOB NOT NULL
);
