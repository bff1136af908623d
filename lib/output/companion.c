/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "value.h"

#define COUNTED (TEXT_NUMBER + 32)

/* Whole percent; 0 and 100 mean exactly none and all. */
static unsigned
percent(uint64_t part, uint64_t whole)
{
	double share = 100.0 * (double)part / (double)whole;

	return part == 0 ? 0 : part >= whole ? 100 : share < 1 ? 1 : share > 99 ? 99 : (unsigned)(share + 0.5);
}

static void
say_lookups(const struct companion *c, char *out)
{
	const uint64_t *n = c->count;
	char mx[COUNTED], addresses[COUNTED], names[COUNTED];
	size_t used;

	used = (size_t)snprintf(out, COMPANION_SENTENCE, "made %s and %s, for about %s",
	                        text_count(n[COMPANION_MX], "MX lookup", mx),
	                        text_count(n[COMPANION_ADDRESSES], "address lookup", addresses),
	                        text_count(distinct_count(&c->names), "name", names));
	if (n[COMPANION_BLOCKLIST_LOOKUPS] > 0)
		used += (size_t)snprintf(out + used, COMPANION_SENTENCE - used, "; %s in blocklists",
		                         text_number(n[COMPANION_BLOCKLIST_LOOKUPS], mx));
	if (n[COMPANION_ANSWERS] > 0)
		snprintf(out + used, COMPANION_SENTENCE - used, "; %u%% of %s: no such name",
		         percent(n[COMPANION_NXDOMAIN], n[COMPANION_ANSWERS]),
		         text_count(n[COMPANION_ANSWERS], "answer", mx));
}

static void
say_boxes(const struct companion *c, char *out)
{
	const struct companion_server *most = companion_most(c);
	char boxes[COUNTED], number[TEXT_NUMBER], addr[ADDR_TEXT];
	size_t used;

	used = (size_t)snprintf(out, COMPANION_SENTENCE, "made %s to mailboxes (POP3, IMAP); %s ended within 10 s",
	                        text_count(c->count[COMPANION_BOXES], "connection", boxes),
	                        text_number(c->count[COMPANION_BOXES_SHORT], number));
	if (most != NULL)
		snprintf(out + used, COMPANION_SENTENCE - used, ", %s of them at %s", text_number(most->count, number),
		         addr_print(&most->addr, addr));
}

static void
say_smtp(const struct companion *c, char *out)
{
	const uint64_t *n = c->count;
	char sessions[COUNTED], senders[COUNTED], domains[COUNTED], recipients[COUNTED], tls[TEXT_NUMBER];
	size_t used;

	used = (size_t)snprintf(out, COMPANION_SENTENCE, "sent SMTP in clear in %s: %s from about %s, %s",
	                        text_count(n[COMPANION_SESSIONS], "connection", sessions),
	                        text_count(n[COMPANION_SENDERS], "sender", senders),
	                        text_count(distinct_count(&c->domains), "domain", domains),
	                        text_count(n[COMPANION_RECIPIENTS], "recipient", recipients));
	if (n[COMPANION_TLS] > 0)
		snprintf(out + used, COMPANION_SENTENCE - used, "; %s switched to TLS",
		         text_number(n[COMPANION_TLS], tls));
}

static void
say_replies(const struct companion *c, char *out)
{
	const uint64_t *n = c->count;
	char answers[COUNTED], temporary[TEXT_NUMBER], permanent[TEXT_NUMBER];

	snprintf(out, COMPANION_SENTENCE,
	         "was refused in %u%% of %s from mail servers: %s temporarily (4xx), %s permanently (5xx)",
	         percent(n[COMPANION_TEMPORARY] + n[COMPANION_PERMANENT], n[COMPANION_REPLIES]),
	         text_count(n[COMPANION_REPLIES], "answer", answers), text_number(n[COMPANION_TEMPORARY], temporary),
	         text_number(n[COMPANION_PERMANENT], permanent));
}

/* "sent about 3 HELO names: "a", "b"" */
static void
say_hellos(const struct companion *c, bool utf8, char *out)
{
	char names[COUNTED], safe[4 * COMPANION_HELLO_TEXT + 1];
	uint64_t count = companion_hellos(c);
	size_t used;

	used = (size_t)snprintf(out, COMPANION_SENTENCE, "sent %s%s:", count > COMPANION_HELLOS ? "about " : "",
	                        text_count(count, "HELO name", names));
	for (size_t i = 0; i < COMPANION_HELLOS && c->hello[i].count > 0; i++) {
		text_safe(c->hello[i].text, utf8, safe, sizeof safe);
		if (used + strlen(safe) + 8 > COMPANION_SENTENCE) {
			snprintf(out + used, COMPANION_SENTENCE - used, " ...");
			return;
		}
		used += (size_t)snprintf(out + used, COMPANION_SENTENCE - used, "%s \"%s\"", i > 0 ? "," : "", safe);
	}
}

static void
say_served(const struct companion *c, char *out)
{
	char served[COUNTED], clients[COUNTED];

	snprintf(out, COMPANION_SENTENCE, "served %s from outside to its port 25 up to EHLO or HELO, from about %s",
	         text_count(c->count[COMPANION_SERVED], "connection", served),
	         text_count(distinct_count(&c->clients), "network", clients));
}

