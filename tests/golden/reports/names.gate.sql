-- Four hosts, refused for four hours: a branch whose smart host has 24 addresses, a bot, a bot that looked all its
-- destinations up under one name, and a bot with many recipient domains at five providers. names.wire.sql has the names.

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + 8 * i, ip('10.1.0.50'), ip('90.' || (i % 24) || '.1.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:05Z') + 8 * i * 60000000, at('2026-11-20T20:00:05Z') + 8 * i * 60000000
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 239)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.0.66'), ip('60.' || i || '.1.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:06Z') + i * 60000000, at('2026-11-20T20:00:06Z') + i * 60000000
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 239)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.0.67'), ip('61.' || i || '.1.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:07Z') + i * 60000000, at('2026-11-20T20:00:07Z') + i * 60000000
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO attempt
SELECT minute('2026-11-20T20:00:00Z') + 4 * i, ip('10.1.0.68'), ip('62.' || (i % 5) || '.1.25'), 25, 2, 1, 1, 0, 1,
       at('2026-11-20T20:00:08Z') + 4 * i * 60000000, at('2026-11-20T20:00:08Z') + 4 * i * 60000000
FROM n;
