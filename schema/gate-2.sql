-- gate.db, version 2: openings above a stranger's pace, and those of a listed host above the `max` of its line.

INSERT INTO reason VALUES (8, 'flood'), (9, 'rate');
