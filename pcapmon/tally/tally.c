/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: an opening is looked up in `attempts`, which finds whether it is new. Sources that are not tracked
 * (outside lan, or beyond the room for hosts) have a table of their own, `strays`, so that a flood of them evicts no
 * host. An attempt whose handshake was completed goes on in `connections` until it ends. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "lib/decode/icmp_quote.h"
#include "parts.h"

#define STRAYS 16384
#define CONNECTIONS 65536

struct tally *
tally_new(const struct tally_options *o)
{
	struct tally *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->o = *o;
	t->newest = 0;
	t->attempts = attempts_new(o->attempts, o->seed);
	t->strays = attempts_new(STRAYS, o->seed);
	t->connections = connections_new(CONNECTIONS);
	t->tracked = tracked_new(o->seed);
	t->nat = nat_new(o->seed);
	t->early = early_new(o->seed);
	t->order = order_new();
	t->leak = leak_new(o->config, o->translation, o->seed);
	t->fragments = fragments_new(o->seed);
	if (t->attempts == NULL || t->strays == NULL || t->connections == NULL || t->tracked == NULL ||
	    t->nat == NULL || t->early == NULL || t->order == NULL || t->leak == NULL || t->fragments == NULL) {
		tally_free(t);
		return NULL;
	}
	if (o->port_count == 0)
		memset(t->watched, 0xff, sizeof t->watched);
	for (size_t i = 0; i < o->port_count; i++)
		t->watched[o->ports[i] / 8] |= (uint8_t)(1 << o->ports[i] % 8);
	return t;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	attempts_free(t->attempts);
	attempts_free(t->strays);
	connections_free(t->connections);
	tracked_free(t->tracked);
	nat_free(t->nat);
	early_free(t->early);
	order_free(t->order);
	leak_free(t->leak);
	fragments_free(t->fragments);
	free(t);
}

static bool
watched(const struct tally *t, uint16_t port)
{
	return (t->watched[port / 8] >> port % 8 & 1) != 0;
}

static void
handle(struct tally *t, const struct packet *p, int64_t when)
{
	struct flow there = {.src = p->src, .dst = p->dst, .sport = p->sport, .dport = p->dport};
	struct flow back = {.src = p->dst, .dst = p->src, .sport = p->dport, .dport = p->sport};

	if (p->protocol != PROTOCOL_TCP) {
		course_answer(t, p, &there, when);
		return;
	}
	if (watched(t, p->dport)) {
		if (packet_opens(p))
			opening(t, p, &there, when);
		else if ((p->flags & TCP_SYN) == 0)
			course_segment(t, p, &there, true, when);
		else if ((p->flags & TCP_RST) == 0)
			course_crossed(t, p, &there, when);
	}
	if (watched(t, p->sport) && !packet_opens(p)) {
		if ((p->flags & TCP_ACK) != 0 && (p->flags & (TCP_SYN | TCP_RST)) != 0)
			course_answer(t, p, &back, when);
		if ((p->flags & TCP_SYN) == 0)
			course_segment(t, p, &back, false, when);
	}
}

void
tally_settle(struct tally *t)
{
	size_t count;
	int64_t when;
	const struct packet *p = order_take(t->order, &count, &when);

	if (count > 0 && when > t->newest) {
		t->newest = when;
		connections_expire(t->connections, when, course_timed_out, t);
	}
	for (size_t i = 0; i < count; i++)
		handle(t, &p[i], when);
}

void
tally_packet(struct tally *t, const struct packet *p, int64_t when)
{
	struct packet quoted;

	if (t->o.companions != NULL)
		companions_packet(t->o.companions, p, when);
	if (p->protocol == PROTOCOL_UDP)
		return;
	if (p->protocol != PROTOCOL_TCP) {
		if (!quote_read(p, &quoted))
			return;
		p = &quoted;
	}
	if (!watched(t, p->dport) && !watched(t, p->sport))
		return;
	while (!order_put(t->order, p, when))
		tally_settle(t);
}

void
tally_frame(struct tally *t, const struct frame *f)
{
	struct packet p;

	switch (fragments_decode(t->fragments, f, &p)) {
	case DECODED_SEGMENT:
	case DECODED_DATAGRAM:
	case DECODED_MESSAGE:
		tally_packet(t, &p, f->when);
		break;
	case DECODED_UNKNOWN:
		t->sums.unknown++;
		break;
	default:
		break;
	}
}

void
tally_lan(struct tally *t, const struct policy *lan)
{
	t->o.lan = lan;
}

void
tally_policy(struct tally *t, const struct config *config)
{
	t->o.config = config;
	leak_policy(t->leak, config);
}

struct tally_sums
tally_sums(const struct tally *t)
{
	struct tally_sums s = t->sums;

	s.evicted = attempts_evicted(t->attempts);
	s.fragments = fragments_evicted(t->fragments);
	s.unended = connections_evicted(t->connections);
	s.evicted_hosts = tracked_evicted(t->tracked);
	return s;
}

bool
tally_tracks(const struct tally *t, const struct addr *host)
{
	return tracked_has(t->tracked, host);
}

struct leak *
tally_leaks(struct tally *t)
{
	return t->leak;
}

struct attempts *
tally_attempts(struct tally *t)
{
	return t->attempts;
}

struct connections *
tally_connections(struct tally *t)
{
	return t->connections;
}

const uint32_t *
tally_changed(const struct tally *t, size_t *count)
{
	*count = t->changed_count;
	return t->changed;
}

void
tally_kept(struct tally *t)
{
	struct attempt *a;

	for (size_t i = 0; i < t->changed_count; i++)
		if ((a = attempts_at(t->attempts, t->changed[i])) != NULL)
			a->marks &= (uint8_t)~MARK_CHANGED;
	t->changed_count = 0;
}

bool
tally_missed(const struct tally *t)
{
	return t->missed;
}

int64_t
tally_newest(const struct tally *t)
{
	return t->newest;
}

struct fragments *
tally_fragments(struct tally *t)
{
	return t->fragments;
}

struct nat *
tally_nat(struct tally *t)
{
	return t->nat;
}

struct early *
tally_early(struct tally *t)
{
	return t->early;
}

uint64_t
tally_seed(const struct tally *t)
{
	return t->o.seed;
}

void
tally_remember(struct tally *t, const struct attempt *a)
{
	struct attempt again = *a;

	again.marks &= (uint8_t)~MARK_CHANGED;
	attempts_put_back(t->attempts, &again);
	if (a->first > t->newest)
		t->newest = a->first;
}
