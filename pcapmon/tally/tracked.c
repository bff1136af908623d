/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: buckets of 32 hosts, so that with TRACKED_HOSTS hosts hardly one is full. A host that finds no room
 * leaves two bits in `once`, a Bloom filter that is cleared when half of it is set; if both are there, it has come
 * before. */
#include "tracked.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"

#define BUCKET 32
#define ONCE (1 << 23) /* bits */
#define PROVED (UINT32_C(1) << 31)

struct entry {
	struct addr host;  /* family 0: free */
	uint32_t attempts; /* and PROVED */
};

struct tracked {
	struct table *hosts; /* of struct entry */
	uint8_t once[ONCE / 8];
	uint32_t once_set;
	uint64_t evicted;
};

static const struct table_type type = {.size = sizeof(struct entry), .key = sizeof(struct addr), .ways = BUCKET};

struct tracked *
tracked_new(uint64_t seed)
{
	struct tracked *c = calloc(1, sizeof *c);

	if (c != NULL && (c->hosts = table_new_seeded(&type, TRACKED_HOSTS, seed)) != NULL)
		return c;
	free(c);
	return NULL;
}

void
tracked_free(struct tracked *c)
{
	if (c == NULL)
		return;
	table_free(c->hosts);
	free(c);
}

/* A free entry while there may be one more, else that of the host with fewest attempts; NULL if the bucket is empty. */
static struct entry *
place(const struct tracked *c, const struct addr *host)
{
	struct entry *bucket = table_bucket(c->hosts, host), *least = NULL;

	for (int i = 0; i < BUCKET; i++) {
		if (bucket[i].host.family == 0 && table_count(c->hosts) < TRACKED_HOSTS)
			return &bucket[i];
		if (bucket[i].host.family != 0 && (least == NULL || bucket[i].attempts < least->attempts))
			least = &bucket[i];
	}
	return least;
}

/* Both bits of the host were set; now they are. One bit alone is too often another host's. */
static bool
came_before(struct tracked *c, const struct addr *host)
{
	uint64_t hash = table_hash(c->hosts, host, sizeof *host);
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
put(struct tracked *c, struct entry *e, const struct addr *host, uint32_t attempts, struct addr *evicted)
{
	if (e->host.family != 0) {
		*evicted = e->host;
		c->evicted++;
	}
	e = table_put(c->hosts, e, host);
	e->attempts = attempts;
}

bool
tracked_has(struct tracked *c, const struct addr *host)
{
	return table_find(c->hosts, host) != NULL;
}

bool
tracked_attempt(struct tracked *c, const struct addr *host, struct addr *evicted)
{
	struct entry *e = table_find(c->hosts, host);

	evicted->family = 0;
	if (e != NULL) {
		if ((e->attempts | PROVED) != UINT32_MAX)
			e->attempts++;
		return true;
	}
	e = place(c, host);
	if (e == NULL || (e->host.family != 0 && (!came_before(c, host) || e->attempts > 1)))
		return false;
	put(c, e, host, e->host.family != 0 ? 2 : 1, evicted);
	return true;
}

void
tracked_proved(struct tracked *c, const struct addr *host, struct addr *evicted)
{
	struct entry *e = table_find(c->hosts, host);

	evicted->family = 0;
	if (e == NULL && (e = place(c, host)) == NULL)
		e = table_bucket(c->hosts, host);
	if (!addr_equal(&e->host, host))
		put(c, e, host, 1, evicted);
	e->attempts |= PROVED;
}

uint64_t
tracked_evicted(const struct tracked *c)
{
	return c->evicted;
}
