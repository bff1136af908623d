-- What pcapmon saw of the network of bot.gate.sql: a leak, and mail to a port that the gate does not enforce. Columns of
-- attempt: minute, host, destination, port, attempts, retransmits, established, refused, leaked, listed, destinations,
-- first, last.
INSERT INTO attempt VALUES
	(minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), ip('17.0.0.1'), 25, 80, 20, 0, 2, 0, 0, 1,
	 at('2026-11-20T20:00:00Z'), at('2026-11-20T20:00:59Z')),
	(minute('2026-11-20T20:00:00Z'), ip('10.1.9.77'), x'', 25, 60, 10, 0, 0, 0, 0, 50,
	 at('2026-11-20T20:00:00Z'), at('2026-11-20T20:00:59Z')),
	(minute('2026-11-20T20:01:00Z'), ip('10.1.9.77'), ip('198.51.100.25'), 25, 3, 0, 3, 0, 3, 0, 1,
	 at('2026-11-20T20:01:10Z'), at('2026-11-20T20:01:20Z')),
	(minute('2026-11-20T20:01:00Z'), ip('10.1.9.77'), ip('198.51.100.25'), 587, 2, 0, 2, 0, 0, 0, 1,
	 at('2026-11-20T20:01:10Z'), at('2026-11-20T20:01:20Z')),
	(minute('2026-11-21T08:00:00Z'), ip('10.1.120.230'), ip('203.0.113.5'), 25, 4, 2, 1, 0, 1, 0, 1,
	 at('2026-11-21T08:00:05Z'), at('2026-11-21T08:00:40Z')),
	(minute('2026-11-20T20:00:00Z'), ip('10.1.0.25'), ip('192.0.2.1'), 25, 3, 0, 3, 0, 0, 3, 1,
	 at('2026-11-20T20:00:10Z'), at('2026-11-20T20:00:12Z')),
	(minute('2026-11-21T10:00:00Z'), ip('10.1.7.7'), ip('192.0.2.1'), 587, 1, 1, 1, 0, 0, 0, 1,
	 at('2026-11-21T10:00:10Z'), at('2026-11-21T10:00:10Z')),
	(minute('2026-11-21T10:00:00Z'), ip('10.1.7.7'), ip('192.0.2.9'), 25, 6, 0, 0, 0, 0, 0, 1,
	 at('2026-11-21T10:00:10Z'), at('2026-11-21T10:00:12Z'));
INSERT INTO device VALUES (ip('10.1.7.7'), mac('02:00:00:00:07:07'), at('2026-11-21T10:00:10Z'), at('2026-11-21T10:00:10Z'));
INSERT INTO host_range VALUES (ip('10.1.9.77'), 'not this one'), (ip('10.1.7.7'), 'wifi');
INSERT INTO gap VALUES (1, at('2026-11-20T22:00:00Z'), at('2026-11-20T22:00:05Z'), 'the kernel dropped frames', NULL);
-- outcome: hour, host, port, duplicates, refused_by_icmp, answered, answer_time, answer_most, closed_by_host,
-- closed_by_server, reset_by_host, reset_by_server, timed_out, bytes_out, bytes_in. pool: hour, pool, syns, attempts,
-- evicted.
INSERT INTO outcome VALUES
	(hour('2026-11-20T20:00:00Z'), ip('10.1.9.77'), 25, 7, 1, 4, 100000, 70000, 2, 1, 0, 0, 0, 1800, 420),
	(hour('2026-11-20T20:00:00Z'), ip('10.1.9.77'), 587, 0, 0, 2, 30500, 20000, 0, 0, 0, 1, 1, 9, 1234567),
	(hour('2026-11-20T21:00:00Z'), ip('10.9.9.9'), 25, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO pool VALUES (hour('2026-11-20T20:00:00Z'), 0, 1200, 1108, 0), (hour('2026-11-20T20:00:00Z'), 1, 6, 5, 2);
INSERT INTO leak_cause VALUES
	(ip('10.1.9.77'), at('2026-11-20T20:01:12Z'), 'the gate never saw it' || char(27) || '[31m'),
	(ip('10.1.120.230'), at('2026-11-19T20:01:12Z'), 'too old');
