/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outcomes.h"

#include <stdlib.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define POOLS 64 /* rows of pools */
#define KEY (offsetof(struct outcome_row, host) + sizeof(struct addr))
_Static_assert(KEY == 27, "the key has no hole");

struct outcomes {
	struct table *rows; /* of struct outcome_row */
	size_t room;
	struct pool_row pool[POOLS];
	size_t pool_count;
};

static const struct table_type type = {.size = sizeof(struct outcome_row), .key = KEY};

struct outcomes *
outcomes_new(size_t rows)
{
	struct outcomes *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->room = rows;
	o->rows = table_new(&type, rows);
	if (o->rows != NULL)
		return o;
	free(o);
	return NULL;
}

void
outcomes_free(struct outcomes *o)
{
	if (o == NULL)
		return;
	table_free(o->rows);
	free(o);
}

bool
outcomes_add(struct outcomes *o, const struct outcome_place *at, enum outcome_count what, uint64_t n)
{
	const struct outcome_row key = {.hour = when_floor(at->when, HOUR), .port = at->port, .host = *at->host};
	struct outcome_row *row = table_add(o->rows, &key, NULL);

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
	return table_at(o->rows, place);
}

const struct pool_row *
outcomes_pool_at(const struct outcomes *o, size_t place)
{
	return place < o->pool_count ? &o->pool[place] : NULL;
}

void
outcomes_clear(struct outcomes *o)
{
	table_clear(o->rows);
	o->pool_count = 0;
}

bool
outcomes_crowded(const struct outcomes *o)
{
	return table_count(o->rows) > o->room - o->room / 8;
}
