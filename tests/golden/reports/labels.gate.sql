-- One host of each kind, refused all day: a slow bot, a printer, a mail server that is not listed, a scan, a monitor, a
-- listed server that hit destinations which nobody reaches, and a bot in IPv4 and IPv6 behind one MAC address.
-- Columns of attempt: minute, host, destination, port, verdict, reason, attempts, retransmits, destinations, first, last.

-- The bot: another network every few minutes.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + 7 * i + i * i % 5, ip('10.1.0.66'), ip((20 + i) || '.' || (i * 5) || '.9.25'), 25, 1, 1, 1, 2, 1,
       at('2026-11-20T20:00:05Z') + (7 * i + i * i % 5) * 60000000, at('2026-11-20T20:00:14Z') + (7 * i + i * i % 5) * 60000000
FROM n;

-- The printer: three tries three minutes apart, every hour.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i / 3 * 60 + i % 3 * 3, ip('10.1.0.17'), ip('203.0.113.5'), 25, 1, 1, 1, 2, 1,
       at('2026-11-20T20:00:30Z') + (i / 3 * 60 + i % 3 * 3) * 60000000,
       at('2026-11-20T20:00:39Z') + (i / 3 * 60 + i % 3 * 3) * 60000000
FROM n;

-- The mail server: ten domains with two servers each, tried again after 5, 20 and 65 minutes.
WITH RECURSIVE n(i, m) AS (SELECT 0, 0 UNION ALL
	SELECT i + 1, (i + 1) / 8 * 11 + (CASE (i + 1) / 2 % 4 WHEN 0 THEN 0 WHEN 1 THEN 5 WHEN 2 THEN 20 ELSE 65 END)
	FROM n WHERE i < 79)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + m, ip('10.1.0.30'), ip((60 + i / 8 + i % 2 * 100) || '.3.2.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:20Z') + m * 60000000 + i % 2 * 500000, at('2026-11-20T20:00:20Z') + m * 60000000 + i % 2 * 500000
FROM n;

-- The scan: 30 addresses of one network, none of them tried again.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
INSERT INTO attempt
SELECT minute('2026-11-20T22:00:00Z'), ip('10.1.0.90'), ip('198.51.100.' || (1 + i)), 25, 1, 1, 1, 0, 1,
       at('2026-11-20T22:00:00Z') + i * 100000, at('2026-11-20T22:00:00Z') + i * 100000
FROM n;

-- The monitor: three servers, each every five minutes.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 89)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i / 3 * 5 + i % 3, ip('10.1.0.40'), ip((90 + i % 3) || '.1.1.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:15Z') + (i / 3 * 5 + i % 3) * 60000000, at('2026-11-20T20:00:15Z') + (i / 3 * 5 + i % 3) * 60000000
FROM n;

-- The listed server: what nobody reaches is not held against it.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.0.25'), ip((110 + i) || '.1.1.25'), 25, (i % 2) * 2, (i % 2) * 6, 1, 0, 1,
       at('2026-11-20T20:00:15Z') + i * 60000000, at('2026-11-20T20:00:15Z') + i * 60000000
FROM n;

-- A bot that goes to four networks in IPv4 and to six in IPv6: one device.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
INSERT INTO attempt
SELECT minute('2026-11-20T23:00:00Z') + i, CASE WHEN i < 4 THEN ip('10.1.0.67') ELSE ip('2001:db8:1:2::67') END,
       CASE WHEN i < 4 THEN ip((30 + i) || '.7.9.25') ELSE ip('2001:db8:f' || i || '::25') END, 25, 1, 1, 1, 1, 1,
       at('2026-11-20T23:00:05Z') + i * 60000000, at('2026-11-20T23:00:08Z') + i * 60000000
FROM n;
INSERT INTO device VALUES
	(ip('10.1.0.67'), mac('02:00:00:00:00:67'), at('2026-11-20T23:00:05Z'), at('2026-11-20T23:03:08Z')),
	(ip('2001:db8:1:2::67'), mac('02:00:00:00:00:67'), at('2026-11-20T23:04:05Z'), at('2026-11-20T23:09:08Z'));
INSERT INTO meta VALUES ('alive', at('2026-11-21T19:00:00Z'));