static void
say_listing(const struct companion_listing *l, bool utf8, char *out)
{
	char addr[ADDR_TEXT], times[COUNTED], safe[4 * COMPANION_LIST_TEXT + 1];

	text_safe(l->list, utf8, safe, sizeof safe);
	text_count(l->count, "time", times);
	if (l->addr.family != 0)
		snprintf(out, COMPANION_SENTENCE, "was refused %s because %s is listed: %s", times,
		         addr_print(&l->addr, addr), safe);
	else
		snprintf(out, COMPANION_SENTENCE, "was refused %s because of a blocklist: %s", times, safe);
}

bool
companion_sentence(const struct companion *c, size_t n, bool utf8, char out[COMPANION_SENTENCE])
{
	const uint64_t *count = c->count;

	if (count[COMPANION_MX] + count[COMPANION_ADDRESSES] > 0 && n-- == 0) {
		say_lookups(c, out);
		return true;
	}
	if (count[COMPANION_BOXES] > 0 && n-- == 0) {
		say_boxes(c, out);
		return true;
	}
	if (count[COMPANION_SESSIONS] > 0 && n-- == 0) {
		say_smtp(c, out);
		return true;
	}
	if (count[COMPANION_REPLIES] > 0 && n-- == 0) {
		say_replies(c, out);
		return true;
	}
	if (c->hello[0].count > 0 && n-- == 0) {
		say_hellos(c, utf8, out);
		return true;
	}
	if (count[COMPANION_SERVED] > 0 && n-- == 0) {
		say_served(c, out);
		return true;
	}
	for (size_t i = 0; i < COMPANION_LISTINGS && c->listing[i].count > 0; i++)
		if (n-- == 0) {
			say_listing(&c->listing[i], utf8, out);
			return true;
		}
	return false;
}

static json_t *
mailboxes(const struct companion *c)
{
	const struct companion_server *most = companion_most(c);
	json_t *o = value_object(), *server = json_null();

	if (most != NULL) {
		server = value_object();
		value_set(server, "server", value_address(&most->addr));
		value_set(server, "short", value_number(most->count));
	}
	value_set(o, "connections", value_number(c->count[COMPANION_BOXES]));
	value_set(o, "short", value_number(c->count[COMPANION_BOXES_SHORT]));
	value_set(o, "most_short", server);
	return o;
}

static json_t *
hello_list(const struct companion *c)
{
	json_t *list = value_array();

	for (size_t i = 0; i < COMPANION_HELLOS && c->hello[i].count > 0; i++) {
		json_t *o = value_object();

		value_set(o, "name", value_text(c->hello[i].text));
		value_set(o, "count", value_number(c->hello[i].count));
		value_append(list, o);
	}
	return list;
}

static json_t *
listings(const struct companion *c)
{
	json_t *list = value_array();

	for (size_t i = 0; i < COMPANION_LISTINGS && c->listing[i].count > 0; i++) {
		json_t *o = value_object();

		value_set(o, "list", value_text(c->listing[i].list));
		value_set(o, "address", value_address(&c->listing[i].addr));
		value_set(o, "count", value_number(c->listing[i].count));
		value_append(list, o);
	}
	return list;
}

static json_t *
smtp(const struct companion *c)
{
	static const struct {
		const char *key;
		enum companion_count count;
	} counts[] = {
	        {"sessions", COMPANION_SESSIONS},     {"encrypted", COMPANION_TLS},
	        {"hellos", COMPANION_HELLO},          {"senders", COMPANION_SENDERS},
	        {"recipients", COMPANION_RECIPIENTS}, {"replies", COMPANION_REPLIES},
	        {"temporary", COMPANION_TEMPORARY},   {"permanent", COMPANION_PERMANENT},
	        {"listed", COMPANION_LISTED},         {"sessions_refused", COMPANION_REFUSED},
	        {"served", COMPANION_SERVED},
	};
	json_t *o = value_object();

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		value_set(o, counts[i].key, value_number(c->count[counts[i].count]));
	value_set(o, "refused_share",
	          value_share(c->count[COMPANION_TEMPORARY] + c->count[COMPANION_PERMANENT],
	                      c->count[COMPANION_REPLIES]));
	value_set(o, "hello_names", value_number(distinct_count(&c->hellos)));
	value_set(o, "sender_domains", value_number(distinct_count(&c->domains)));
	value_set(o, "clients", value_number(distinct_count(&c->clients)));
	value_set(o, "hello_list", hello_list(c));
	value_set(o, "listings", listings(c));
	return o;
}

json_t *
companion_json(const struct companion *c)
{
	json_t *o = value_object(), *dns = value_object();

	value_set(dns, "mx", value_number(c->count[COMPANION_MX]));
	value_set(dns, "addresses", value_number(c->count[COMPANION_ADDRESSES]));
	value_set(dns, "names", value_number(distinct_count(&c->names)));
	value_set(dns, "blocklists", value_number(c->count[COMPANION_BLOCKLIST_LOOKUPS]));
	value_set(dns, "answers", value_number(c->count[COMPANION_ANSWERS]));
	value_set(dns, "nxdomain", value_number(c->count[COMPANION_NXDOMAIN]));
	value_set(dns, "nxdomain_share", value_share(c->count[COMPANION_NXDOMAIN], c->count[COMPANION_ANSWERS]));
	value_set(o, "dns", dns);
	value_set(o, "mailboxes", mailboxes(c));
	value_set(o, "smtp", smtp(c));
	return o;
}
