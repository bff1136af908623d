/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a bucket keeps what its source owes, as time: an opening under `max N` costs a minute/N, nobody may owe
 * more than a minute, and time pays. So the bucket needs not know N, and a reload that changes N needs not touch it.
 * The source's hash chooses one set of 16 buckets; a set that is full gives up the one that owes least, so that a
 * source cannot be rid of its debt by showing up with many others. */
#include "pace.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WAYS 16
#define LOAD 8                       /* buckets a set is planned for */
#define MINUTE INT64_C(60000000000)  /* nanoseconds: N of them at minute/N each are exactly N, up to N = 65535 */
#define MINUTE_MICRO (MINUTE / 1000) /* of the times handed in */
#define STATE_REFUSED UINT8_MAX      /* of an attempt here; else how often it was sent again for nothing */

struct bucket {
	uint64_t source; /* seeded hash of source and limit; 0 = free */
	int64_t when;    /* microseconds: what it owed when it was last asked */
	int64_t owes;    /* nanoseconds */
};

struct pace {
	struct bucket *bucket;
	size_t mask; /* sets less one */
	uint64_t seed, evicted;
	struct attempts *openings;
};

struct pace *
pace_new(size_t sources, size_t openings, uint64_t seed)
{
	struct pace *p = calloc(1, sizeof *p);
	size_t sets = 1;

	if (p == NULL)
		return NULL;
	while (sets < sources / LOAD)
		sets *= 2;
	p->mask = sets - 1;
	p->seed = seed;
	p->bucket = calloc(sets * WAYS, sizeof *p->bucket);
	p->openings = attempts_new(openings, seed);
	if (p->bucket == NULL || p->openings == NULL) {
		pace_free(p);
		return NULL;
	}
	return p;
}

void
pace_free(struct pace *p)
{
	if (p == NULL)
		return;
	attempts_free(p->openings);
	free(p->bucket);
	free(p);
}

/* Never 0, which marks a free bucket. Of an IPv6 address the first 64 bits count: a host may choose the rest. */
static uint64_t
source_hash(const struct pace *p, const struct addr *src, uint32_t limit)
{
	uint8_t b[13] = {src->family};
	uint64_t hash;

	memcpy(b + 1, src->bytes, 8);
	memcpy(b + 9, &limit, sizeof limit);
	hash = XXH3_64bits_withSeed(b, sizeof b, p->seed);
	return hash != 0 ? hash : 1;
}

static int64_t
owes_at(const struct bucket *b, int64_t now)
{
	if (b->source == 0 || now - b->when >= MINUTE_MICRO)
		return 0;
	if (now <= b->when) /* the clock stepped back */
		return b->owes;
	return b->owes > (now - b->when) * 1000 ? b->owes - (now - b->when) * 1000 : 0;
}

/* The source's bucket, or the one that it may have: free, or owing least. */
static struct bucket *
find(struct pace *p, uint64_t source, int64_t now)
{
	struct bucket *set = p->bucket + (source & p->mask) * WAYS, *least = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].source == source)
			return &set[i];
		if (owes_at(&set[i], now) < owes_at(least, now))
			least = &set[i];
	}
	p->evicted += owes_at(least, now) > 0;
	*least = (struct bucket){.source = source, .when = now};
	return least;
}

static bool
take(struct pace *p, const struct addr *src, const struct limit *limit, int64_t now)
{
	struct bucket *b = find(p, source_hash(p, src, limit->name), now);
	int64_t cost = MINUTE / limit->max;

	b->owes = owes_at(b, now);
	b->when = now;
	if (b->owes + cost > MINUTE)
		return false;
	b->owes += cost;
	return true;
}

bool
pace_ask(struct pace *p, const struct flow *f, uint32_t isn, const struct limit *limit, int64_t now)
{
	bool is_new;
	struct attempt *a = attempts_syn(p->openings, f, isn, now, &is_new);

	if (!is_new && a->state == STATE_REFUSED)
		return false;
	if (!is_new && a->state < PACE_RESENDS) {
		a->state++;
		return true;
	}
	if (take(p, &f->src, limit, now)) {
		a->state = is_new ? 0 : a->state;
		return true;
	}
	a->state = STATE_REFUSED;
	return false;
}

uint64_t
pace_evicted_sources(const struct pace *p)
{
	return p->evicted;
}

uint64_t
pace_evicted_openings(const struct pace *p)
{
	return attempts_evicted(p->openings);
}
