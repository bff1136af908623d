/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learned.h"

#include <stdlib.h>

#include "lib/base/when.h"

static const char any_sql[] = "SELECT 1 FROM attempt WHERE minute >= ?1 AND minute < ?2 AND naming > 0"
                              " ORDER BY minute DESC LIMIT 1";
static const char find_sql[] = "SELECT name, naming FROM attempt"
                               " WHERE minute = ?1 AND host = ?2 AND destination = ?3 AND port = ?4";

struct learned {
	struct statement **find; /* of each database */
	size_t count;
};

struct learned *
learned_new(void)
{
	return calloc(1, sizeof(struct learned));
}

void
learned_free(struct learned *l)
{
	if (l != NULL)
		free(l->find);
	free(l);
}

bool
learned_add(struct learned *l, struct store *wire, int64_t from, int64_t end)
{
	struct statement *any = store_prepare(wire, any_sql), **find;
	int step;

	if (any == NULL)
		return false;
	bind_int(any, 1, from);
	bind_int(any, 2, end);
	if ((step = store_step(any)) != 1)
		return step == 0;
	store_reset(any);
	if ((find = reallocarray(l->find, l->count + 1, sizeof *find)) == NULL)
		return false;
	l->find = find;
	find[l->count] = store_prepare(wire, find_sql);
	return find[l->count++] != NULL;
}

bool
learned_none(const struct learned *l)
{
	return l->count == 0;
}

struct naming
learned_naming(int64_t hash, int64_t naming)
{
	if (naming <= NAMING_NONE || naming >= NAMINGS)
		return (struct naming){0};
	return (struct naming){(uint64_t)hash, (uint8_t)naming};
}

static struct naming
better(struct naming a, struct naming b)
{
	return a.kind != b.kind ? (a.kind > b.kind ? a : b) : a.hash > b.hash ? a : b;
}

/* In the rows of one minute. The statements have the rest of the key. */
static struct naming
find_in(struct learned *l, int64_t minute)
{
	struct naming name = {0};

	for (size_t n = 0; n < l->count; n++) {
		bind_int(l->find[n], 1, minute);
		if (store_step(l->find[n]) != 1)
			continue;
		name = better(name, learned_naming(column_int(l->find[n], 0), column_int(l->find[n], 1)));
		store_reset(l->find[n]);
	}
	return name;
}

struct naming
learned_find(struct learned *l, const struct addr *host, const struct judge_row *row, int64_t minute)
{
	struct naming name;

	if (row->destination.family == 0)
		return (struct naming){0};
	for (size_t n = 0; n < l->count; n++) {
		bind_addr(l->find[n], 2, host);
		bind_addr(l->find[n], 3, &row->destination);
		bind_int(l->find[n], 4, row->port);
	}
	name = find_in(l, minute);
	if (name.kind == NAMING_NONE && row->first < minute * MINUTE + LEARNED_APART)
		name = find_in(l, minute - 1);
	if (name.kind == NAMING_NONE && row->last >= (minute + 1) * MINUTE - LEARNED_APART)
		name = find_in(l, minute + 1);
	return name;
}
