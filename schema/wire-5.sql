-- wire.db, version 5: side traffic of a host per hour (DNS, POP3/IMAP, SMTP dialogue), as
-- pcapmon/companions/companions.h counts it. It has no text of a message and no address of a person.
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
	smtp_sessions     INTEGER NOT NULL, -- SMTP connections with dialogue in clear
	smtp_tls          INTEGER NOT NULL, -- that continued encrypted
	smtp_hellos       INTEGER NOT NULL, -- EHLO and HELO
	smtp_senders      INTEGER NOT NULL, -- MAIL FROM
	smtp_recipients   INTEGER NOT NULL, -- RCPT TO
	smtp_replies      INTEGER NOT NULL,
	smtp_temporary    INTEGER NOT NULL, -- of them: 4xx
	smtp_permanent    INTEGER NOT NULL, -- 5xx
	smtp_listed       INTEGER NOT NULL, -- refusals that name a blocklist
	-- Estimates of distinct ones (lib/base/distinct.h): names looked up, names in EHLO, domains of senders.
	names             BLOB NOT NULL,
	hellos            BLOB NOT NULL,
	domains           BLOB NOT NULL,
	-- The first few names in EHLO, servers of short connections, and blocklists with the address that is listed, as
	-- lib/companion/companion.c packs them.
	lists             BLOB NOT NULL,
	PRIMARY KEY (host, hour)
) WITHOUT ROWID;
CREATE INDEX companion_hour ON companion (hour);

-- They are deleted with their hours.
CREATE TRIGGER companion_goes AFTER DELETE ON hour BEGIN
	DELETE FROM companion WHERE hour <= old.hour;
END;
