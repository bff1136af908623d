/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: an opening under `max N` costs a minute/N, nobody may owe more than a minute, and time pays. All that
 * a bucket needs to know is when it will have paid: one number, changed by one compare-and-swap. It needs not know N,
 * so a reload that changes N needs not touch it.
 *
 * The source's hash chooses one set of 16 buckets. A source without a bucket takes the first that was never used, else
 * the one that owes least, so that nobody is rid of a debt by showing up under many addresses. Two processes that meet
 * a source for the first time try for the same bucket, and the loser finds it taken for just that source. Only where
 * every bucket of a set has been in use, and becomes free between two looks, may they take two; then what the source
 * owes in either counts. */
#include "debts.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WAYS 16
#define LOAD 8                      /* buckets a set is planned for */
#define MINUTE INT64_C(60000000000) /* nanoseconds: N of them at minute/N each are exactly N, up to N = 65535 */
#define TRIES 1000                  /* other processes change the same bucket at the same time: a handful at most */

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes that share memory cannot share locks");

struct bucket {
	_Atomic uint64_t source; /* seeded hash of source and limit; 0: never used */
	_Atomic int64_t paid;    /* nanoseconds: when it owes nothing any more */
};

/* Each process has a copy of its own: whatever is written into the shared memory, a bucket lies within it. */
struct debts {
	struct bucket *bucket;
	size_t mask; /* sets less one */
	uint64_t seed;
};

/* What a look at a set found. */
struct place {
	struct bucket *bucket; /* the source's own, or the one that it may have */
	bool own;
	uint64_t source; /* in it */
	int64_t paid;
	int64_t elsewhere; /* what the source owes in another bucket */
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

/* Never 0, which marks an unused bucket. Of an IPv6 address the first 64 bits count: a host may choose the rest. */
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

/* More than a minute is owed if another process has a later clock, by the time it takes to judge a batch. What no
 * process can have meant is damage, and nothing is owed. */
static int64_t
owes(int64_t paid, int64_t now)
{
	uint64_t left = (uint64_t)paid - (uint64_t)now;

	return paid <= now || left > 2 * (uint64_t)MINUTE ? 0 : (int64_t)left;
}

/* False: the set changed meanwhile. */
static bool
look(struct bucket *set, uint64_t source, int64_t now, struct place *out)
{
	int64_t least = INT64_MAX;

	*out = (struct place){.own = false};
	for (struct bucket *b = set; b < set + WAYS; b++) {
		uint64_t has = atomic_load(&b->source);
		int64_t paid = atomic_load(&b->paid), debt = has != 0 ? owes(paid, now) : -1;

		if (atomic_load(&b->source) != has) /* so `paid` may be another source's */
			return false;
		if (has == source && out->own) {
			out->elsewhere += debt;
		} else if (has == source || (!out->own && debt < least)) {
			*out = (struct place){.bucket = b, .own = has == source, .source = has, .paid = paid};
			least = debt;
		}
	}
	return true;
}

/* The debt goes first: who was about to add to it finds it changed, and looks again. */
static bool
claim(struct place *p, uint64_t source, int64_t now)
{
	return atomic_compare_exchange_strong(&p->bucket->paid, &p->paid, now) &&
	       atomic_compare_exchange_strong(&p->bucket->source, &p->source, source);
}

bool
debts_take(const struct debts *d, const struct addr *source, const struct limit *limit, struct steady moment,
           uint64_t *evicted)
{
	int64_t now = moment.us * 1000; /* nanoseconds, in which a minute/N is no fraction worth a thought */
	uint64_t hash = source_hash(d, source, limit->name);
	struct bucket *set = d->bucket + (hash & d->mask) * WAYS;
	int64_t cost = MINUTE / limit->max, debt;
	struct place p;

	for (int i = 0; i < TRIES; i++) {
		if (!look(set, hash, now, &p))
			continue;
		debt = owes(p.paid, now);
		if (!p.own) {
			*evicted += claim(&p, hash, now) && p.source != 0 && debt > 0;
			continue; /* and look again: another process may have had the same thought */
		}
		if (debt + p.elsewhere + cost > MINUTE)
			return false;
		if (!atomic_compare_exchange_strong(&p.bucket->paid, &p.paid, now + debt + cost))
			continue;
		if (atomic_load(&p.bucket->source) == hash)
			return true;
		atomic_fetch_sub(&p.bucket->paid, cost); /* it was given to another source meanwhile */
	}
	return true; /* somebody plays with the table: that must not cut off a listed host */
}
