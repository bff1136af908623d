/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "twins.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define PLACES 16384 /* a power of two: openings of one second */

struct twins {
	struct twin twin[PLACES];
	uint64_t seed;
};

struct twins *
twins_new(uint64_t seed)
{
	struct twins *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->seed = seed;
	return t;
}

void
twins_free(struct twins *t)
{
	free(t);
}

/* Never 0. */
static uint64_t
key_of(const struct twins *t, const struct flow *f, uint32_t isn)
{
	uint8_t b[23];

	b[0] = f->dst.family;
	memcpy(b + 1, f->dst.bytes, 16);
	memcpy(b + 17, &f->dport, 2);
	memcpy(b + 19, &isn, 4);
	return XXH3_64bits_withSeed(b, sizeof b, t->seed) | 1;
}

struct twin *
twins_find(struct twins *t, const struct flow *f, uint32_t isn, int64_t when)
{
	uint64_t key = key_of(t, f, isn);
	struct twin *twin = &t->twin[(key >> 32) % PLACES];

	return twin->key == key && when - twin->when <= TWIN_TIME && twin->when - when <= TWIN_TIME ? twin : NULL;
}

void
twins_put(struct twins *t, const struct flow *f, uint32_t isn, int64_t when, uint8_t ttl)
{
	uint64_t key = key_of(t, f, isn);

	t->twin[(key >> 32) % PLACES] = (struct twin){.key = key, .when = when, .source = f->src, .ttl = ttl};
}

enum place_state
twins_pack(const struct twins *t, size_t place, int64_t now, uint8_t out[TWIN_BYTES])
{
	const struct twin *twin = &t->twin[place % PLACES];
	uint8_t *to = out;

	if (place >= PLACES)
		return PLACE_NONE;
	if (twin->key == 0 || now - twin->when > TWIN_TIME)
		return PLACE_FREE;
	to = put_number(to, twin->key, 8);
	to = put_number(to, (uint64_t)twin->when, 8);
	to = put_address(put_address(to, &twin->source), &twin->view);
	*to = twin->ttl;
	return PLACE_TAKEN;
}

void
twins_put_back(struct twins *t, const uint8_t bytes[TWIN_BYTES])
{
	struct twin twin = {0}, *to;
	const uint8_t *from = bytes;
	uint64_t when;

	from = get_number(from, &twin.key, 8);
	from = get_number(from, &when, 8);
	from = get_address(get_address(from, &twin.source), &twin.view);
	twin.when = (int64_t)when;
	twin.ttl = *from;
	to = &t->twin[(twin.key >> 32) % PLACES];
	if (to->key == 0 && twin.source.family != 0 && twin.when >= 0)
		*to = twin;
}
