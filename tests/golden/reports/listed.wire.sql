-- What pcapmon saw beside the mail of the listed server that goes mad.
INSERT INTO companion VALUES (ip('10.1.0.25'), hour('2026-11-21T03:00:00Z'), 5200, 100, 5300, 900, 0, 0, 0, 9000, 0, 9000, 9000, 9000, 40000, 1000, 7400, 310, x'', x'', x'', x'', 0, 0, 0, x'');
INSERT INTO meta VALUES ('alive', at('2026-11-21T19:00:00Z'));
