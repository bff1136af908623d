-- gate.db, version 2: what a listed host opens over the `max` of its line.

INSERT INTO reason VALUES (9, 'rate');
