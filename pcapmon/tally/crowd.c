/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: buckets of 32 hosts, so that with CROWD_HOSTS hosts hardly one is full. Who finds no room leaves two
 * bits behind in `once`, which is wiped when half of it is set; who finds both there has come before. */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define BUCKET 32
#define LOAD 16
#define BUCKETS (CROWD_HOSTS / LOAD)
#define ONCE (1 << 23) /* bits */
#define PROVED (UINT32_C(1) << 31)

struct entry {
	struct addr host;  /* family 0: free */
	uint32_t attempts; /* and PROVED */
};

struct crowd {
	struct entry entry[BUCKETS][BUCKET];
	uint8_t once[ONCE / 8];
	uint32_t once_set, count;
	uint64_t seed, evicted;
};

struct crowd *
crowd_new(uint64_t seed)
{
	struct crowd *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->seed = seed;
	return c;
}

void
crowd_free(struct crowd *c)
{
	free(c);
}

static uint64_t
hash_of(const struct crowd *c, const struct addr *host)
{
	uint8_t b[17];

	b[0] = host->family;
	memcpy(b + 1, host->bytes, 16);
	return XXH3_64bits_withSeed(b, sizeof b, c->seed);
}

static struct entry *
find(struct entry *bucket, const struct addr *host)
{
	for (int i = 0; i < BUCKET; i++)
		if (addr_equal(&bucket[i].host, host))
			return &bucket[i];
	return NULL;
}

/* A free entry while there may be one more, else the host with least to say for itself; NULL if there is none here. */
static struct entry *
place(const struct crowd *c, struct entry *bucket)
{
	struct entry *least = NULL;

	for (int i = 0; i < BUCKET; i++) {
		if (bucket[i].host.family == 0 && c->count < CROWD_HOSTS)
			return &bucket[i];
		if (bucket[i].host.family != 0 && (least == NULL || bucket[i].attempts < least->attempts))
			least = &bucket[i];
	}
	return least;
}

/* Whether both bits of the host were set; now they are. One bit alone is too often somebody else's. */
static bool
came_before(struct crowd *c, uint64_t hash)
{
	const uint32_t bit[2] = {(uint32_t)(hash >> 16) % ONCE, (uint32_t)(hash >> 40) % ONCE};
	bool before = true;

	if (c->once_set > ONCE / 2) {
		memset(c->once, 0, sizeof c->once);
		c->once_set = 0;
	}
	for (int i = 0; i < 2; i++) {
		uint8_t mask = (uint8_t)(1 << bit[i] % 8), *byte = &c->once[bit[i] / 8];

		before = before && (*byte & mask) != 0;
		c->once_set += (*byte & mask) == 0;
		*byte |= mask;
	}
	return before;
}

static void
put(struct crowd *c, struct entry *e, const struct addr *host, uint32_t attempts, struct addr *evicted)
{
	if (e->host.family != 0) {
		*evicted = e->host;
		c->evicted++;
	} else {
		c->count++;
	}
	*e = (struct entry){.host = *host, .attempts = attempts};
}

bool
crowd_has(struct crowd *c, const struct addr *host)
{
	return find(c->entry[hash_of(c, host) % BUCKETS], host) != NULL;
}

bool
crowd_attempt(struct crowd *c, const struct addr *host, struct addr *evicted)
{
	uint64_t hash = hash_of(c, host);
	struct entry *bucket = c->entry[hash % BUCKETS], *e = find(bucket, host);

	evicted->family = 0;
	if (e != NULL) {
		if ((e->attempts | PROVED) != UINT32_MAX)
			e->attempts++;
		return true;
	}
	e = place(c, bucket);
	if (e == NULL || (e->host.family != 0 && (!came_before(c, hash) || e->attempts > 1)))
		return false;
	put(c, e, host, e->host.family != 0 ? 2 : 1, evicted);
	return true;
}

void
crowd_proved(struct crowd *c, const struct addr *host, struct addr *evicted)
{
	struct entry *bucket = c->entry[hash_of(c, host) % BUCKETS], *e = find(bucket, host);

	evicted->family = 0;
	if (e == NULL && (e = place(c, bucket)) == NULL)
		e = bucket;
	if (!addr_equal(&e->host, host))
		put(c, e, host, 1, evicted);
	e->attempts |= PROVED;
}

uint64_t
crowd_evicted(const struct crowd *c)
{
	return c->evicted;
}
