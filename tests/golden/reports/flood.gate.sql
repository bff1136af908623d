-- Above the pace: SYNs that were only counted, beside attempts and without any.
-- A bot: 150 connects in a minute, 32 destinations with rows of their own, and 700 SYNs more.
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 31)
INSERT INTO attempt SELECT minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), ip('203.0.' || i || '.9'), 25, 1, 1, 1, 1, 1,
	at('2026-11-20T20:00:05Z') + i * 100000, at('2026-11-20T20:00:06Z') + i * 100000 FROM n;
INSERT INTO attempt VALUES (minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), x'', 25, 1, 1, 118, 20, 118,
	at('2026-11-20T20:00:08Z'), at('2026-11-20T20:00:25Z'));
INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits, destinations, first, last, syns)
VALUES
	(minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T19:59:59Z'), at('2026-11-20T20:00:31Z'), 699),
	(minute('2026-11-20T20:01:00Z'), ip('10.1.9.77'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T20:00:59Z'), at('2026-11-20T20:01:02Z'), 1),
-- Nothing but SYNs: a flood, one just below its threshold, one SYN.
	(minute('2026-11-20T21:00:00Z'), ip('10.1.0.70'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T20:59:59Z'), at('2026-11-20T21:00:59Z'), 123456),
	(minute('2026-11-20T21:01:00Z'), ip('10.1.0.70'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T21:00:59Z'), at('2026-11-20T21:01:59Z'), 98765),
	(minute('2026-11-20T21:02:00Z'), ip('10.1.0.71'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T21:02:01Z'), at('2026-11-20T21:02:09Z'), 299),
	(minute('2026-11-20T21:02:00Z'), ip('2001:db8:1:1234:8f00:1111:2222:3333'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T21:02:01Z'), at('2026-11-20T21:02:01Z'), 1),
-- Several ports are enforced, so SYNs have none.
	(minute('2026-11-20T22:00:00Z'), ip('10.1.0.72'), ip('198.51.100.1'), 587, 2, 1, 2, 0, 1,
	 at('2026-11-20T22:00:01Z'), at('2026-11-20T22:00:02Z'), 0),
	(minute('2026-11-20T22:00:00Z'), ip('10.1.0.72'), ip('198.51.100.1'), 25, 2, 1, 3, 0, 1,
	 at('2026-11-20T22:00:01Z'), at('2026-11-20T22:00:05Z'), 0),
	(minute('2026-11-20T22:00:00Z'), ip('10.1.0.72'), x'', 0, 1, 8, 0, 0, 0,
	 at('2026-11-20T22:00:05Z'), at('2026-11-20T22:00:09Z'), 40),
-- The wire saw more than attempts and SYNs together.
	(minute('2026-11-20T22:30:00Z'), ip('10.1.0.73'), ip('198.51.100.1'), 25, 1, 1, 10, 2, 1,
	 at('2026-11-20T22:30:01Z'), at('2026-11-20T22:30:20Z'), 0),
	(minute('2026-11-20T22:30:00Z'), ip('10.1.0.73'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T22:30:20Z'), at('2026-11-20T22:30:40Z'), 5),
-- Beyond the room of the log: these may be retransmissions.
	(minute('2026-11-20T22:45:00Z'), ip('10.1.0.74'), ip('198.51.100.1'), 25, 1, 1, 4, 2, 1,
	 at('2026-11-20T22:45:01Z'), at('2026-11-20T22:45:20Z'), 6),
	(minute('2026-11-20T22:46:00Z'), ip('10.1.0.74'), ip('20.0.9.25'), 25, 1, 1, 0, 0, 1,
	 at('2026-11-20T22:46:01Z'), at('2026-11-20T22:46:20Z'), 3),
	(minute('2026-11-20T22:47:00Z'), ip('10.1.0.75'), ip('198.51.100.2'), 25, 1, 1, 0, 0, 1,
	 at('2026-11-20T22:47:01Z'), at('2026-11-20T22:47:20Z'), 9),
	(minute('2026-11-20T22:47:00Z'), ip('10.1.0.75'), x'', 25, 1, 8, 0, 0, 0,
	 at('2026-11-20T22:47:01Z'), at('2026-11-20T22:47:20Z'), 11),
	(minute('2026-11-20T23:00:00Z'), ip('10.1.0.25'), ip('198.51.100.1'), 25, 0, 0, 12, 0, 1,
	 at('2026-11-20T23:00:01Z'), at('2026-11-20T23:00:20Z'), 0);
INSERT INTO host_range VALUES (ip('10.1.9.77'), 'students of the northern dormitories');
INSERT INTO meta (key, value) VALUES ('alive', at('2026-11-21T19:00:00Z'));
