/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the flow's hash is the key in a cache, so that everything about a flow happens in one bucket: a look-up
 * is one pass over 512 bytes. All attempts of one flow (same addresses and ports, other initial sequence numbers) share
 * a bucket, so a host that reuses one source port can at worst push out its own entries and those of few others. */
#include "attempts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"

#define BUCKET 16

struct attempts {
	struct table *table;
	uint64_t evicted;
};

/* Too far from `when` in either direction: time jumps back in merged captures. */
static bool
expired(const struct attempt *a, int64_t when)
{
	return when - a->first > ATTEMPT_WINDOW || a->first - when > ATTEMPT_WINDOW;
}

/* The loss if an entry is evicted, least first: an attempt that has ended only absorbs its retransmissions; another one
 * may still become a connection. */
static int
rank(const struct attempt *a)
{
	switch (a->state) {
	case ATTEMPT_ESTABLISHED:
		return 0;
	case ATTEMPT_REFUSED:
		return 1;
	case ATTEMPT_OPEN:
		return 2;
	default:
		return 3;
	}
}

/* By rank, then the oldest first. What is not expired is within a window of `when`. */
static int64_t
worth(const void *entry, const void *arg)
{
	const struct attempt *a = entry;
	const int64_t *when = arg;

	return expired(a, *when) ? TABLE_WORTHLESS : rank(a) * 4 * ATTEMPT_WINDOW + (a->first - *when);
}

static const struct table_type type = {
        .size = sizeof(struct attempt), .key = sizeof(uint64_t), .hashed = true, .ways = BUCKET, .worth = worth};

struct attempts *
attempts_new(size_t entries, uint64_t seed)
{
	struct attempts *t = calloc(1, sizeof *t);

	if (t != NULL && (t->table = table_new_seeded(&type, entries, seed)) != NULL)
		return t;
	free(t);
	return NULL;
}

void
attempts_free(struct attempts *t)
{
	if (t == NULL)
		return;
	table_free(t->table);
	free(t);
}

/* The fields are laid out by hand, because a struct has holes. */
uint64_t
attempts_flow(const struct attempts *t, const struct flow *f)
{
	uint8_t b[38];

	b[0] = f->src.family;
	b[1] = f->dst.family;
	memcpy(b + 2, f->src.bytes, 16);
	memcpy(b + 18, f->dst.bytes, 16);
	memcpy(b + 34, &f->sport, 2);
	memcpy(b + 36, &f->dport, 2);
	return table_hash(t->table, b, sizeof b);
}

static struct attempt *
find(const struct attempts *t, uint64_t hash, uint32_t isn, int64_t when)
{
	struct attempt *a = table_bucket(t->table, &hash);

	for (int i = 0; i < BUCKET; i++, a++)
		if (a->flow == hash && a->isn == isn && !expired(a, when))
			return a;
	return NULL;
}

/* The place for a new entry: one that is free or expired; else that of the newest open attempt of the same flow if it
 * has many, so that decoys replace each other; else that of the entry worth least. */
static struct attempt *
spare(const struct attempts *t, uint64_t flow, int64_t when)
{
	struct attempt *a = table_spare(t->table, &flow, &when), *b = table_bucket(t->table, &flow), *own = NULL;
	unsigned alike = 0;

	if (a->flow == 0 || expired(a, when))
		return a;
	for (int i = 0; i < BUCKET; i++, b++) {
		if (b->flow != flow || b->state != ATTEMPT_OPEN)
			continue;
		alike++;
		if (own == NULL || b->first > own->first)
			own = b;
	}
	return alike >= ATTEMPTS_ALIKE ? own : a;
}

struct attempt *
attempts_syn(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_new)
{
	uint64_t hash = attempts_flow(t, f);
	struct attempt *a = find(t, hash, isn, when);

	*is_new = a == NULL;
	if (a != NULL)
		return a;
	a = spare(t, hash, when);
	if (a->flow != 0 && !expired(a, when))
		t->evicted++;
	a = table_put(t->table, a, &hash);
	a->first = when;
	a->isn = isn;
	return a;
}

struct attempt *
attempts_find(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when)
{
	return table_count(t->table) > 0 ? find(t, attempts_flow(t, f), isn, when) : NULL;
}

struct attempt *
attempts_answer(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when)
{
	uint64_t hash = attempts_flow(t, f);
	struct attempt *a = find(t, hash, isn, when), *in = table_bucket(t->table, &hash);

	for (int i = 0; a == NULL && i < BUCKET; i++, in++)
		if (in->flow == hash && isn - in->isn <= in->data && !expired(in, when))
			a = in;
	return a;
}

struct attempt *
attempts_follow(struct attempts *t, const struct flow *f, uint32_t seq, int64_t when)
{
	uint32_t best = UINT32_C(1) << 31; /* sequence numbers further off lie behind, not ahead: RFC 9293, 3.4 */
	struct attempt *a, *nearest = NULL;
	uint64_t hash;

	if (table_count(t->table) == 0)
		return NULL;
	hash = attempts_flow(t, f);
	a = table_bucket(t->table, &hash);
	for (int i = 0; i < BUCKET; i++, a++) {
		uint32_t ahead = seq - a->isn;

		if (a->flow == hash && ahead != 0 && ahead < best && !expired(a, when)) {
			best = ahead;
			nearest = a;
		}
	}
	return nearest != NULL && (nearest->state == ATTEMPT_ANSWERED || nearest->state == ATTEMPT_CROSSED) ? nearest
	                                                                                                    : NULL;
}

unsigned
attempts_alike(const struct attempts *t, uint64_t flow, int64_t when, int64_t span)
{
	const struct attempt *a = table_bucket(t->table, &flow);
	unsigned alike = 0;

	for (int i = 0; i < BUCKET; i++, a++)
		alike += a->flow == flow && (a->state == ATTEMPT_OPEN || a->state == ATTEMPT_CROSSED) &&
		         when - a->first <= span && a->first - when <= span;
	return alike;
}

uint64_t
attempts_evicted(const struct attempts *t)
{
	return t->evicted;
}

struct attempt *
attempts_at(struct attempts *t, size_t place)
{
	return table_at(t->table, place);
}

size_t
attempts_place(const struct attempts *t, const struct attempt *a)
{
	return table_place(t->table, a);
}

void
attempts_put_back(struct attempts *t, const struct attempt *a)
{
	struct attempt *to;

	if (a->flow == 0)
		return;
	if ((to = find(t, a->flow, a->isn, a->first)) == NULL)
		to = table_put(t->table, spare(t, a->flow, a->first), &a->flow);
	*to = *a;
}
