/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the flow's hash chooses one bucket of 16 entries, and everything about that flow happens in there: a
 * look-up is one pass over 512 bytes. All attempts of one flow (same addresses and ports, other initial sequence
 * numbers) share a bucket, so a host that reuses one source port can at worst push out its own entries and those of
 * few others. */
#include "attempts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define BUCKET 16
#define LOAD 8 /* entries a bucket is planned for: with 8 on average, one in 270 holds more than 16 */

struct attempts {
	struct attempt *entry;
	size_t mask; /* buckets less one */
	uint64_t seed, evicted;
	bool used; /* something was put in once; before, nothing is looked for: one table of pcapmon often stays empty
	            */
};

struct attempts *
attempts_new(size_t entries, uint64_t seed)
{
	struct attempts *t = calloc(1, sizeof *t);
	size_t buckets = 1;

	if (t == NULL)
		return NULL;
	while (buckets < entries / LOAD)
		buckets *= 2;
	t->entry = calloc(buckets * BUCKET, sizeof *t->entry);
	if (t->entry == NULL) {
		free(t);
		return NULL;
	}
	t->mask = buckets - 1;
	t->seed = seed;
	return t;
}

void
attempts_free(struct attempts *t)
{
	if (t == NULL)
		return;
	free(t->entry);
	free(t);
}

/* Never 0, which marks a free entry. The fields are laid out by hand, because a struct has holes. */
uint64_t
attempts_flow(const struct attempts *t, const struct flow *f)
{
	uint8_t b[38];
	uint64_t hash;

	b[0] = f->src.family;
	b[1] = f->dst.family;
	memcpy(b + 2, f->src.bytes, 16);
	memcpy(b + 18, f->dst.bytes, 16);
	memcpy(b + 34, &f->sport, 2);
	memcpy(b + 36, &f->dport, 2);
	hash = XXH3_64bits_withSeed(b, sizeof b, t->seed);
	return hash != 0 ? hash : 1;
}

static struct attempt *
bucket_of(const struct attempts *t, uint64_t hash)
{
	return t->entry + (hash & t->mask) * BUCKET;
}

/* Too far from `when` in either direction: captures that were put together jump back, too. */
static bool
expired(const struct attempt *a, int64_t when)
{
	return a->flow == 0 || when - a->first > ATTEMPT_WINDOW || a->first - when > ATTEMPT_WINDOW;
}

static struct attempt *
find(const struct attempts *t, uint64_t hash, uint32_t isn, int64_t when)
{
	struct attempt *a = bucket_of(t, hash);

	for (int i = 0; i < BUCKET; i++, a++)
		if (a->flow == hash && a->isn == isn && !expired(a, when))
			return a;
	return NULL;
}

/* How much is lost with an entry, least first: an attempt that has ended only stands for its retransmissions, one that
 * has not may still become a connection. */
static int
worth(const struct attempt *a)
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

/* Of a bucket without room: an open attempt of the flow itself if it has many, the newest, so that decoys replace each
 * other; else the one worth least, the oldest of several. */
static struct attempt *
least(struct attempt *bucket, uint64_t flow)
{
	struct attempt *a = bucket, *own = NULL;
	unsigned alike = 0;

	for (int i = 0; i < BUCKET; i++) {
		struct attempt *b = &bucket[i];

		if (worth(b) < worth(a) || (worth(b) == worth(a) && b->first < a->first))
			a = b;
		if (b->flow != flow || b->state != ATTEMPT_OPEN)
			continue;
		alike++;
		if (own == NULL || b->first > own->first)
			own = b;
	}
	return alike >= ATTEMPTS_ALIKE ? own : a;
}

/* The first entry of the bucket that is free or expired; without one, the one to give up. */
static struct attempt *
spare(struct attempt *bucket, uint64_t flow, int64_t when)
{
	for (int i = 0; i < BUCKET; i++)
		if (expired(&bucket[i], when))
			return &bucket[i];
	return least(bucket, flow);
}

struct attempt *
attempts_syn(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_new)
{
	uint64_t hash = attempts_flow(t, f);
	struct attempt *a = find(t, hash, isn, when), *bucket = bucket_of(t, hash);

	*is_new = a == NULL;
	if (a != NULL)
		return a;
	t->used = true;
	a = spare(bucket, hash, when);
	if (!expired(a, when))
		t->evicted++;
	*a = (struct attempt){.flow = hash, .first = when, .isn = isn, .state = ATTEMPT_OPEN};
	return a;
}

struct attempt *
attempts_find(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when)
{
	return t->used ? find(t, attempts_flow(t, f), isn, when) : NULL;
}

struct attempt *
attempts_answer(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when)
{
	uint64_t hash = attempts_flow(t, f);
	struct attempt *a = find(t, hash, isn, when), *in = bucket_of(t, hash);

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

	if (!t->used)
		return NULL;
	hash = attempts_flow(t, f);
	a = bucket_of(t, hash);
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
	const struct attempt *a = bucket_of(t, flow);
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
	return place < (t->mask + 1) * BUCKET ? &t->entry[place] : NULL;
}

size_t
attempts_place(const struct attempts *t, const struct attempt *a)
{
	return (size_t)(a - t->entry);
}

void
attempts_put_back(struct attempts *t, const struct attempt *a)
{
	struct attempt *to = find(t, a->flow, a->isn, a->first);

	if (a->flow == 0)
		return;
	t->used = true;
	*(to != NULL ? to : spare(bucket_of(t, a->flow), a->flow, a->first)) = *a;
}
