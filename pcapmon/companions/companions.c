/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companions.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/ascii.h"
#include "dns_talk.h"
#include "lib/judge/judge.h"
#include "lib/companion/refusal.h"
#include "served.h"
#include "talks.h"
#include "lib/base/when.h"

#define PORT_MAIL 25
#define TALKS 32768
#define SEEN 4096   /* DNS messages of the last moment; a power of two */
#define COPY 100000 /* microseconds in which a message that comes again is a copy of a mirror port, and no resend */

struct seen {
	uint64_t message;
	int64_t when;
};

struct companions {
	struct companions_options o;
	struct talks *talks;
	struct seen seen[SEEN];
	uint64_t lost;
};

/* Mail servers in clear; then POP and IMAP. */
static const uint16_t ports[COMPANIONS_PORTS] = {PORT_MAIL, 587, 2525, 110, 143, 993, 995, PORT_DNS};
#define SMTP_PORTS 3
#define BOX_PORTS 4

struct companions *
companions_new(const struct companions_options *o)
{
	struct companions *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->o = *o;
	c->talks = talks_new(TALKS, o->seed);
	if (c->talks != NULL)
		return c;
	free(c);
	return NULL;
}

void
companions_policy(struct companions *c, const struct policy *lan, const char *const *lists, size_t list_count)
{
	if (c == NULL)
		return;
	c->o.lan = lan;
	c->o.lists = lists;
	c->o.list_count = list_count;
}

void
companions_free(struct companions *c)
{
	if (c == NULL)
		return;
	talks_free(c->talks);
	free(c);
}

size_t
companions_ports(uint16_t *list, size_t count)
{
	for (size_t i = 0; i < COMPANIONS_PORTS; i++) {
		size_t at = 0;

		while (at < count && list[at] != ports[i])
			at++;
		if (at == count)
			list[count++] = ports[i];
	}
	return count;
}

static bool
is_smtp(uint16_t port)
{
	return port == ports[0] || port == ports[1] || port == ports[2];
}

