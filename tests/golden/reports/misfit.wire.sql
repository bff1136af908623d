-- What pcapmon saw of the same network: nobody in lan.
INSERT INTO meta VALUES ('began', at('2026-11-20T18:00:00Z')), ('run_alive', at('2026-11-21T19:00:00Z'));
INSERT INTO pool (hour, pool, syns, attempts, evicted) VALUES (hour('2026-11-20T20:00:00Z'), 0, 17, 12, 0);
