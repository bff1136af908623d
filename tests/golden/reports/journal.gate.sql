-- What nfqd wrote down about itself; the last lines are as nobody of ours writes them.
INSERT INTO journal (at, what, text) VALUES
	(at('2026-11-20T20:00:00Z'), 'start', 'nfqd 0.1.0, 12 lines of policy'),
	(at('2026-11-20T20:05:00.25Z'), 'rules', 'the rules were changed by iptables-restore (pid 4711), and restored; a firewall script that flushes all tables'),
	(at('2026-11-20T20:05:00.25Z'), 'reload', '/etc/nfqd/nfqd.conf: 13 lines of policy'),
	(at('2026-11-21T09:00:00Z'), 'died', 'the gate was killed by signal 9'),
	(at('2026-11-21T19:00:00Z'), 'stop', 'after the period'),
	(at('2026-11-21T18:00:00Z'), 'a kind that is longer than any of ours, and than half a line of eighty columns', ''),
	(at('2026-11-21T18:00:00.5Z'), '', '   '),
	(at('2026-11-21T18:00:01Z'), char(27) || '[31m', 'esc ' || char(27) || '[2J bell ' || char(7) || ' \u{202e} ' || char(8238));
