/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

const struct program first_address = {60, 1, 5};
const struct program all_addresses = {127, DOMAINS_ADDRESSES, 6};
const struct program all_windows = {21, DOMAINS_ADDRESSES, 2};

/* The same network and server as an IPv6 address. */
static struct addr
in_ipv6(const struct addr *a)
{
	uint8_t bytes[16] = {0x2a, 0, 0, a->bytes[0], a->bytes[1], a->bytes[2], [15] = a->bytes[3]};

	return addr_v6(bytes);
}

void
try_at(struct world *w, double when, const struct addr *to, uint16_t port, uint8_t retransmits)
{
	struct tried t = {(int64_t)when, *to, port, retransmits, false, w->source};

	if (w->ipv6)
		t.destination = in_ipv6(to);
	life_try(w->l, &t);
}

uint8_t
resends(struct world *w, uint32_t low, uint32_t high)
{
	return w->s->reject ? 0 : (uint8_t)(low + below(&w->r, high - low + 1));
}

uint8_t
resent(const struct world *w, const struct program *p)
{
	return w->s->reject ? 0 : p->resent;
}

/* True if an answer about the name is still valid; else the time of the next one is noted. */
static bool
remembered(struct world *w, double when, const struct name *name, double ttl)
{
	size_t at = ((size_t)name->sort * 31 + name->number) % CACHED;

	if (w->cache[at].from <= when && w->cache[at].until > when && w->cache[at].name.sort == name->sort &&
	    w->cache[at].name.number == name->number)
		return true;
	w->cache[at].name = *name;
	w->cache[at].from = when;
	w->cache[at].until = when + ttl * SECOND;
	return false;
}

/* The resolver's answers are valid until a multiple of the time to live. */
static double
left(double when, uint32_t ttl)
{
	double seconds = when / SECOND;

	return ttl - (seconds - ttl * (double)(int64_t)(seconds / ttl));
}

size_t
look_up(struct world *w, double when, const struct name *name, struct addr out[DOMAINS_ADDRESSES])
{
	double ttl = left(when, domains_ttl(name));
	struct addr list[DOMAINS_ADDRESSES];
	size_t count = domains_addresses(&w->domains, name, when / SECOND, list);
	uint32_t first = below(&w->r, (uint32_t)count); /* resolvers rotate */
	struct answered a = {
	        (int64_t)(when - .02 * SECOND), w->source, *name, false, (uint32_t)ttl, (uint8_t)count, {{{0}}}};

	for (size_t n = 0; n < count; n++) {
		out[n] = list[(n + first) % count];
		a.address[n] = w->ipv6 ? in_ipv6(&out[n]) : out[n];
	}
	if (!w->hidden && !remembered(w, when, name, ttl))
		life_answer(w->l, &a);
	return count;
}

size_t
look_up_mx(struct world *w, double when, const struct name *domain, struct name out[DOMAINS_EXCHANGES])
{
	double ttl = left(when, domains_ttl(domain));
	size_t count = domains_exchanges(domain, out);
	struct answered a = {
	        (int64_t)(when - .05 * SECOND), w->source, *domain, true, (uint32_t)ttl, (uint8_t)count, {{{0}}}};

	for (size_t n = 0; n < count; n++)
		a.exchange[n] = out[n];
	if (!w->hidden && !remembered(w, when, domain, ttl))
		life_answer(w->l, &a);
	return count;
}

double
connect_to(struct world *w, double when, const struct name *name, uint16_t port, const struct program *p)
{
	struct addr list[DOMAINS_ADDRESSES];
	size_t count = look_up(w, when, name, list);

	for (size_t n = 0; n < count && n < p->addresses && when < w->end; n++) {
		try_at(w, when, &list[n], port, resent(w, p));
		when += w->s->reject ? uniform(&w->r, .01, .2) * SECOND : p->timeout * SECOND;
	}
	return when;
}

double
connect_mx(struct world *w, double when, const struct name *domain, const struct program *p, uint32_t exchanges)
{
	struct name mx[DOMAINS_EXCHANGES];
	size_t count = look_up_mx(w, when, domain, mx);
	uint32_t first = domain->sort == DOMAIN_YAHOO ? below(&w->r, 3) : 0; /* equal preference */

	for (size_t n = 0; n < count && n < exchanges; n++)
		when = connect_to(w, when, &mx[(n + first) % count], 25, p);
	return when;
}

void
move_to(struct world *w, const struct source *s)
{
	w->source = life_source(w->l, s);
}
