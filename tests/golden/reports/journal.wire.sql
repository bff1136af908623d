INSERT INTO journal (at, what, text) VALUES
	(at('2026-11-20T20:03:00Z'), 'start', 'watching lan0');
