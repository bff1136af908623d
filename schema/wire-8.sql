-- wire.db, version 8: evidence that distinguishes a mail server from a bot where mail gets through, for the classifier.

-- Of smtp_sessions: those with a reply of 4xx or 5xx, and those to 587 or 2525.
ALTER TABLE companion ADD COLUMN smtp_refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE companion ADD COLUMN smtp_submission INTEGER NOT NULL DEFAULT 0;
-- Connections from outside lan to its port 25, greeted and answered with EHLO or HELO, and an estimate of their
-- networks (IPv4 /24, IPv6 /48; lib/base/distinct.h).
ALTER TABLE companion ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
ALTER TABLE companion ADD COLUMN clients BLOB NOT NULL DEFAULT x'';

-- Refusals and ports were not counted before. Such sessions must clear no host: only those to port 25 make one with one
-- name a mail server (lib/judge/evidence.c), and those to other ports accuse none.
UPDATE companion SET smtp_submission = smtp_sessions;

-- Hosts with more than look-ups: the only ones whose labels may change.
CREATE INDEX companion_speaks ON companion (hour, host) WHERE smtp_sessions > 0 OR served > 0;
