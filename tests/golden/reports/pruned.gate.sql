-- Minutes of the first hours have been pruned: hours stay. Columns of hour: hour, host, port, verdict, reason, attempts,
-- retransmits, destinations, peak, first, last.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO hour
SELECT hour('2026-11-19T08:00:00Z') + i, ip('10.1.9.77'), 25, 2, 1, 100 + i * 17 % 40 * 30, 50, 80, 10 + i,
       at('2026-11-19T08:00:01Z') + i * 3600000000, at('2026-11-19T08:50:01Z') + i * 3600000000
FROM n WHERE i % 5 < 4;
INSERT INTO attempt VALUES
	(minute('2026-11-21T08:10:00Z'), ip('10.1.9.77'), ip('203.0.113.5'), 25, 2, 1, 30, 0, 1,
	 at('2026-11-21T08:10:05Z'), at('2026-11-21T08:10:55Z')),
	(minute('2026-11-21T08:11:00Z'), ip('10.1.9.77'), ip('203.0.113.5'), 25, 2, 1, 20, 0, 1,
	 at('2026-11-21T08:11:05Z'), at('2026-11-21T08:11:55Z'));
