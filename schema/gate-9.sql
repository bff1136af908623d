-- gate.db, version 9: answers to nobody.

-- Rows with this reason count no attempts and name no destination: in that minute answers from an enforced port outside
-- came for the host, which the policy refuses, without an opening of its own. They were dropped.
INSERT INTO reason VALUES (10, 'answer');
