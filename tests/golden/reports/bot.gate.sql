-- A laptop that behaves like a spam bot, and the rest of a small network. Columns of attempt: minute, host, destination,
-- port, verdict, reason, attempts, retransmits, destinations, first, last.

-- The laptop: five minutes, 32 destinations of their own each (some of them again in the next minute), and others.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 159)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i / 32, ip('10.1.9.77'),
       ip((17 + i % 150) || '.' || (i * 37 % 150 % 5) || '.0.' || (1 + i % 150)), 25, 2, 1, 1 + i % 7, i % 3, 1,
       at('2026-11-20T20:00:00Z') + (i / 32 * 60 + i % 32) * 1000000 + 250000,
       at('2026-11-20T20:00:00Z') + (i / 32 * 60 + i % 32) * 1000000 + 750000
FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.9.77'), x'', 25, 2, 1, 120 + i * 10, 40, 90 + i,
       at('2026-11-20T20:00:33Z') + i * 60000000, at('2026-11-20T20:00:59Z') + i * 60000000
FROM n;

-- The mail server: listed; once to a destination that nobody reaches.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i * 5, ip('10.1.0.25'), ip('192.0.2.' || (i % 9)), 25, 0, 0, 3, 0, 1,
       at('2026-11-20T20:00:10Z') + i * 300000000, at('2026-11-20T20:00:12Z') + i * 300000000
FROM n;
INSERT INTO attempt VALUES (minute('2026-11-20T21:00:00Z'), ip('10.1.0.25'), ip('72.37.186.9'), 25, 2, 6, 1, 0, 1,
                            at('2026-11-20T21:00:05Z'), at('2026-11-20T21:00:05Z'));

-- A printer whose exemption is over, a host in audit, two over IPv6.
INSERT INTO attempt VALUES
	(minute('2026-11-21T08:00:00Z'), ip('10.1.120.230'), ip('203.0.113.5'), 25, 2, 2, 4, 2, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z')),
	(minute('2026-11-21T08:10:00Z'), ip('10.1.120.230'), ip('203.0.113.5'), 25, 1, 1, 1, 0, 1,
	 at('2026-11-21T08:10:05Z'), at('2026-11-21T08:10:05Z')),
	(minute('2026-11-21T09:00:00Z'), ip('10.1.3.4'), ip('203.0.113.6'), 25, 3, 1, 1, 0, 1,
	 at('2026-11-21T09:00:05Z'), at('2026-11-21T09:00:05Z')),
	(minute('2026-11-21T09:00:00Z'), ip('2001:db8:1:1234:8f00:1111:2222:3333'), ip('2001:db8:f:1::25'), 25, 2, 1, 6, 1, 1,
	 at('2026-11-21T09:00:05Z'), at('2026-11-21T09:00:25Z')),
	(minute('2026-11-21T09:00:00Z'), ip('2001:db8:1:1234:8f00:1111:2222:3333'), ip('2001:db8:f:2::25'), 25, 2, 1, 1, 0, 1,
	 at('2026-11-21T09:00:06Z'), at('2026-11-21T09:00:06Z')),
	(minute('2026-11-21T09:00:00Z'), ip('2001:db8:1::7'), ip('2001:db8:f::25'), 25, 0, 0, 2, 0, 1,
	 at('2026-11-21T09:00:05Z'), at('2026-11-21T09:00:06Z'));

-- Outside the period of the tests: the day before, and the minute in which it ends.
INSERT INTO attempt VALUES
	(minute('2026-11-19T20:00:00Z'), ip('10.1.9.77'), ip('203.0.113.5'), 25, 2, 1, 1000, 0, 1,
	 at('2026-11-19T20:00:05Z'), at('2026-11-19T20:00:40Z')),
	(minute('2026-11-21T19:00:00Z'), ip('10.1.9.77'), ip('203.0.113.5'), 25, 2, 1, 1000, 0, 1,
	 at('2026-11-21T19:00:00Z'), at('2026-11-21T19:00:40Z'));

INSERT INTO device VALUES
	(ip('10.1.9.77'), mac('02:00:00:00:00:01'), at('2026-11-01T10:00:00Z'), at('2026-11-02T10:00:00Z')),
	(ip('10.1.9.77'), mac('02:00:00:aa:bb:cc'), at('2026-11-20T20:00:00Z'), at('2026-11-20T20:04:59Z')),
	(ip('10.1.0.25'), mac('02:00:00:00:00:25'), at('2026-01-01T10:00:00Z'), at('2026-11-20T23:15:12Z'));
INSERT INTO host_range VALUES (ip('10.1.9.77'), 'wifi'), (ip('10.1.120.230'), 'office'), (ip('10.1.3.4'), 'lab');

INSERT INTO gap VALUES
	(1, at('2026-11-20T20:02:00Z'), at('2026-11-20T20:02:01.5Z'), 'the gate was killed and started again', 12),
	(2, at('2026-11-20T20:03:00Z'), at('2026-11-20T20:03:00Z'), 'a reload took time; nothing was lost', 0),
	(3, at('2026-11-18T20:03:00Z'), at('2026-11-18T20:04:00Z'), 'the queue was full (before the period of the tests)', 7),
	(4, at('2026-11-20T18:00:00Z'), at('2026-11-20T19:00:30Z'), 'the queue was full', 3);
