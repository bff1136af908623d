/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages -> look-ups of a host. */
#include "parts.h"

#include <string.h>
#include <xxhash.h>

#include "dns.h"

#define COPY 100000 /* microseconds: a message that comes again so soon was mirrored twice, not sent again */

static void
add_lookup(struct companions *c, struct companion_table *t, const struct companion_lookup *l, enum companion_count what)
{
	if (t == NULL || companion_table_lookup(t, l, what))
		return;
	companions_make_room(c, t);
	if (companion_table_lookup(t, l, what))
		return;
	if (t == c->o.rows) {
		c->lost += companion_table_clear(t, NULL, NULL);
		companion_table_lookup(t, l, what);
	} else {
		c->lost++;
	}
}

static bool
is_copy(struct companions *c, const struct packet *p, const struct dns_message *d, int64_t when)
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
asks_blocklist(const struct companions *c, const struct dns_message *d)
{
	for (size_t i = 0; i < c->o.list_count; i++)
		if (dns_under(d, c->o.lists[i]))
			return true;
	return false;
}

static void
lookup(struct companions *c, const struct packet *p, const struct dns_message *d, int64_t when)
{
	const struct addr *host = d->answer ? &p->dst : &p->src;
	const struct companion_lookup l = {
	        .when = when, .host = host, .name = d->answer ? NULL : d->name, .name_size = d->name_size};
	bool mx = d->type == DNS_MX, listed;

	if ((d->answer ? p->sport : p->dport) != PORT_DNS || (!mx && d->type != DNS_A && d->type != DNS_AAAA) ||
	    !companions_in_lan(c, host) || is_copy(c, p, d, when))
		return;
	if (c->names != NULL)
		names_take(c->names, p, d, when);
	listed = !d->answer && !mx && asks_blocklist(c, d);
	for (int i = 0; i < 2; i++) {
		struct companion_table *t = i == 0 ? c->o.rows : c->o.totals;

		add_lookup(c, t, &l, d->answer ? COMPANION_ANSWERS : mx ? COMPANION_MX : COMPANION_ADDRESSES);
		if (d->answer && d->rcode == DNS_NXDOMAIN)
			add_lookup(c, t, &l, COMPANION_NXDOMAIN);
		if (listed)
			add_lookup(c, t, &l, COMPANION_BLOCKLIST_LOOKUPS);
	}
}

void
companions_dns(struct companions *c, const struct packet *p, int64_t when)
{
	struct dns_message d;
	size_t at = 0;

	if (p->payload == NULL || p->payload_size == 0)
		return;
	if (p->protocol == PROTOCOL_UDP) {
		if (dns_read(p->payload, p->payload_size, &d))
			lookup(c, p, &d, when);
		return;
	}
	while (dns_next(p->payload, p->payload_size, &at, &d))
		lookup(c, p, &d, when);
}
