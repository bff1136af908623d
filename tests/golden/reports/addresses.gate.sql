-- Hosts with several IPv6 addresses. Columns of attempt: minute, host, destination, port, verdict, reason, attempts,
-- retransmits, destinations, first, last.

-- A bot with a new address for each of 20 attempts, always one network further, but for the first three addresses,
-- which come in one minute and go to one destination. It has an IPv4 address, too.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + max(i, 2), ip('2001:db8:1:2:aaaa::' || (100 + i)),
       ip((20 + max(i, 2)) || '.3.9.25'), 25, 1, 1, 1, 2, 1, at('2026-11-20T20:00:05Z') + max(i, 2) * 60000000 + i * 100000,
       at('2026-11-20T20:00:14Z') + max(i, 2) * 60000000 + i * 100000
FROM n;
UPDATE attempt SET destination = ip('2001:db8:f' || (minute % 100) || '::25');
INSERT INTO attempt VALUES (minute('2026-11-20T20:10:00Z'), ip('10.1.0.66'), ip('203.0.113.9'), 25, 1, 1, 1, 2, 1,
	at('2026-11-20T20:10:20Z'), at('2026-11-20T20:10:29Z'));
INSERT INTO device SELECT host, mac('02:00:00:00:00:66'), first, last FROM attempt;

-- A printer in the same /64, with another card: its own entry, and not accused.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i / 3 * 60 + i % 3 * 3, ip('2001:db8:1:2::17'), ip('2001:db8:9::5'), 25, 1, 1, 1, 2, 1,
       at('2026-11-20T20:00:30Z') + (i / 3 * 60 + i % 3 * 3) * 60000000,
       at('2026-11-20T20:00:39Z') + (i / 3 * 60 + i % 3 * 3) * 60000000
FROM n;
INSERT INTO device VALUES (ip('2001:db8:1:2::17'), mac('02:00:00:00:00:17'), at('2026-11-20T20:00:30Z'),
	at('2026-11-20T23:06:39Z'));

-- Behind a router: three /64, in the first of them two hosts that are not told apart, and a listed server.
INSERT INTO attempt VALUES
	(minute('2026-11-20T21:00:00Z'), ip('2001:db8:1:10::1'), ip('2001:db8:9::5'), 25, 1, 1, 1, 2, 1,
	 at('2026-11-20T21:00:01Z'), at('2026-11-20T21:00:10Z')),
	(minute('2026-11-20T21:01:00Z'), ip('2001:db8:1:10::2'), ip('2001:db8:9::5'), 25, 1, 1, 1, 2, 1,
	 at('2026-11-20T21:01:01Z'), at('2026-11-20T21:01:10Z')),
	(minute('2026-11-20T21:02:00Z'), ip('2001:db8:1:10::25'), ip('2001:db8:9::6'), 25, 0, 0, 2, 0, 1,
	 at('2026-11-20T21:02:01Z'), at('2026-11-20T21:02:10Z')),
	(minute('2026-11-20T21:03:00Z'), ip('2001:db8:1:11::1'), ip('2001:db8:9::5'), 25, 1, 1, 1, 2, 1,
	 at('2026-11-20T21:03:01Z'), at('2026-11-20T21:03:10Z')),
	(minute('2026-11-20T21:04:00Z'), ip('2001:db8:1:12::1'), ip('2001:db8:9::5'), 25, 1, 1, 1, 2, 1,
	 at('2026-11-20T21:04:01Z'), at('2026-11-20T21:04:10Z'));
INSERT INTO device SELECT host, mac('02:00:00:00:00:01'), first, last FROM attempt
	WHERE host BETWEEN ip('2001:db8:1:10::') AND ip('2001:db8:1:12::ffff');
INSERT INTO meta VALUES ('alive', at('2026-11-21T19:00:00Z'));