static bool
is_box(uint16_t port)
{
	for (size_t i = SMTP_PORTS; i < SMTP_PORTS + BOX_PORTS; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static bool
in_lan(const struct companions *c, const struct addr *a)
{
	return c->o.lan == NULL || policy_is_lan(c->o.lan, a);
}

/* Makes room: what can be written is, and if that was nothing, those wait in vain that nobody has asked for yet. */
static void
make_room(struct companions *c, struct companion_table *t)
{
	if (t != c->o.rows)
		return;
	c->o.flush(c->o.arg);
}

static void
add_lookup(struct companions *c, struct companion_table *t, int64_t when, const struct addr *host,
           enum companion_count what, const struct dns_talk *d)
{
	const void *name = d->answer ? NULL : d->name;

	if (t == NULL || companion_table_lookup(t, when, host, what, name, d->name_size))
		return;
	make_room(c, t);
	if (companion_table_lookup(t, when, host, what, name, d->name_size))
		return;
	if (t == c->o.rows) {
		c->lost += companion_table_clear(t, NULL, NULL);
		companion_table_lookup(t, when, host, what, name, d->name_size);
	} else {
		c->lost++;
	}
}

/* Both tables' entries of the host; NULL where there is no table or no room. */
struct pair {
	struct companion *of[2];
};

static struct companion *
talk_in(struct companions *c, struct companion_table *t, int64_t when, const struct addr *host)
{
	struct companion *talk = t != NULL ? companion_table_talk(t, when, host) : NULL;

	if (t == NULL || talk != NULL)
		return talk;
	make_room(c, t);
	if ((talk = companion_table_talk(t, when, host)) != NULL)
		return talk;
	if (t != c->o.rows) {
		c->lost++;
		return NULL;
	}
	c->lost += companion_table_clear(t, NULL, NULL);
	return companion_table_talk(t, when, host);
}

static struct pair
talk_of(struct companions *c, int64_t when, const struct addr *host)
{
	return (struct pair){{talk_in(c, c->o.rows, when, host), talk_in(c, c->o.totals, when, host)}};
}

static void
count_one(struct pair pair, enum companion_count what)
{
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			pair.of[i]->count[what]++;
}

static bool
is_copy(struct companions *c, const struct packet *p, const struct dns_talk *d, int64_t when)
{
	uint8_t b[42 + DNS_NAME];
	uint64_t message;
	struct seen *s;
	bool copy;

	memcpy(b, &p->src, 17);
	memcpy(b + 17, &p->dst, 17);
	memcpy(b + 34, &p->sport, 2);
	memcpy(b + 36, &p->dport, 2);
	memcpy(b + 38, &d->id, 2);
	memcpy(b + 40, &d->type, 2);
	memcpy(b + 42, d->name, d->name_size);
	message = XXH3_64bits_withSeed(b, 42 + d->name_size, c->o.seed ^ d->answer);
	s = &c->seen[message % SEEN];
	copy = s->message == message && when - s->when < COPY && s->when - when < COPY;
	if (!copy)
		*s = (struct seen){message, when};
	return copy;
}

static bool
asks_blocklist(const struct companions *c, const struct dns_talk *d)
{
	for (size_t i = 0; i < c->o.list_count; i++)
		if (dns_talk_under(d, c->o.lists[i]))
			return true;
	return false;
}

static void
lookup(struct companions *c, const struct packet *p, const struct dns_talk *d, int64_t when)
{
	const struct addr *host = d->answer ? &p->dst : &p->src;
	bool mx = d->type == DNS_MX, listed;

	if ((d->answer ? p->sport : p->dport) != PORT_DNS || (!mx && d->type != DNS_A && d->type != DNS_AAAA) ||
	    !in_lan(c, host) || is_copy(c, p, d, when))
		return;
	listed = !d->answer && !mx && asks_blocklist(c, d);
	for (int i = 0; i < 2; i++) {
		struct companion_table *t = i == 0 ? c->o.rows : c->o.totals;

		add_lookup(c, t, when, host,
		           d->answer ? COMPANION_ANSWERS
		           : mx      ? COMPANION_MX
		                     : COMPANION_ADDRESSES,
		           d);
		if (d->answer && d->rcode == DNS_NXDOMAIN)
			add_lookup(c, t, when, host, COMPANION_NXDOMAIN, d);
		if (listed)
			add_lookup(c, t, when, host, COMPANION_BLOCKLIST_LOOKUPS, d);
	}
}

static void
dns(struct companions *c, const struct packet *p, int64_t when)
{
	struct dns_talk d;
	size_t at = 0;

	if (p->payload == NULL || p->payload_size == 0)
		return;
	if (p->protocol == PROTOCOL_UDP) {
		if (dns_talk_read(p->payload, p->payload_size, &d))
			lookup(c, p, &d, when);
		return;
	}
	while (dns_talk_next(p->payload, p->payload_size, &at, &d))
		lookup(c, p, &d, when);
}

static void
keep_domain(struct companion *c, const char *text, size_t size)
{
	char domain[255]; /* RFC 5321, 4.5.3.1.2 */

	if (size > sizeof domain)
		size = sizeof domain;
	for (size_t i = 0; i < size; i++)
		domain[i] = ascii_lower(text[i]);
	if (size > 0)
		distinct_add(&c->domains, domain, size);
}

/* What smtp_talk hears goes to the host's entries. */
struct hearing {
	struct companions *c;
	struct pair pair;
	struct talk *talk;
	bool submission;
};

static void
refused(const struct hearing *h, const char *text, size_t size)
{
	const char *list = refusal_list(text, size, h->c->o.lists, h->c->o.list_count);
	struct addr listed = {0};

	if (list == NULL)
		return;
	refusal_address(text, size, &listed);
	for (int i = 0; i < 2; i++)
		if (h->pair.of[i] != NULL)
			companion_listed(h->pair.of[i], list, &listed);
}

static void
replied(struct hearing *h, int code)
{
	count_one(h->pair, COMPANION_REPLIES);
	if (code < 400)
		return;
	count_one(h->pair, code < 500 ? COMPANION_TEMPORARY : COMPANION_PERMANENT);
	if (!h->talk->refused)
		count_one(h->pair, COMPANION_REFUSED);
	h->talk->refused = true;
}

static void
heard(void *arg, enum smtp_word word, int code, const char *text, size_t size)
{
	struct hearing *h = arg;

	if (!h->talk->spoken) {
		h->talk->spoken = true;
		count_one(h->pair, COMPANION_SESSIONS);
		if (h->submission)
			count_one(h->pair, COMPANION_SUBMISSION);
	}
	switch (word) {
	case SMTP_HELLO:
		for (int i = 0; i < 2; i++)
			if (h->pair.of[i] != NULL)
				companion_hello(h->pair.of[i], text, size);
		break;
	case SMTP_SENDER:
		count_one(h->pair, COMPANION_SENDERS);
		for (int i = 0; i < 2; i++)
			if (h->pair.of[i] != NULL)
				keep_domain(h->pair.of[i], text, size);
		break;
	case SMTP_RECIPIENT:
		count_one(h->pair, COMPANION_RECIPIENTS);
		break;
	case SMTP_TLS:
		count_one(h->pair, COMPANION_TLS);
		break;
	case SMTP_REPLY:
		replied(h, code);
		break;
	case SMTP_REFUSAL:
		refused(h, text, size);
		break;
	}
}

static void
smtp(struct companions *c, const struct packet *p, struct talk *k, enum talk_side side, const struct addr *host,
     int64_t when)
{
	struct hearing h = {.c = c, .talk = k, .submission = (side == TALK_CLIENT ? p->dport : p->sport) != PORT_MAIL};
	const uint8_t *bytes;
	size_t size;
	bool gap;

	if (k->smtp.phase == SMTP_DARK || !talk_payload(k, p, side, &bytes, &size, &gap))
		return;
	h.pair = talk_of(c, when, host);
	if (gap)
		smtp_talk_gap(&k->smtp, side == TALK_CLIENT);
	if (side == TALK_CLIENT)
		smtp_talk_client(&k->smtp, bytes, size, heard, &h);
	else
		smtp_talk_server(&k->smtp, bytes, size, heard, &h);
}

static void
box(struct companions *c, const struct packet *p, struct talk *k, const struct addr *host, const struct addr *server,
    int64_t when)
{
	struct pair pair;

	if ((p->flags & (TCP_FIN | TCP_RST)) == 0 || k->ended || !k->answered)
		return;
	if (when - k->began > COMPANION_SHORT || when < k->began)
		return;
	pair = talk_of(c, when, host);
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			companion_box_short(pair.of[i], server);
}

static void
talk(struct companions *c, const struct packet *p, bool client, bool mail, int64_t when)
{
	const struct addr *host = client ? &p->src : &p->dst, *server = client ? &p->dst : &p->src;
	bool syn = (p->flags & TCP_SYN) != 0;
	struct talk *k;

	if (!in_lan(c, host) || (c->o.lan != NULL && in_lan(c, server)))
		return;
	k = talks_at(c->talks, p, client, (client && packet_opens(p)) || (mail && client && p->payload_size > 0), when);
	if (k == NULL)
		return;
	if (syn && client && packet_opens(p)) {
		talk_opens(k, p, when);
		return;
	}
	if (syn) {
		if (!client && k->opened && !k->answered && (p->flags & TCP_RST) == 0) {
			k->answered = k->known[TALK_SERVER] = true;
			k->next[TALK_SERVER] = p->seq + 1;
			if (!mail)
				count_one(talk_of(c, when, host), COMPANION_BOXES);
		}
		return;
	}
	if (mail && !k->opened && !k->known[TALK_CLIENT] && !k->known[TALK_SERVER])
		smtp_talk_gap(&k->smtp, true); /* from the middle: it may be a message */
	if (mail)
		smtp(c, p, k, client ? TALK_CLIENT : TALK_SERVER, host, when);
	else
		box(c, p, k, host, server, when);
	k->ended = k->ended || (p->flags & (TCP_FIN | TCP_RST)) != 0;
}

/* Whether the packet is of a connection from outside lan to port 25 of a host of lan. Without lan nobody is outside. */
static bool
comes_in(const struct companions *c, const struct packet *p, bool client)
{
	const struct addr *host = client ? &p->dst : &p->src, *peer = client ? &p->src : &p->dst;
	uint16_t port = client ? p->dport : p->sport, other = client ? p->sport : p->dport;

	return port == PORT_MAIL && !is_smtp(other) && !is_box(other) && in_lan(c, host) && !in_lan(c, peer);
}

/* Who has one address has a whole network of them in IPv6, and neighbours in IPv4: a network is one client. */
static void
serve(struct companions *c, const struct packet *p, bool client, int64_t when)
{
	struct addr network;
	struct pair pair;

	if (!served_packet(c->talks, p, client, when))
		return;
	network = judge_network_of(&p->src).addr;
	pair = talk_of(c, when, &p->dst);
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			companion_served(pair.of[i], &network);
}

void
companions_packet(struct companions *c, const struct packet *p, int64_t when)
{
	if (p->sport == PORT_DNS || p->dport == PORT_DNS) {
		dns(c, p, when);
		return;
	}
	if (p->protocol != PROTOCOL_TCP)
		return;
	if (comes_in(c, p, true) || comes_in(c, p, false))
		serve(c, p, comes_in(c, p, true), when);
	else if (is_smtp(p->dport) || is_box(p->dport))
		talk(c, p, true, is_smtp(p->dport), when);
	else if (is_smtp(p->sport) || is_box(p->sport))
		talk(c, p, false, is_smtp(p->sport), when);
}

bool
companions_tells(const struct companions *c, const struct companion_row *row, bool opened)
{
	const uint64_t *n = row->companion.count;
	uint64_t any = 0;

	for (int i = 0; i < COMPANION_COUNT; i++)
		any |= n[i];
	return any != 0 && (opened || (c->o.lan != NULL && (n[COMPANION_MX] > 0 || n[COMPANION_BLOCKLIST_LOOKUPS] > 0 ||
	                                                    n[COMPANION_BOXES_SHORT] > 0 || n[COMPANION_SESSIONS] > 0 ||
	                                                    n[COMPANION_SERVED] > 0)));
}

struct companion_table *
companions_rows(const struct companions *c)
{
	return c->o.rows;
}

struct companion_table *
companions_totals(const struct companions *c)
{
	return c->o.totals;
}

struct companions_lost
companions_lost(const struct companions *c)
{
	return (struct companions_lost){c->lost, talks_evicted(c->talks)};
}
