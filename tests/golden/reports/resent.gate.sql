-- A minute in which the last retransmissions have no row of their own, and a gap of unknown size within a second.
INSERT INTO attempt VALUES
	(minute('2026-11-20T20:00:00Z'), ip('10.1.0.66'), ip('192.0.2.1'), 25, 1, 1, 1, 3, 1,
	 at('2026-11-20T20:00:10Z'), at('2026-11-20T20:00:17Z')),
	(minute('2026-11-20T20:00:00Z'), ip('10.1.0.66'), x'', 25, 1, 1, 0, 251, 0,
	 at('2026-11-20T20:00:00Z'), at('2026-11-20T20:00:17Z'));
INSERT INTO gap VALUES
	(1, at('2026-11-20T20:10:00.2Z'), at('2026-11-20T20:10:00.9Z'), 'the rules were changed', NULL);
