-- pcapmon was killed after eleven; it had said so last at eleven, and was seen to have counted all until just before.
INSERT INTO attempt VALUES (minute('2026-11-21T10:50:00Z'), ip('10.1.0.66'), ip('203.0.113.9'), 25, 3, 1, 0, 0, 0, 0, 1,
                            at('2026-11-21T10:50:01Z'), at('2026-11-21T10:50:30Z'));
INSERT INTO gap (since, until, cause, missing) VALUES
	(at('2026-11-21T09:00:00Z'), at('2026-11-21T09:30:00Z'), 'pcapmon was not running', NULL),
	(at('2026-11-21T10:00:00Z'), at('2026-11-21T10:00:01Z'), 'capture: kernel dropped packets', 812);
INSERT INTO meta VALUES ('run_since', at('2026-11-21T09:30:00Z'));
INSERT INTO meta VALUES ('run_alive', at('2026-11-21T11:00:00Z'));
INSERT INTO meta VALUES ('watched_until', at('2026-11-21T10:59:58Z'));
