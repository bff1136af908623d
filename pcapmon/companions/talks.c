/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "talks.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/when.h"

#define BUCKET 8
#define LOAD 4
#define FORGET (HOUR)            /* silence after which the same ports are another connection */
#define HALF (UINT32_C(1) << 31) /* sequence numbers further off lie behind, not ahead: RFC 9293, 3.4 */

struct talks {
	struct talk *entry;
	size_t mask; /* buckets less one */
	uint64_t seed, evicted;
};

struct talks *
talks_new(size_t connections, uint64_t seed)
{
	struct talks *t = calloc(1, sizeof *t);
	size_t buckets = 1;

	if (t == NULL)
		return NULL;
	while (buckets < connections / LOAD)
		buckets *= 2;
	t->mask = buckets - 1;
	t->seed = seed;
	t->entry = calloc(buckets * BUCKET, sizeof *t->entry);
	if (t->entry != NULL)
		return t;
	free(t);
	return NULL;
}

void
talks_free(struct talks *t)
{
	if (t == NULL)
		return;
	free(t->entry);
	free(t);
}

static uint64_t
flow_of(const struct talks *t, const struct packet *p, bool client)
{
	const struct addr *from = client ? &p->src : &p->dst, *to = client ? &p->dst : &p->src;
	uint16_t ports[2] = {client ? p->sport : p->dport, client ? p->dport : p->sport};
	uint8_t b[38];
	uint64_t flow;

	memcpy(b, from, 17);
	memcpy(b + 17, to, 17);
	memcpy(b + 34, ports, 4);
	flow = XXH3_64bits_withSeed(b, sizeof b, t->seed);
	return flow != 0 ? flow : 1;
}

static struct talk *
place(struct talks *t, struct talk *bucket)
{
	struct talk *to = bucket;

	for (int i = 0; i < BUCKET; i++)
		if (bucket[i].flow == 0)
			return &bucket[i];
	for (int i = 1; i < BUCKET; i++)
		if (bucket[i].ended != to->ended ? bucket[i].ended : bucket[i].last < to->last)
			to = &bucket[i];
	t->evicted += !to->ended;
	return to;
}

struct talk *
talks_at(struct talks *t, const struct packet *p, bool client, bool make, int64_t when)
{
	uint64_t flow = flow_of(t, p, client);
	struct talk *bucket = t->entry + (flow & t->mask) * BUCKET, *k = NULL;

	for (int i = 0; k == NULL && i < BUCKET; i++)
		if (bucket[i].flow == flow)
			k = &bucket[i];
	if (k == NULL && !make)
		return NULL;
	if (k == NULL) {
		k = place(t, bucket);
		*k = (struct talk){.flow = flow, .began = when, .last = when};
	}
	if (when > k->last)
		k->last = when;
	return k;
}

void
talk_opens(struct talk *k, const struct packet *p, int64_t when)
{
	uint32_t next = p->seq + 1 + (uint32_t)p->payload_size;

	if (k->opened && k->next[TALK_CLIENT] == next && when - k->began < FORGET)
		return;
	*k = (struct talk){.flow = k->flow, .began = when, .last = when, .opened = true};
	k->next[TALK_CLIENT] = next;
	k->known[TALK_CLIENT] = true;
}

bool
talk_payload(struct talk *k, const struct packet *p, enum talk_side side, const uint8_t **bytes, size_t *size,
             bool *gap)
{
	uint32_t ahead = p->seq - k->next[side], behind = k->next[side] - p->seq;
	size_t old = 0;

	*gap = false;
	if (p->payload == NULL || p->payload_size == 0)
		return false;
	if (k->known[side] && ahead != 0) {
		*gap = ahead < HALF;
		old = *gap ? 0 : behind;
	}
	if (old >= p->payload_size)
		return false;
	k->known[side] = true;
	k->next[side] = p->seq + (uint32_t)p->payload_size;
	*bytes = p->payload + old;
	*size = p->payload_size - old;
	return true;
}

uint64_t
talks_evicted(const struct talks *t)
{
	return t->evicted;
}
