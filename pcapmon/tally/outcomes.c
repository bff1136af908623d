/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outcomes.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/when.h"

#define POOLS 64 /* rows of pools */

/* Rows in the order in which they came, and an open-addressed index to them, at most half full. */
struct outcomes {
	struct outcome_row *row;
	size_t count, room;
	uint32_t *slot; /* row plus one; 0: free */
	size_t mask;
	struct pool_row pool[POOLS];
	size_t pool_count;
	uint64_t seed;
};

struct outcomes *
outcomes_new(size_t rows, uint64_t seed)
{
	struct outcomes *o = calloc(1, sizeof *o);
	size_t slots = 16;

	if (o == NULL)
		return NULL;
	while (slots < 2 * rows)
		slots *= 2;
	o->seed = seed;
	o->room = rows;
	o->mask = slots - 1;
	o->row = calloc(rows, sizeof *o->row);
	o->slot = calloc(slots, sizeof *o->slot);
	if (o->row != NULL && o->slot != NULL)
		return o;
	outcomes_free(o);
	return NULL;
}

void
outcomes_free(struct outcomes *o)
{
	if (o == NULL)
		return;
	free(o->row);
	free(o->slot);
	free(o);
}

static struct outcome_row *
row_at(struct outcomes *o, int64_t hour, const struct addr *host, uint16_t port)
{
	uint8_t b[27];
	size_t i;

	memcpy(b, &hour, 8);
	memcpy(b + 8, &port, 2);
	b[10] = host->family;
	memcpy(b + 11, host->bytes, 16);
	for (i = XXH3_64bits_withSeed(b, sizeof b, o->seed) & o->mask; o->slot[i] != 0; i = (i + 1) & o->mask) {
		struct outcome_row *row = &o->row[o->slot[i] - 1];

		if (row->hour == hour && row->port == port && addr_equal(&row->host, host))
			return row;
	}
	if (o->count == o->room)
		return NULL;
	o->row[o->count] = (struct outcome_row){.hour = hour, .host = *host, .port = port};
	o->slot[i] = (uint32_t)++o->count;
	return &o->row[o->count - 1];
}

bool
outcomes_add(struct outcomes *o, int64_t when, const struct addr *host, uint16_t port, enum outcome_count what,
             uint64_t n)
{
	struct outcome_row *row = row_at(o, when_floor(when, HOUR), host, port);

	if (row == NULL)
		return false;
	if (what != OUTCOME_ANSWER_MOST)
		row->count[what] += n;
	else if (row->count[what] < n)
		row->count[what] = n;
	return true;
}

struct pool_row *
outcomes_pool(struct outcomes *o, int64_t when, enum pool pool)
{
	int64_t hour = when_floor(when, HOUR);

	for (size_t i = o->pool_count; i-- > 0;)
		if (o->pool[i].hour == hour && o->pool[i].pool == pool)
			return &o->pool[i];
	if (o->pool_count == POOLS)
		return NULL;
	o->pool[o->pool_count] = (struct pool_row){.hour = hour, .pool = pool};
	return &o->pool[o->pool_count++];
}

const struct outcome_row *
outcomes_at(const struct outcomes *o, size_t place)
{
	return place < o->count ? &o->row[place] : NULL;
}

const struct pool_row *
outcomes_pool_at(const struct outcomes *o, size_t place)
{
	return place < o->pool_count ? &o->pool[place] : NULL;
}

void
outcomes_clear(struct outcomes *o)
{
	if (o->count > 0)
		memset(o->slot, 0, (o->mask + 1) * sizeof *o->slot);
	o->count = o->pool_count = 0;
}

bool
outcomes_crowded(const struct outcomes *o)
{
	return o->count > o->room - o->room / 8;
}
