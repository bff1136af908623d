/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/when.h"

#define LOOKUPS (COMPANION_BLOCKLIST_LOOKUPS + 1) /* the counts that come first */

struct row {
	int64_t hour;
	struct addr host;
	uint32_t talk; /* place plus one; 0: it has none */
	uint64_t count[LOOKUPS];
	struct distinct names;
};

/* Rows in the order in which they came, and an open-addressed index to them, at most half full. */
struct companion_table {
	struct row *row;
	struct companion *talk;
	uint32_t *slot; /* row plus one; 0: free */
	size_t count, room, talk_count, talk_room, mask;
	bool by_hour;
	uint64_t seed;
};

struct companion_table *
companion_table_new(size_t hosts, size_t talking, bool by_hour, uint64_t seed)
{
	struct companion_table *t = calloc(1, sizeof *t);
	size_t slots = 16;

	if (t == NULL)
		return NULL;
	while (slots < 2 * hosts)
		slots *= 2;
	t->room = hosts;
	t->talk_room = talking;
	t->mask = slots - 1;
	t->by_hour = by_hour;
	t->seed = seed;
	t->row = calloc(hosts, sizeof *t->row);
	t->talk = calloc(talking, sizeof *t->talk);
	t->slot = calloc(slots, sizeof *t->slot);
	if (t->row != NULL && t->talk != NULL && t->slot != NULL)
		return t;
	companion_table_free(t);
	return NULL;
}

void
companion_table_free(struct companion_table *t)
{
	if (t == NULL)
		return;
	free(t->row);
	free(t->talk);
	free(t->slot);
	free(t);
}

/* The slot of the row, or the free one where it would be. */
static uint32_t *
slot_of(const struct companion_table *t, int64_t hour, const struct addr *host)
{
	uint8_t b[25];
	size_t i;

	memcpy(b, &hour, 8);
	b[8] = host->family;
	memcpy(b + 9, host->bytes, 16);
	for (i = XXH3_64bits_withSeed(b, sizeof b, t->seed) & t->mask; t->slot[i] != 0; i = (i + 1) & t->mask) {
		const struct row *row = &t->row[t->slot[i] - 1];

		if (row->hour == hour && addr_equal(&row->host, host))
			break;
	}
	return &t->slot[i];
}

static struct row *
row_at(struct companion_table *t, int64_t when, const struct addr *host)
{
	int64_t hour = t->by_hour ? when_floor(when, HOUR) : 0;
	uint32_t *slot = slot_of(t, hour, host);

	if (*slot != 0)
		return &t->row[*slot - 1];
	if (t->count == t->room)
		return NULL;
	t->row[t->count] = (struct row){.hour = hour, .host = *host};
	*slot = (uint32_t)++t->count;
	return &t->row[t->count - 1];
}

bool
companion_table_lookup(struct companion_table *t, int64_t when, const struct addr *host, enum companion_count what,
                       const void *name, size_t name_size)
{
	struct row *row = row_at(t, when, host);

	if (row == NULL)
		return false;
	row->count[what]++;
	if (name != NULL)
		distinct_add(&row->names, name, name_size);
	return true;
}

struct companion *
companion_table_talk(struct companion_table *t, int64_t when, const struct addr *host)
{
	struct row *row = row_at(t, when, host);

	if (row == NULL || (row->talk == 0 && t->talk_count == t->talk_room))
		return NULL;
	if (row->talk == 0) {
		t->talk[t->talk_count] = (struct companion){0};
		row->talk = (uint32_t)++t->talk_count;
	}
	return &t->talk[row->talk - 1];
}

bool
companion_table_at(const struct companion_table *t, size_t place, struct companion_row *out)
{
	const struct row *row = place < t->count ? &t->row[place] : NULL;

	if (row == NULL)
		return false;
	out->hour = row->hour;
	out->host = row->host;
	if (row->talk != 0)
		out->companion = t->talk[row->talk - 1];
	else
		out->companion = (struct companion){0};
	memcpy(out->companion.count, row->count, sizeof row->count);
	out->companion.names = row->names;
	return true;
}

/* Rows and talks move up in the order in which they are; a row's talk may be anywhere, so talks are kept where they are
 * and only those behind the last one in use become free. */
size_t
companion_table_clear(struct companion_table *t, bool (*keep)(void *arg, const struct companion_row *row), void *arg)
{
	size_t kept = 0, talks = 0, before = t->count;
	struct companion_row row;

	for (size_t i = 0; keep != NULL && companion_table_at(t, i, &row); i++) {
		if (!keep(arg, &row))
			continue;
		if (t->row[i].talk > talks)
			talks = t->row[i].talk;
		t->row[kept++] = t->row[i];
	}
	if (before > 0)
		memset(t->slot, 0, (t->mask + 1) * sizeof *t->slot);
	t->count = kept;
	t->talk_count = talks;
	for (size_t i = 0; i < kept; i++)
		*slot_of(t, t->row[i].hour, &t->row[i].host) = (uint32_t)i + 1;
	return before - kept;
}
