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

-- A few of the names as text. Somebody else has written the last three.
INSERT INTO spelling (host, naming, name, text, minute) VALUES
(ip('10.1.0.50'), 1, 7050, 'smtp.provider.example', minute('2026-11-20T23:52:00Z')),
(ip('10.1.0.68'), 2, 9001, 'victim1.example', minute('2026-11-20T23:56:00Z')),
(ip('10.1.0.68'), 2, 9002, 'victim2.example', minute('2026-11-20T23:52:00Z')),
(ip('10.1.0.68'), 2, 9003, 'victim3.example', minute('2026-11-20T23:48:00Z')),
(ip('10.1.0.68'), 2, 9004, 'victim4.example', minute('2026-11-19T23:48:00Z')),
(ip('10.1.0.67'), 1, 7067, char(27) || '[31mfriend.example', minute('2026-11-20T23:56:00Z')),
(ip('10.1.0.67'), 1, 7068, printf('%.*c', 64, 'a'), minute('2026-11-20T23:56:00Z')),
(ip('10.1.0.67'), 9, 7069, 'friend.example', minute('2026-11-20T23:56:00Z'));
