-- wire.db, version 5: what goes along with spam, per hour and host, as pcapmon/companions/companions.h counts it. No text of a
-- message and no address of a person is in it.
CREATE TABLE companion (
	host              BLOB NOT NULL,
	hour              INTEGER NOT NULL,
	mx                INTEGER NOT NULL, -- queries for MX
	addresses         INTEGER NOT NULL, -- and for A and AAAA
	answers           INTEGER NOT NULL, -- to these
	nxdomain          INTEGER NOT NULL, -- of them: there is no such name
	blocklist_lookups INTEGER NOT NULL, -- of the addresses: below the name of a blocklist
	boxes             INTEGER NOT NULL, -- connections to POP and IMAP that were answered
	boxes_short       INTEGER NOT NULL, -- and of these that ended within 10 s
	smtp_sessions     INTEGER NOT NULL, -- SMTP connections in which something was said in clear
	smtp_tls          INTEGER NOT NULL, -- that went on encrypted
	smtp_hellos       INTEGER NOT NULL, -- EHLO and HELO
	smtp_senders      INTEGER NOT NULL, -- MAIL FROM
	smtp_recipients   INTEGER NOT NULL, -- RCPT TO
	smtp_replies      INTEGER NOT NULL,
	smtp_temporary    INTEGER NOT NULL, -- of them: 4xx
	smtp_permanent    INTEGER NOT NULL, -- 5xx
	smtp_listed       INTEGER NOT NULL, -- refusals that name a blocklist
	-- How many different ones, as lib/base/distinct.h estimates: names looked up, names in EHLO, domains of senders.
	names             BLOB NOT NULL,
	hellos            BLOB NOT NULL,
	domains           BLOB NOT NULL,
	-- The first few names in EHLO, servers of short connections, and blocklists with the address that is listed, as
	-- lib/companion/companion.c packs them.
	lists             BLOB NOT NULL,
	PRIMARY KEY (host, hour)
) WITHOUT ROWID;
CREATE INDEX companion_hour ON companion (hour);

-- They go with the hours that are given up.
CREATE TRIGGER companion_goes AFTER DELETE ON hour BEGIN
	DELETE FROM companion WHERE hour <= old.hour;
END;
