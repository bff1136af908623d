-- What pcapmon saw of two hosts that flood: every SYN with its destination.
INSERT INTO attempt VALUES
	(minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), ip('203.0.0.9'), 25, 180, 700, 0, 0, 0, 0, 1,
	 at('2026-11-20T20:00:05Z'), at('2026-11-20T20:00:55Z')),
	(minute('2026-11-20T22:30:00Z'), ip('10.1.0.73'), ip('198.51.100.1'), 25, 40, 2, 0, 0, 0, 0, 1,
	 at('2026-11-20T22:30:01Z'), at('2026-11-20T22:30:50Z'));
INSERT INTO meta (key, value) VALUES ('watched_until', at('2026-11-21T19:00:00Z'));
