-- gate.db, version 10: hosts that are bound to a card.

INSERT INTO reason VALUES (11, 'wrong-mac');
