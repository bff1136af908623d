-- Version 2: a new reason.
INSERT INTO reason VALUES (8, 'flood');
