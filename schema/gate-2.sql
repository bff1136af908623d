-- gate.db, version 2: what is faster than a stranger's pace, and what a listed host opens over the `max` of its line.

INSERT INTO reason VALUES (8, 'flood'), (9, 'rate');
