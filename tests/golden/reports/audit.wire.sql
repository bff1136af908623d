-- What pcapmon saw of it: the gate's log says the same and more, so a plan from both counts it once. Columns: minute,
-- host, destination, port, attempts, retransmits, established, refused, leaked, listed, destinations, first, last.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 21)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i * 60, ip('10.1.0.40'), ip('192.0.2.25'), 25, 2, 0, 2, 0, 0, 0, 1,
       at('2026-11-20T20:00:10Z') + i * 3600000000, at('2026-11-20T20:00:12Z') + i * 3600000000
FROM n;
INSERT INTO attempt VALUES
	(minute('2026-11-21T08:00:00Z'), ip('10.1.3.9'), ip('203.0.113.5'), 25, 4, 2, 0, 4, 0, 0, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z')),
	(minute('2026-11-21T08:00:00Z'), ip('10.1.3.9'), ip('203.0.113.5'), 465, 4, 2, 4, 0, 0, 0, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z')),
	(minute('2026-11-21T08:00:00Z'), ip('10.1.3.8'), ip('203.0.113.5'), 25, 4, 2, 4, 0, 0, 4, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z'));
