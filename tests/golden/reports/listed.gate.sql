-- Listed hosts. 10.1.0.25 sends by day for four weeks and goes mad in a night, beside a zombie; 10.1.0.26 has a newsletter
-- each Friday that it had before; 10.1.0.27 was put on the list yesterday.
-- Columns of attempt: minute, host, destination, port, verdict, reason, attempts, retransmits, destinations, first, last.

-- Every ten minutes from 08:00 to 18:00, to five networks of twelve, 25 openings each.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 28 * 60 * 5 - 1),
     m(i, minute) AS (SELECT i, minute('2026-10-24T08:00:00Z') + i / 300 * 1440 + i / 5 % 60 * 10 FROM n)
INSERT INTO attempt
SELECT minute, ip('10.1.0.25'), ip('203.0.' || (100 + (minute / 10 + i) % 12) || '.25'), 25, 0, 0, 5, 0, 1,
       minute * 60000000 + 1000000, minute * 60000000 + 50000000
FROM m;

-- In the night of the 21st, from 03:10 to 04:50: 200 a minute, to 32 addresses that are known and others.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100 * 33 - 1),
     m(i, minute) AS (SELECT i, minute('2026-11-21T03:10:00Z') + i / 33 FROM n)
INSERT INTO attempt
SELECT minute, ip('10.1.0.25'), CASE WHEN i % 33 = 32 THEN x'' ELSE ip((20 + i % 33) || '.' || (i / 33) || '.9.25') END, 25, 0, 0,
       CASE WHEN i % 33 = 32 THEN 168 ELSE 1 END, 0, CASE WHEN i % 33 = 32 THEN 160 ELSE 1 END,
       minute * 60000000, minute * 60000000 + 59000000
FROM m;

-- Two an hour, day and night, and on Fridays 40 times 50 from 20:00 on.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 28 * 48 - 1),
     m(minute) AS (SELECT minute('2026-10-24T19:00:00Z') + i * 30 FROM n)
INSERT INTO attempt
SELECT minute, ip('10.1.0.26'), ip('203.0.113.25'), 25, 0, 0, 1, 0, 1, minute * 60000000, minute * 60000000 FROM m;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4 * 40 * 5 - 1),
     m(i, minute) AS (SELECT i, minute('2026-10-30T20:01:00Z') + i / 200 * 10080 + i % 200 / 5 FROM n)
INSERT INTO attempt
SELECT minute, ip('10.1.0.26'), ip((20 + i % 200) || '.7.7.25'), 25, 0, 0, 10, 0, 1, minute * 60000000,
       minute * 60000000 + 1000000
FROM m;

-- Listed since yesterday.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO attempt
SELECT minute('2026-11-21T08:00:00Z') + i, ip('10.1.0.27'), ip((120 + i) || '.1.1.25'), 25, 0, 0, 50, 0, 1,
       at('2026-11-21T08:00:00Z') + i * 60000000, at('2026-11-21T08:00:30Z') + i * 60000000
FROM n;

-- The zombie.
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + 7 * i, ip('10.1.0.66'), ip((20 + i) || '.' || (i * 5) || '.9.25'), 25, 1, 1, 1, 2, 1,
       at('2026-11-20T20:00:05Z') + 7 * i * 60000000, at('2026-11-20T20:00:14Z') + 7 * i * 60000000
FROM n;
INSERT INTO meta VALUES ('alive', at('2026-11-21T19:00:00Z'));
