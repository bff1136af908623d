/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "refusal.h"

#include <string.h>

#include "lib/base/ascii.h"

/* Most help pages are from Zeek's detect-bl script, the rest from replies of the lists themselves. */
const char *const refusal_defaults[] = {"zen.spamhaus.org",
                                        "sbl.spamhaus.org",
                                        "xbl.spamhaus.org",
                                        "pbl.spamhaus.org",
                                        "css.spamhaus.org",
                                        "sbl-xbl.spamhaus.org",
                                        "dbl.spamhaus.org",
                                        "spamhaus.org/sbl",
                                        "spamhaus.org/xbl",
                                        "spamhaus.org/pbl",
                                        "spamhaus.org/css",
                                        "spamhaus",
                                        "cbl.abuseat.org",
                                        "abuseat.org",
                                        "bl.spamcop.net",
                                        "spamcop",
                                        "b.barracudacentral.org",
                                        "barracudacentral",
                                        "barracudanetworks.com/reputation",
                                        "dnsbl.sorbs.net",
                                        "sorbs.net",
                                        "uceprotect",
                                        "psbl.surriel.com",
                                        "psbl.org",
                                        "spamrats",
                                        "mailspike",
                                        "truncate.gbudb.net",
                                        "hostkarma.junkemailfilter.com",
                                        "ix.dnsbl.manitu.net",
                                        "nixspam",
                                        "invaluement",
                                        "abusix",
                                        "mail-abuse.com",
                                        "mail-abuse.org",
                                        "trendmicro.com/reputation",
                                        "sophos.com/security",
                                        "borderware.com",
                                        "antispam.imp.ch",
                                        "dnsbl.dronebl.org",
                                        "dronebl",
                                        "backscatterer.org",
                                        "senderbase.org",
                                        "talosintelligence.com",
                                        "senderscore",
                                        "sendersupport.olc.protection.outlook.com",
                                        "proofpoint.com/dnsbl-lookup",
                                        "ipcheck.proofpoint.com",
                                        "cloudmark.com",
                                        "spfbl.net",
                                        "njabl.org",
                                        "dsbl.org",
                                        "ordb.org",
                                        "rfc-ignorant.org",
                                        "rbl.knology.net",
                                        "intercept.datapacket.net",
                                        NULL};

static bool
matches(const char *text, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (ascii_lower(text[i]) != ascii_lower(name[i]))
			return false;
	return true;
}

static bool
has(const char *text, size_t size, const char *name, size_t length)
{
	for (size_t at = 0; at + length <= size; at++)
		if (matches(text + at, name, length))
			return true;
	return false;
}

const char *
refusal_list(const char *text, size_t size, const char *const *names, size_t count)
{
	const char *longest = NULL;
	size_t most = 0;

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]);

		if (length > most && has(text, size, names[i], length)) {
			longest = names[i];
			most = length;
		}
	}
	return longest;
}

/* Characters of an address, and those that continue a word. */
static bool
in_address(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f') || c == '.' || c == ':';
}

static bool
parse_word(const char *text, size_t size, struct addr *out)
{
	char word[ADDR_TEXT];

	/* The dot or colon at the end of a sentence. */
	while (size > 0 && (text[size - 1] == '.' || (text[size - 1] == ':' && (size < 2 || text[size - 2] != ':'))))
		size--;
	if (size < 3 || size >= sizeof word)
		return false;
	memcpy(word, text, size);
	word[size] = '\0';
	return (strchr(word, ':') != NULL || strchr(word, '.') != NULL) && addr_parse(word, out);
}

bool
refusal_address(const char *text, size_t size, struct addr *out)
{
	size_t at = 0, end;

	for (; at < size; at = end + 1) {
		if (size - at > 5 && matches(text + at, "ipv6:", 5)) /* RFC 5321, 4.1.3 */
			at += 5;
		for (end = at; end < size && in_address(text[end]); end++)
			;
		if (end == at)
			continue;
		/* A letter or hyphen on either side: part of a name. */
		if ((end < size && (ascii_is_alphanumeric(text[end]) || text[end] == '-' || text[end] == '_')) ||
		    (at > 0 && (ascii_is_alphanumeric(text[at - 1]) || text[at - 1] == '-' || text[at - 1] == '_')))
			continue;
		if (parse_word(text + at, end - at, out))
			return true;
	}
	return false;
}
