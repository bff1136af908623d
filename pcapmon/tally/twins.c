/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "twins.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"

#define OPENINGS 8192 /* of one second, about */

struct twins {
	struct table *twins; /* of struct twin */
};

static bool
over(const struct twin *twin, int64_t when)
{
	return when - twin->when > TWIN_TIME || twin->when - when > TWIN_TIME;
}

static int64_t
worth(const void *twin, const void *when)
{
	return over(twin, *(const int64_t *)when) ? TABLE_WORTHLESS : ((const struct twin *)twin)->when;
}

static const struct table_type type = {
        .size = sizeof(struct twin), .key = sizeof(uint64_t), .hashed = true, .ways = 8, .worth = worth};

struct twins *
twins_new(uint64_t seed)
{
	struct twins *t = calloc(1, sizeof *t);

	if (t != NULL && (t->twins = table_new_seeded(&type, OPENINGS, seed)) != NULL)
		return t;
	free(t);
	return NULL;
}

void
twins_free(struct twins *t)
{
	if (t == NULL)
		return;
	table_free(t->twins);
	free(t);
}

static uint64_t
key_of(const struct twins *t, const struct flow *f, uint32_t isn)
{
	uint8_t b[23];

	b[0] = f->dst.family;
	memcpy(b + 1, f->dst.bytes, 16);
	memcpy(b + 17, &f->dport, 2);
	memcpy(b + 19, &isn, 4);
	return table_hash(t->twins, b, sizeof b);
}

struct twin *
twins_find(struct twins *t, const struct flow *f, uint32_t isn, int64_t when)
{
	uint64_t key = key_of(t, f, isn);
	struct twin *twin = table_find(t->twins, &key);

	return twin != NULL && !over(twin, when) ? twin : NULL;
}

void
twins_put(struct twins *t, const struct flow *f, uint32_t isn, int64_t when, uint8_t ttl)
{
	uint64_t key = key_of(t, f, isn);
	struct twin *twin = table_find(t->twins, &key);

	if (twin == NULL)
		twin = table_spare(t->twins, &key, &when);
	twin = table_put(t->twins, twin, &key);
	twin->when = when;
	twin->source = f->src;
	twin->ttl = ttl;
}

enum place_state
twins_pack(const struct twins *t, size_t place, int64_t now, uint8_t out[TWIN_BYTES])
{
	const struct twin *twin = table_at(t->twins, place);
	uint8_t *to = out;

	if (twin == NULL)
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
	if (twin.key == 0 || twin.source.family == 0 || twin.when < 0 || table_find(t->twins, &twin.key) != NULL)
		return;
	to = table_spare(t->twins, &twin.key, &twin.when);
	if (to->key == 0)
		*(struct twin *)table_put(t->twins, to, &twin.key) = twin;
}
