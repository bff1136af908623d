-- The same attempts as in names.gate.sql, as pcapmon saw them, with what the hosts had looked up.

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established, refused, leaked, listed,
                     destinations, first, last, name, naming)
SELECT minute('2026-11-20T20:00:00Z') + 8 * i, ip('10.1.0.50'), ip('90.' || (i % 24) || '.1.25'), 25, 1, 0, 0, 1, 0, 0, 1,
       at('2026-11-20T20:00:05Z') + 8 * i * 60000000, at('2026-11-20T20:00:05Z') + 8 * i * 60000000, 7050, 1
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 239)
INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established, refused, leaked, listed,
                     destinations, first, last, name, naming)
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.0.66'), ip('60.' || i || '.1.25'), 25, 1, 0, 0, 1, 0, 0, 1,
       at('2026-11-20T20:00:06Z') + i * 60000000, at('2026-11-20T20:00:06Z') + i * 60000000, 9000 + i, 1
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 239)
INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established, refused, leaked, listed,
                     destinations, first, last, name, naming)
SELECT minute('2026-11-20T20:00:00Z') + i, ip('10.1.0.67'), ip('61.' || i || '.1.25'), 25, 1, 0, 0, 1, 0, 0, 1,
       at('2026-11-20T20:00:07Z') + i * 60000000, at('2026-11-20T20:00:07Z') + i * 60000000, 7067, 1
FROM n;

WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established, refused, leaked, listed,
                     destinations, first, last, name, naming)
SELECT minute('2026-11-20T20:00:00Z') + 4 * i, ip('10.1.0.68'), ip('62.' || (i % 5) || '.1.25'), 25, 1, 0, 0, 1, 0, 0, 1,
       at('2026-11-20T20:00:08Z') + 4 * i * 60000000, at('2026-11-20T20:00:08Z') + 4 * i * 60000000, 9000 + i, 2
FROM n;
