-- Another gateway of the network of bot.gate.sql: it saw the laptop in the same minute, and so its busiest minute grows.
INSERT INTO attempt VALUES
	(minute('2026-11-20T20:04:00Z'), ip('10.1.9.77'), ip('17.0.0.1'), 25, 2, 1, 1000, 0, 1,
	 at('2026-11-20T20:04:00Z'), at('2026-11-20T20:04:59Z'));
INSERT INTO device VALUES (ip('10.1.9.77'), mac('02:00:00:aa:bb:cc'), at('2026-11-20T19:59:00Z'), at('2026-11-20T20:01:00Z'));
