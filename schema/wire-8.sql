-- wire.db, version 8: what tells a mail server from a bot where mail gets through, for the judge.
ALTER TABLE companion ADD COLUMN smtp_refused INTEGER NOT NULL DEFAULT 0;    -- of smtp_sessions: with a reply of 4xx or 5xx
ALTER TABLE companion ADD COLUMN smtp_submission INTEGER NOT NULL DEFAULT 0; -- of smtp_sessions: to 587 or 2525
ALTER TABLE companion ADD COLUMN served INTEGER NOT NULL DEFAULT 0;          -- connections from outside lan to its port 25, greeted and answered with EHLO or HELO
ALTER TABLE companion ADD COLUMN clients BLOB NOT NULL DEFAULT x'';          -- from how many networks (IPv4 /24, IPv6 /48), as lib/base/distinct.h estimates

-- How many were refused, and to which port they went, nobody counted before. They are to vouch for nobody: by one name for a
-- mail server only those to port 25 speak (lib/judge/evidence.c), and to other ports accuses nobody.
UPDATE companion SET smtp_submission = smtp_sessions;

-- Hosts of which there is more than look-ups: the only ones whose labels may move.
CREATE INDEX companion_speaks ON companion (hour, host) WHERE smtp_sessions > 0 OR served > 0;
