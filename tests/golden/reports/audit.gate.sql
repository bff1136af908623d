-- A day with `stranger audit`: who would be cut off? Columns as in bot.gate.sql.

-- A shop that mails through one smart host, all day, two addresses.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 43)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i * 30, ip('10.1.0.40'), ip('192.0.2.' || (25 + i % 2)), 25, 3, 1, 1 + i % 3, 0, 1,
       at('2026-11-20T20:00:10Z') + i * 1800000000, at('2026-11-20T20:00:12Z') + i * 1800000000
FROM n;

-- A mail server: many destinations, at its ease.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i * 7, ip('10.1.0.25'), ip('198.51.100.' || (1 + i % 97)), 25, 3, 1, 1 + i % 4, 0, 1,
       at('2026-11-20T20:00:10Z') + i * 420000000, at('2026-11-20T20:00:12Z') + i * 420000000
FROM n;

-- A bot: as many as it can; and one that is slow, for ten minutes.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 95)
INSERT INTO attempt
SELECT minute('2026-11-21T03:00:00Z') + i / 32, ip('10.1.9.77'), ip((17 + i) || '.' || (i * 37 % 5) || '.0.9'), 25, 3, 1,
       5 + i % 7, i % 3, 1, at('2026-11-21T03:00:00Z') + i * 1000000, at('2026-11-21T03:00:01Z') + i * 1000000
FROM n;
INSERT INTO attempt VALUES (minute('2026-11-21T03:01:00Z'), ip('10.1.9.77'), x'', 25, 3, 1, 300, 10, 120,
                            at('2026-11-21T03:01:30Z'), at('2026-11-21T03:01:59Z'));
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO attempt
SELECT minute('2026-11-21T05:00:00Z') + i / 2, ip('10.1.9.78'), ip('203.0.113.' || i), 25, 3, 1, 1, 0, 1,
       at('2026-11-21T05:00:00Z') + i * 30000000, at('2026-11-21T05:00:00Z') + i * 30000000
FROM n;

-- A printer, seen twice; one with long addresses, to three networks over the day; one whose exemption is over; one that
-- a block line names; one that is refused already, on another port; a destination nobody reaches; a listed one.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8)
INSERT INTO attempt
SELECT minute('2026-11-20T21:00:00Z') + i * 60, ip('2001:db8:1:1234:8f00:1111:2222:3333'),
       ip('2001:db8:f:' || (1 + i % 3) || ':1000:2000:3000:' || (1 + i)), 25, 3, 1, 2, 1, 1,
       at('2026-11-20T21:00:10Z') + i * 3600000000, at('2026-11-20T21:00:12Z') + i * 3600000000
FROM n;
INSERT INTO attempt VALUES
	(minute('2026-11-21T08:00:00Z'), ip('10.1.120.230'), ip('203.0.113.5'), 25, 3, 1, 4, 2, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z')),
	(minute('2026-11-21T08:10:00Z'), ip('10.1.120.230'), ip('203.0.113.5'), 587, 3, 1, 1, 0, 1,
	 at('2026-11-21T08:10:05Z'), at('2026-11-21T08:10:05Z')),
	(minute('2026-11-21T09:00:00Z'), ip('10.1.3.4'), ip('203.0.113.6'), 25, 3, 2, 3, 0, 1,
	 at('2026-11-21T09:00:05Z'), at('2026-11-21T09:00:15Z')),
	(minute('2026-11-21T09:00:00Z'), ip('10.1.3.5'), ip('203.0.113.6'), 25, 1, 5, 2, 0, 1,
	 at('2026-11-21T09:00:05Z'), at('2026-11-21T09:00:15Z')),
	(minute('2026-11-21T09:01:00Z'), ip('10.1.3.6'), ip('203.0.113.6'), 587, 2, 1, 9, 0, 1,
	 at('2026-11-21T09:01:05Z'), at('2026-11-21T09:01:15Z')),
	(minute('2026-11-21T09:02:00Z'), ip('10.1.3.7'), ip('72.37.186.9'), 25, 2, 6, 5, 0, 1,
	 at('2026-11-21T09:02:05Z'), at('2026-11-21T09:02:15Z')),
	(minute('2026-11-21T09:03:00Z'), ip('10.1.3.8'), ip('203.0.113.6'), 25, 0, 0, 50, 0, 1,
	 at('2026-11-21T09:03:05Z'), at('2026-11-21T09:03:15Z'));

INSERT INTO host_range VALUES (ip('10.1.9.77'), 'wifi'), (ip('10.1.120.230'), 'office');
INSERT INTO device VALUES (ip('10.1.0.40'), mac('02:00:00:00:00:40'), at('2026-11-20T20:00:00Z'), at('2026-11-21T18:00:00Z'));
