-- wire.db, version 12: the names of destinations, for the classifier.

-- What the DNS answers that the host got said about the destination when it opened its first connection of the minute
-- that had a name: 0 nothing, 1 it is an address of the name `name`, 2 it is an address of a mail exchange of the domain
-- `name`. A name is 48 bits of a hash of its lower case (lib/companion/name.h).
ALTER TABLE attempt ADD COLUMN name INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN naming INTEGER NOT NULL DEFAULT 0;
