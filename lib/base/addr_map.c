/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing, at most half full. Addresses and values stand in arrays of their own, so that neither pads the
 * other. */
#include "addr_map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#define SLOTS 256 /* at first */

struct addr_map {
	uint64_t seed;
	struct addr *addrs; /* family 0: free */
	uint8_t *values;
	size_t size; /* of a value */
	size_t count, mask;
};

static bool
make_slots(struct addr_map *m, size_t slots)
{
	m->mask = slots - 1;
	m->addrs = calloc(slots, sizeof *m->addrs);
	m->values = calloc(slots, m->size);
	if (m->addrs != NULL && m->values != NULL)
		return true;
	free(m->addrs);
	free(m->values);
	return false;
}

struct addr_map *
addr_map_new(size_t value_size)
{
	struct addr_map *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->size = value_size;
	/* While the machine boots there may be no randomness yet: a map without a seed is better than none. */
	if (getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) < 0)
		m->seed = 0;
	if (make_slots(m, SLOTS))
		return m;
	free(m);
	return NULL;
}

void
addr_map_free(struct addr_map *m)
{
	if (m == NULL)
		return;
	free(m->addrs);
	free(m->values);
	free(m);
}

/* Where the address stands, or the free place for it. */
static size_t
place_of(const struct addr_map *m, const struct addr *a)
{
	size_t n = (size_t)XXH3_64bits_withSeed(a, sizeof *a, m->seed) & m->mask;

	while (m->addrs[n].family != 0 && !addr_equal(&m->addrs[n], a))
		n = (n + 1) & m->mask;
	return n;
}

static bool
grow(struct addr_map *m)
{
	struct addr_map larger = *m;
	size_t to;

	if (!make_slots(&larger, 2 * (m->mask + 1)))
		return false;
	for (size_t n = 0; n <= m->mask; n++)
		if (m->addrs[n].family != 0) {
			to = place_of(&larger, &m->addrs[n]);
			larger.addrs[to] = m->addrs[n];
			memcpy(larger.values + to * m->size, m->values + n * m->size, m->size);
		}
	free(m->addrs);
	free(m->values);
	*m = larger;
	return true;
}

void *
addr_map_find(const struct addr_map *m, const struct addr *a)
{
	size_t n = place_of(m, a);

	return m->addrs[n].family != 0 ? m->values + n * m->size : NULL;
}

void *
addr_map_add(struct addr_map *m, const struct addr *a)
{
	size_t n = place_of(m, a);

	if (m->addrs[n].family == 0) {
		if (2 * (m->count + 1) > m->mask) {
			if (!grow(m))
				return NULL;
			n = place_of(m, a);
		}
		m->count++;
		m->addrs[n] = *a;
	}
	return m->values + n * m->size;
}

const struct addr *
addr_map_next(const struct addr_map *m, size_t *at, void **value)
{
	while (*at <= m->mask) {
		size_t n = (*at)++;

		if (m->addrs[n].family != 0) {
			*value = m->values + n * m->size;
			return &m->addrs[n];
		}
	}
	return NULL;
}
