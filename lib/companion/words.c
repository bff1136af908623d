/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "words.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

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

	used = (size_t)snprintf(out, TELL_LINE, "made %s and %s, for about %s",
	                        text_count(n[COMPANION_MX], "MX lookup", mx),
	                        text_count(n[COMPANION_ADDRESSES], "address lookup", addresses),
	                        text_count(distinct_count(&c->names), "name", names));
	if (n[COMPANION_BLOCKLIST_LOOKUPS] > 0)
		used += (size_t)snprintf(out + used, TELL_LINE - used, "; %s in blocklists",
		                         text_number(n[COMPANION_BLOCKLIST_LOOKUPS], mx));
	if (n[COMPANION_ANSWERS] > 0)
		snprintf(out + used, TELL_LINE - used, "; %u%% of %s: no such name",
		         percent(n[COMPANION_NXDOMAIN], n[COMPANION_ANSWERS]),
		         text_count(n[COMPANION_ANSWERS], "answer", mx));
}

static void
say_boxes(const struct companion *c, char *out)
{
	const struct companion_server *most = companion_most(c);
	char boxes[COUNTED], number[TEXT_NUMBER], addr[ADDR_TEXT];
	size_t used;

	used = (size_t)snprintf(out, TELL_LINE, "made %s to mailboxes (POP3, IMAP); %s ended within 10 s",
	                        text_count(c->count[COMPANION_BOXES], "connection", boxes),
	                        text_number(c->count[COMPANION_BOXES_SHORT], number));
	if (most != NULL)
		snprintf(out + used, TELL_LINE - used, ", %s of them at %s", text_number(most->count, number),
		         addr_print(&most->addr, addr));
}

static void
say_smtp(const struct companion *c, char *out)
{
	const uint64_t *n = c->count;
	char sessions[COUNTED], senders[COUNTED], domains[COUNTED], recipients[COUNTED], tls[TEXT_NUMBER];
	size_t used;

	used = (size_t)snprintf(out, TELL_LINE, "sent SMTP in clear in %s: %s from about %s, %s",
	                        text_count(n[COMPANION_SESSIONS], "connection", sessions),
	                        text_count(n[COMPANION_SENDERS], "sender", senders),
	                        text_count(distinct_count(&c->domains), "domain", domains),
	                        text_count(n[COMPANION_RECIPIENTS], "recipient", recipients));
	if (n[COMPANION_TLS] > 0)
		snprintf(out + used, TELL_LINE - used, "; %s switched to TLS", text_number(n[COMPANION_TLS], tls));
}

