-- A log without a row, of a policy that does not fit the network. An earlier run has said something else; one sentence is
-- gone since; one came after the period; a note is for the status alone.
INSERT INTO meta VALUES ('began', at('2026-11-20T18:00:00Z')), ('alive', at('2026-11-21T19:00:00Z'));
INSERT INTO journal (at, what, text) VALUES
	(at('2026-11-20T18:00:00Z'), 'start', 'nfqd 0.1.0, nfqd.conf: 2 lines of policy, rules through nft'),
	(at('2026-11-20T18:00:01Z'), 'misfit', 'interface lan7: there is no such interface'),
	(at('2026-11-20T19:00:00Z'), 'start', 'nfqd 0.1.0, nfqd.conf: 2 lines of policy, rules through nft'),
	(at('2026-11-20T19:00:01Z'), 'misfit', 'lan is of another network: no route but the default one leads to '
	 || '10.1.0.0/16, and 192.168.7.0/24 (lan0), which is behind this machine, is not in it; openings from there to port '
	 || '25 pass unseen'),
	(at('2026-11-20T19:00:01Z'), 'misfit', '172.17.0.0/16 (docker0) is not in lan: openings from there to port 25 pass unseen'),
	(at('2026-11-20T19:00:01Z'), 'misfit', '172.18.0.0/16 (' || char(27) || '[31m) is not in lan: openings from there to port 25 pass unseen'),
	(at('2026-11-20T19:00:01Z'), 'note', '"allow 10.1.0.9 until 2026-01-01" at nfqd.conf:4 has ended'),
	(at('2026-11-20T20:00:00Z'), 'fits', '172.17.0.0/16 (docker0) is not in lan: openings from there to port 25 pass unseen'),
	(at('2026-11-22T20:00:00Z'), 'misfit', 'interface lan8: there is no such interface');
