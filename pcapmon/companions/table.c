/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define LOOKUPS (COMPANION_BLOCKLIST_LOOKUPS + 1) /* the counts that come first */

struct host_hour {
	int64_t hour; /* with the host it is the key */
	struct addr host;
	uint32_t entry; /* place plus one; 0: it has none */
	uint64_t count[LOOKUPS];
	struct distinct names;
};

struct companion_table {
	struct table *rows;      /* of struct host_hour */
	struct companion *entry; /* of hosts that have more than look-ups */
	size_t entry_count, entry_room;
	bool by_hour;
};

#define KEY (offsetof(struct host_hour, host) + sizeof(struct addr))
_Static_assert(KEY == 25, "the key has no hole");
static const struct table_type type = {.size = sizeof(struct host_hour), .key = KEY};

struct companion_table *
companion_table_new(size_t hosts, size_t entries, bool by_hour)
{
	struct companion_table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->entry_room = entries;
	t->by_hour = by_hour;
	t->rows = table_new(&type, hosts);
	t->entry = calloc(entries, sizeof *t->entry);
	if (t->rows != NULL && t->entry != NULL)
		return t;
	companion_table_free(t);
	return NULL;
}

void
companion_table_free(struct companion_table *t)
{
	if (t == NULL)
		return;
	table_free(t->rows);
	free(t->entry);
	free(t);
}

static struct host_hour *
row_at(struct companion_table *t, int64_t when, const struct addr *host)
{
	const struct host_hour key = {.hour = t->by_hour ? when_floor(when, HOUR) : 0, .host = *host};

	return table_add(t->rows, &key, NULL);
}

bool
companion_table_lookup(struct companion_table *t, const struct companion_lookup *l, enum companion_count what)
{
	struct host_hour *row = row_at(t, l->when, l->host);

	if (row == NULL)
		return false;
	row->count[what]++;
	if (l->name != NULL)
		distinct_add(&row->names, l->name, l->name_size);
	return true;
}

struct companion *
companion_table_entry(struct companion_table *t, int64_t when, const struct addr *host)
{
	struct host_hour *row = row_at(t, when, host);

	if (row == NULL || (row->entry == 0 && t->entry_count == t->entry_room))
		return NULL;
	if (row->entry == 0) {
		t->entry[t->entry_count] = (struct companion){0};
		row->entry = (uint32_t)++t->entry_count;
	}
	return &t->entry[row->entry - 1];
}

static void
read_row(const struct companion_table *t, const struct host_hour *row, struct companion_row *out)
{
	out->hour = row->hour;
	out->host = row->host;
	if (row->entry != 0)
		out->companion = t->entry[row->entry - 1];
	else
		out->companion = (struct companion){0};
	memcpy(out->companion.count, row->count, sizeof row->count);
	out->companion.names = row->names;
}

bool
companion_table_at(const struct companion_table *t, size_t place, struct companion_row *out)
{
	const struct host_hour *row = table_at(t->rows, place);

	if (row != NULL)
		read_row(t, row, out);
	return row != NULL;
}

/* The argument of companion_table_clear. */
struct choice {
	const struct companion_table *t;
	bool (*keep)(void *arg, const struct companion_row *row);
	void *arg;
};

static bool
kept(const void *entry, const void *choice)
{
	const struct choice *c = choice;
	struct companion_row row;

	read_row(c->t, entry, &row);
	return c->keep(c->arg, &row);
}

/* The entry of a row may be anywhere, so entries stay where they are, and only those behind the last in use become
 * free.
 */
size_t
companion_table_clear(struct companion_table *t, bool (*keep)(void *arg, const struct companion_row *row), void *arg)
{
	const struct choice choice = {t, keep, arg};
	size_t before = table_count(t->rows);
	const struct host_hour *row;

	if (keep != NULL)
		table_keep(t->rows, kept, &choice);
	else
		table_clear(t->rows);
	t->entry_count = 0;
	for (size_t i = 0; (row = table_at(t->rows, i)) != NULL; i++)
		if (row->entry > t->entry_count)
			t->entry_count = row->entry;
	return before - table_count(t->rows);
}