static void
say_replies(const struct companion *c, char *out)
{
	const uint64_t *n = c->count;
	char answers[COUNTED], temporary[TEXT_NUMBER], permanent[TEXT_NUMBER];

	snprintf(out, TELL_LINE, "was refused in %u%% of %s from mail servers: %s temporarily (4xx), %s permanently (5xx)",
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

	used = (size_t)snprintf(out, TELL_LINE, "sent %s%s:", count > COMPANION_HELLOS ? "about " : "",
	                        text_count(count, "HELO name", names));
	for (size_t i = 0; i < COMPANION_HELLOS && c->hello[i].count > 0; i++) {
		text_safe(c->hello[i].text, utf8, safe, sizeof safe);
		if (used + strlen(safe) + 8 > TELL_LINE) {
			snprintf(out + used, TELL_LINE - used, " ...");
			return;
		}
		used += (size_t)snprintf(out + used, TELL_LINE - used, "%s \"%s\"", i > 0 ? "," : "", safe);
	}
}

static void
say_served(const struct companion *c, char *out)
{
	char served[COUNTED], clients[COUNTED];

	snprintf(out, TELL_LINE,
	         "served %s from outside to its port 25 up to EHLO or HELO, from about %s",
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
		snprintf(out, TELL_LINE, "was refused %s because %s is listed: %s", times, addr_print(&l->addr, addr), safe);
	else
		snprintf(out, TELL_LINE, "was refused %s because of a blocklist: %s", times, safe);
}

bool
tell_line(const struct companion *c, size_t n, bool utf8, char out[TELL_LINE])
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
number(uint64_t n)
{
	return json_integer(n <= INT64_MAX ? (json_int_t)n : INT64_MAX);
}

static json_t *
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? json_real((double)(uint64_t)(1000.0 * (double)part / (double)whole) / 1000) : json_null();
}

static json_t *
text(const char *from)
{
	char valid[3 * COMPANION_HELLO_TEXT + 1];

	return json_string(text_utf8(from, valid, sizeof valid));
}

static json_t *
address(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return a->family != 0 ? json_string(addr_print(a, buf)) : json_null();
}

/* json_*_set_new accept NULL (out of memory) and return -1 for it. */
static int
set_boxes(json_t *o, const struct companion *c)
{
	const struct companion_server *most = companion_most(c);
	json_t *boxes = json_object(), *server = most != NULL ? json_object() : json_null();
	int bad = json_object_set_new(o, "mailboxes", boxes);

	bad |= json_object_set_new(boxes, "connections", number(c->count[COMPANION_BOXES]));
	bad |= json_object_set_new(boxes, "short", number(c->count[COMPANION_BOXES_SHORT]));
	bad |= json_object_set_new(boxes, "most_short", server);
	if (most == NULL)
		return bad;
	bad |= json_object_set_new(server, "server", address(&most->addr));
	return bad | json_object_set_new(server, "short", number(most->count));
}

static int
set_lists(json_t *smtp, const struct companion *c)
{
	json_t *names = json_array(), *listings = json_array();
	int bad = json_object_set_new(smtp, "hello_list", names) | json_object_set_new(smtp, "listings", listings);

	for (size_t i = 0; i < COMPANION_HELLOS && c->hello[i].count > 0; i++) {
		json_t *name = json_object();

		bad |= json_array_append_new(names, name);
		bad |= json_object_set_new(name, "name", text(c->hello[i].text));
		bad |= json_object_set_new(name, "count", number(c->hello[i].count));
	}
	for (size_t i = 0; i < COMPANION_LISTINGS && c->listing[i].count > 0; i++) {
		json_t *listing = json_object();

		bad |= json_array_append_new(listings, listing);
		bad |= json_object_set_new(listing, "list", text(c->listing[i].list));
		bad |= json_object_set_new(listing, "address", address(&c->listing[i].addr));
		bad |= json_object_set_new(listing, "count", number(c->listing[i].count));
	}
	return bad;
}

static int
set_smtp(json_t *o, const struct companion *c)
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
	json_t *smtp = json_object();
	int bad = json_object_set_new(o, "smtp", smtp);

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		bad |= json_object_set_new(smtp, counts[i].key, number(c->count[counts[i].count]));
	bad |= json_object_set_new(
	        smtp, "refused_share",
	        share(c->count[COMPANION_TEMPORARY] + c->count[COMPANION_PERMANENT], c->count[COMPANION_REPLIES]));
	bad |= json_object_set_new(smtp, "hello_names", number(distinct_count(&c->hellos)));
	bad |= json_object_set_new(smtp, "sender_domains", number(distinct_count(&c->domains)));
	bad |= json_object_set_new(smtp, "clients", number(distinct_count(&c->clients)));
	return bad | set_lists(smtp, c);
}

json_t *
tell_json(const struct companion *c)
{
	json_t *o = json_object(), *dns = json_object();
	int bad = json_object_set_new(o, "dns", dns);

	bad |= json_object_set_new(dns, "mx", number(c->count[COMPANION_MX]));
	bad |= json_object_set_new(dns, "addresses", number(c->count[COMPANION_ADDRESSES]));
	bad |= json_object_set_new(dns, "names", number(distinct_count(&c->names)));
	bad |= json_object_set_new(dns, "blocklists", number(c->count[COMPANION_BLOCKLIST_LOOKUPS]));
	bad |= json_object_set_new(dns, "answers", number(c->count[COMPANION_ANSWERS]));
	bad |= json_object_set_new(dns, "nxdomain", number(c->count[COMPANION_NXDOMAIN]));
	bad |= json_object_set_new(dns, "nxdomain_share",
	                           share(c->count[COMPANION_NXDOMAIN], c->count[COMPANION_ANSWERS]));
	bad |= set_boxes(o, c);
	bad |= set_smtp(o, c);
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}
