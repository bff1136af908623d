-- nfqd stopped at noon; the listed host's last attempt went to a destination that nobody reaches.
INSERT INTO attempt VALUES (minute('2026-11-21T11:50:00Z'), ip('10.1.0.25'), ip('203.0.113.9'), 25, 0, 0, 3, 0, 1,
                            at('2026-11-21T11:50:01Z'), at('2026-11-21T11:50:30Z'));
INSERT INTO attempt VALUES (minute('2026-11-21T11:59:00Z'), ip('10.1.0.25'), ip('198.51.100.9'), 25, 2, 6, 1, 0, 1,
                            at('2026-11-21T11:59:01Z'), at('2026-11-21T11:59:01Z'));
INSERT INTO meta VALUES ('alive', at('2026-11-21T12:00:00Z'));
