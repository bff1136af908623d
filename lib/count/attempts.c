/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the flow's hash is the key in a cache with a choice of two buckets, so that nothing is evicted before
 * most of the places are in use, and a look-up compares 32 tags. All attempts of one flow (same addresses and ports,
 * other initial sequence numbers) share the two buckets, so a host that reuses one source port can at worst push out
 * its own entries and those of few others.
 *
 * `doubted` remembers of which flows an attempt was evicted, and until when that matters: two numbers for each flow,
 * which it shares with others, so that a SYN may be doubted in vain once very many were evicted, but is never taken for
 * an attempt that may have been counted. */
#include "attempts.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/table.h"

#define BUCKET 16
#define DOUBTED 65536 /* 256 KiB */

struct attempts {
	struct table *table;
	uint64_t evicted;
	int64_t doubts_end;        /* of the last one in doubted */
	uint32_t doubted[DOUBTED]; /* by two parts of the flow's hash: a time in seconds, see second_after */
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

static const struct table_type type = {.size = sizeof(struct attempt),
                                       .key = sizeof(uint64_t),
                                       .hashed = true,
                                       .ways = BUCKET,
                                       .choice = true,
                                       .worth = worth};

struct attempts *
attempts_new(size_t entries, uint64_t seed)
{
	struct attempts *t = calloc(1, sizeof *t);

	if (t == NULL || (t->table = table_new_seeded(&type, entries, seed)) == NULL) {
		free(t);
		return NULL;
	}
	t->doubts_end = INT64_MIN;
	return t;
}

void
attempts_free(struct attempts *t)
{
	if (t == NULL)
		return;
	table_free(t->table);
	free(t);
}

/* Flows are hashed as bytes: there must be no hole in them. */
static_assert(sizeof(struct flow) == 2 * sizeof(struct addr) + 2 * sizeof(uint16_t), "a hole in the flow");

uint64_t
attempts_flow(const struct attempts *t, const struct flow *f)
{
	return table_hash(t->table, f, sizeof *f);
}

static inline struct attempt *
find(const struct attempts *t, uint64_t hash, uint32_t isn, int64_t when)
{
	struct attempt *a = table_find(t->table, &hash);

	while (a != NULL && (a->isn != isn || expired(a, when)))
		a = table_next(t->table, &hash, a);
	return a;
}

/* The place for a new entry: one that is free or expired; else that of the newest open attempt of the same flow if it
 * has many, so that decoys replace each other; else that of the entry worth least. */
static struct attempt *
spare(const struct attempts *t, uint64_t flow, int64_t when)
{
	struct attempt *a = table_spare(t->table, &flow, &when), *own = NULL;
	unsigned alike = 0;

	if (a->flow == 0 || expired(a, when))
		return a;
	for (struct attempt *b = table_find(t->table, &flow); b != NULL; b = table_next(t->table, &flow, b)) {
		if (b->state != ATTEMPT_OPEN)
			continue;
		alike++;
		if (own == NULL || b->first > own->first)
			own = b;
	}
	return alike >= ATTEMPTS_ALIKE ? own : a;
}

static uint32_t *
doubted_at(struct attempts *t, uint64_t flow, int part)
{
	return &t->doubted[(part == 0 ? flow : flow >> 32) % DOUBTED];
}

/* The first whole second after; all that is compared is how far two of them are apart. */
static uint32_t
second_after(int64_t when)
{
	return (uint32_t)(when_floor(when, SECOND) + 1);
}

static bool
is_until(uint32_t until, int64_t when)
{
	return until - (uint32_t)when_floor(when, SECOND) <= ATTEMPT_WINDOW / SECOND + 1;
}

/* The entry is evicted before its time. */
static void
raise_doubt(struct attempts *t, const struct attempt *a, int64_t when)
{
	int64_t end = a->first + ATTEMPT_WINDOW;
	uint32_t until = second_after(end);

	if (t->doubts_end < end)
		t->doubts_end = end;
	for (int part = 0; part < 2; part++) {
		uint32_t *seconds = doubted_at(t, a->flow, part);

		if (!is_until(*seconds, when) || (int32_t)(until - *seconds) > 0)
			*seconds = until;
	}
}

/* A new entry. */
static struct attempt *
put(struct attempts *t, uint64_t flow, int64_t when)
{
	struct attempt *a = spare(t, flow, when);

	if (a->flow != 0 && !expired(a, when)) {
		t->evicted++;
		if (a->flow != flow) /* decoys raise no doubt about themselves: each counts */
			raise_doubt(t, a, when);
	}
	return table_put(t->table, a, &flow);
}

bool
attempts_doubt(struct attempts *t, const struct flow *f, int64_t when)
{
	uint64_t hash;

	if (when > t->doubts_end)
		return false;
	hash = attempts_flow(t, f);
	return is_until(*doubted_at(t, hash, 0), when) && is_until(*doubted_at(t, hash, 1), when);
}

struct attempt *
attempts_syn(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_new)
{
	uint64_t hash = attempts_flow(t, f);
	struct attempt *a = find(t, hash, isn, when);

	*is_new = a == NULL;
	if (a != NULL)
		return a;
	a = put(t, hash, when);
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
	struct attempt *a = find(t, hash, isn, when);

	if (a != NULL)
		return a;
	a = table_find(t->table, &hash);
	while (a != NULL && (isn - a->isn > a->data || expired(a, when)))
		a = table_next(t->table, &hash, a);
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
	for (a = table_find(t->table, &hash); a != NULL; a = table_next(t->table, &hash, a)) {
		uint32_t ahead = seq - a->isn;

		if (ahead != 0 && ahead < best && !expired(a, when)) {
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
	const struct attempt *a;
	unsigned alike = 0;

	for (a = table_find(t->table, &flow); a != NULL; a = table_next(t->table, &flow, a))
		alike += (a->state == ATTEMPT_OPEN || a->state == ATTEMPT_CROSSED) && when - a->first <= span &&
		         a->first - when <= span;
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
		to = put(t, a->flow, a->first);
	*to = *a;
}
