/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "order.h"

#include <stdlib.h>
#include <string.h>

struct order {
	struct packet packet[ORDER_ROOM];
	size_t count;
	int64_t when;
};

struct order *
order_new(void)
{
	return calloc(1, sizeof(struct order));
}

void
order_free(struct order *o)
{
	free(o);
}

bool
order_put(struct order *o, const struct packet *p, int64_t when)
{
	if (o->count > 0 && (o->when != when || o->count == ORDER_ROOM))
		return false;
	o->when = when;
	o->packet[o->count] = *p;
	o->packet[o->count++].payload = NULL;
	return true;
}

static int
rank(const struct packet *p)
{
	if (p->protocol != PROTOCOL_TCP)
		return 5;
	if ((p->flags & TCP_RST) != 0)
		return 4;
	if ((p->flags & TCP_SYN) != 0)
		return (p->flags & TCP_ACK) != 0 ? 1 : 0;
	return (p->flags & TCP_FIN) != 0 ? 3 : 2;
}

#define KEYS 9

/* The sort key of a packet, before its addresses. Of one opening before and behind NAT, the one before NAT comes first:
 * routers decrement the TTL. */
static void
keys_of(const struct packet *p, int64_t key[KEYS])
{
	const int64_t keys[KEYS] = {rank(p),  -(int64_t)p->ttl, !addr_private(&p->src),   p->seq,  p->ack,
	                            p->sport, p->dport,         (int64_t)p->payload_size, p->flags};

	memcpy(key, keys, sizeof keys);
}

static int
compare(const void *left, const void *right)
{
	const struct packet *a = left, *b = right;
	int64_t x[KEYS], y[KEYS];
	int c;

	keys_of(a, x);
	keys_of(b, y);
	for (int i = 0; i < KEYS; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	c = addr_cmp(&a->src, &b->src);
	return c != 0 ? c : addr_cmp(&a->dst, &b->dst);
}

const struct packet *
order_take(struct order *o, size_t *count, int64_t *when)
{
	*count = o->count;
	*when = o->when;
	if (o->count > 1)
		qsort(o->packet, o->count, sizeof *o->packet, compare);
	o->count = 0;
	return o->packet;
}
