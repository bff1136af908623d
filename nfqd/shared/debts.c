/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: instead of tokens left, a bucket stores its debt: an opening under `max N` costs a minute/N, a source
 * may owe one minute at most, and debt decreases as time passes. So a bucket is one number, the moment at which its
 * debt is paid off, changed by one compare-and-swap; it does not depend on N, which a reload may change.
 *
 * The source's hash chooses a set of 16 buckets. A source without a bucket takes the first that was never used, else
 * the one with the smallest debt, so that a source cannot clear its debt by using many addresses. Two processes that
 * see a source for the first time try for the same bucket, and the loser finds it taken for that very source. Only if
 * every bucket of the set has been in use, and one becomes free between two searches, may they take two; then both
 * debts count. */
#include "debts.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WAYS 16
#define LOAD 8                      /* buckets in use of a set, on average */
#define MINUTE INT64_C(60000000000) /* nanoseconds: N of them at minute/N each are exactly N, up to N = 65535 */
#define TRIES 1000                  /* each fails only if another process changed the bucket meanwhile */

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes that share memory cannot share locks");

struct bucket {
	_Atomic uint64_t source; /* seeded hash of source and limit; 0: never used */
	_Atomic int64_t paid;    /* nanoseconds: the moment at which it owes nothing any more */
};

/* Each process has a copy of its own, so whatever is written into the shared memory, every bucket lies within it. */
struct debts {
	struct bucket *bucket;
	size_t mask; /* sets less one */
	uint64_t seed;
};

/* The result of a search in a set. */
struct found {
	struct bucket *bucket; /* the source's own, or the one that it may take */
	bool own;
	uint64_t source; /* stored in the bucket */
	int64_t paid;
	int64_t elsewhere; /* the source's debt in another bucket */
};

static size_t
table_size(size_t sets)
{
	return sets * WAYS * sizeof(struct bucket);
}

struct debts *
debts_new(size_t sources, uint64_t seed)
{
	struct debts *d = malloc(sizeof *d);
	size_t sets = 1;

	if (d == NULL)
		return NULL;
	while (sets < sources / LOAD)
		sets *= 2;
	*d = (struct debts){.mask = sets - 1, .seed = seed};
	d->bucket = mmap(NULL, table_size(sets), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d->bucket == MAP_FAILED) {
		free(d);
		return NULL;
	}
	return d;
}

void
debts_free(struct debts *d)
{
	if (d == NULL)
		return;
	munmap(d->bucket, table_size(d->mask + 1));
	free(d);
}

/* Never 0, which marks an unused bucket. Of an IPv6 address the first 64 bits count, as a host may choose the rest. */
static uint64_t
source_hash(const struct debts *d, const struct addr *source, uint32_t limit)
{
	uint8_t b[13] = {source->family};
	uint64_t hash;

	memcpy(b + 1, source->bytes, 8);
	memcpy(b + 9, &limit, sizeof limit);
	hash = XXH3_64bits_withSeed(b, sizeof b, d->seed);
	return hash != 0 ? hash : 1;
}

/* The debt in nanoseconds. It exceeds a minute if another process read its clock later, by the time that a batch takes.
 * A value that no process can have written on purpose is damage and counts as no debt. */
static int64_t
debt_of(int64_t paid, int64_t now)
{
	uint64_t left = (uint64_t)paid - (uint64_t)now;

	return paid <= now || left > 2 * (uint64_t)MINUTE ? 0 : (int64_t)left;
}

/* False: the set changed meanwhile. */
static bool
search_set(struct bucket *set, uint64_t source, int64_t now, struct found *out)
{
	int64_t least = INT64_MAX;

	*out = (struct found){.own = false};
	for (struct bucket *b = set; b < set + WAYS; b++) {
		uint64_t has = atomic_load(&b->source);
		int64_t paid = atomic_load(&b->paid), debt = has != 0 ? debt_of(paid, now) : -1;

		if (atomic_load(&b->source) != has) /* so `paid` may be another source's */
			return false;
		if (has == source && out->own) {
			out->elsewhere += debt;
		} else if (has == source || (!out->own && debt < least)) {
			*out = (struct found){.bucket = b, .own = has == source, .source = has, .paid = paid};
			least = debt;
		}
	}
	return true;
}

/* The debt is cleared first, so that a process which was about to add to it finds it changed and searches again. */
static bool
claim(struct found *p, uint64_t source, int64_t now)
{
	return atomic_compare_exchange_strong(&p->bucket->paid, &p->paid, now) &&
	       atomic_compare_exchange_strong(&p->bucket->source, &p->source, source);
}

bool
debts_take(const struct debts *d, const struct addr *source, const struct limit *limit, struct steady moment,
           uint64_t *evicted)
{
	int64_t now = moment.us * 1000; /* nanoseconds, so that a minute/N is exact enough */
	uint64_t hash = source_hash(d, source, limit->name);
	struct bucket *set = d->bucket + (hash & d->mask) * WAYS;
	int64_t cost = MINUTE / limit->max, debt;
	struct found p;

	for (int i = 0; i < TRIES; i++) {
		if (!search_set(set, hash, now, &p))
			continue;
		debt = debt_of(p.paid, now);
		if (!p.own) {
			*evicted += claim(&p, hash, now) && p.source != 0 && debt > 0;
			continue; /* search again: another process may have claimed one, too */
		}
		if (debt + p.elsewhere + cost > MINUTE)
			return false;
		if (!atomic_compare_exchange_strong(&p.bucket->paid, &p.paid, now + debt + cost))
			continue;
		if (atomic_load(&p.bucket->source) == hash)
			return true;
		atomic_fetch_sub(&p.bucket->paid, cost); /* the bucket was claimed for another source meanwhile */
	}
	return true; /* the table is being tampered with: that must not cut off a listed host */
}
