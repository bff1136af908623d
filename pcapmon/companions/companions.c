/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companions.h"

#include <stdlib.h>

#include "inbound.h"
#include "lib/judge/judge.h"
#include "parts.h"

#define PORT_MAIL 25
#define SESSIONS 32768

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
	c->sessions = sessions_new(SESSIONS, o->seed);
	c->names = o->nameless ? NULL : names_new(o->seed);
	if (c->sessions != NULL && (o->nameless || c->names != NULL))
		return c;
	companions_free(c);
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
	sessions_free(c->sessions);
	names_free(c->names);
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

static void
box(struct companions *c, const struct mail_segment *s)
{
	const struct packet *p = s->packet;
	const struct mail_session *k = s->session;
	const struct addr *server = s->side == SESSION_CLIENT ? &p->dst : &p->src;
	struct pair pair;

	if ((p->flags & (TCP_FIN | TCP_RST)) == 0 || k->ended || !k->answered)
		return;
	if (s->when - k->began > COMPANION_SHORT || s->when < k->began)
		return;
	pair = companions_pair(c, s->when, s->host);
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			companion_box_short(pair.of[i], server);
}

static void
session(struct companions *c, const struct packet *p, bool client, bool mail, int64_t when)
{
	const struct addr *host = client ? &p->src : &p->dst, *server = client ? &p->dst : &p->src;
	bool syn = (p->flags & TCP_SYN) != 0;
	struct mail_segment segment;
	struct mail_session *k;

	if (!companions_in_lan(c, host) || (c->o.lan != NULL && companions_in_lan(c, server)))
		return;
	k = sessions_at(c->sessions, p, client, (client && packet_opens(p)) || (mail && client && p->payload_size > 0),
	                when);
	if (k == NULL)
		return;
	if (syn && client && packet_opens(p)) {
		session_opens(k, p, when);
		return;
	}
	if (syn) {
		if (!client && k->opened && !k->answered && (p->flags & TCP_RST) == 0) {
			k->answered = k->known[SESSION_SERVER] = true;
			k->next[SESSION_SERVER] = p->seq + 1;
			if (!mail)
				pair_count(companions_pair(c, when, host), COMPANION_BOXES);
		}
		return;
	}
	if (mail && !k->opened && !k->known[SESSION_CLIENT] && !k->known[SESSION_SERVER])
		smtp_gap(&k->smtp, true); /* captured from the middle on: it may be a message */
	segment = (struct mail_segment){p, k, client ? SESSION_CLIENT : SESSION_SERVER, host, when};
	if (mail)
		companions_smtp(c, &segment);
	else
		box(c, &segment);
	k->ended = k->ended || (p->flags & (TCP_FIN | TCP_RST)) != 0;
}

/* The packet is of a connection from outside to port 25 of a host of lan. Without lan nothing is outside. */
static bool
comes_in(const struct companions *c, const struct packet *p, bool client)
{
	const struct addr *host = client ? &p->dst : &p->src, *peer = client ? &p->src : &p->dst;
	uint16_t port = client ? p->dport : p->sport, other = client ? p->sport : p->dport;

	return port == PORT_MAIL && !is_smtp(other) && !is_box(other) && companions_in_lan(c, host) &&
	       !companions_in_lan(c, peer);
}

/* A network counts as one client: the owner of one IPv6 address has a whole network of them. */
static void
serve(struct companions *c, const struct packet *p, bool client, int64_t when)
{
	struct addr network;
	struct pair pair;

	if (!inbound_packet(c->sessions, p, client, when))
		return;
	network = judge_network_of(&p->src).addr;
	pair = companions_pair(c, when, &p->dst);
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			companion_served(pair.of[i], &network);
}

void
companions_packet(struct companions *c, const struct packet *p, int64_t when)
{
	if (p->sport == PORT_DNS || p->dport == PORT_DNS) {
		companions_dns(c, p, when);
		return;
	}
	if (p->protocol != PROTOCOL_TCP)
		return;
	if (comes_in(c, p, true) || comes_in(c, p, false))
		serve(c, p, comes_in(c, p, true), when);
	else if (is_smtp(p->dport) || is_box(p->dport))
		session(c, p, true, is_smtp(p->dport), when);
	else if (is_smtp(p->sport) || is_box(p->sport))
		session(c, p, false, is_smtp(p->sport), when);
}

struct naming
companions_name(const struct companions *c, const struct addr *host, const struct addr *destination, int64_t when)
{
	if (!companions_names(c))
		return (struct naming){0};
	return names_find(c->names, host, destination, when);
}

const char *
companions_spelling(const struct companions *c, uint64_t name)
{
	return companions_names(c) ? names_text(c->names, name) : NULL;
}

bool
companions_names(const struct companions *c)
{
	return c != NULL && c->names != NULL;
}

bool
companions_notable(const struct companions *c, const struct companion_row *row, bool opened)
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
	return (struct companions_lost){c->lost, sessions_evicted(c->sessions)};
}
