/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion_rows.h"

#include <stdlib.h>

#include "lib/database/companion_columns.h"
#include "lib/base/when.h"

struct companion_rows {
	struct companions *companions;
	struct tally *tally;
	int64_t keep, pruned; /* pruned: the hour for which it was done last */
	struct statement *get, *set, *prune;
};

/* Estimates and lists cannot be added by SQL: a row is read, added to and written back. */
static const char sql_get[] = "SELECT " COMPANION_COLUMNS " FROM companion WHERE host = ?1 AND hour = ?2";
static const char sql_set[] = "INSERT OR REPLACE INTO companion (host, hour, " COMPANION_COLUMNS ")"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
                              " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)";
_Static_assert(COMPANION_COLUMN_COUNT == 24, "every column has a value");
static const char sql_prune[] = "DELETE FROM companion WHERE hour < ?1";

bool
companion_rows_open(void *rows, struct store *s)
{
	struct companion_rows *r = rows;

	return (r->get = store_prepare(s, sql_get)) != NULL && (r->set = store_prepare(s, sql_set)) != NULL &&
	       (r->prune = store_prepare(s, sql_prune)) != NULL;
}

struct companion_rows *
companion_rows_new(struct store *s, struct companions *c, struct tally *t, int64_t keep)
{
	struct companion_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->companions = c;
	r->tally = t;
	r->keep = keep;
	if (companion_rows_open(r, s))
		return r;
	free(r);
	return NULL;
}

void
companion_rows_free(struct companion_rows *r)
{
	free(r);
}

static void
bind_distinct(struct statement *st, int n, const struct distinct *d)
{
	bind_blob(st, n, d->bytes, distinct_empty(d) ? 0 : sizeof d->bytes);
}

/* What the database knows of it already is added. */
static bool
add_known(struct companion_rows *r, struct companion_row *row)
{
	struct companion known;
	int step;

	bind_addr(r->get, 1, &row->host);
	bind_int(r->get, 2, row->hour);
	if ((step = store_step(r->get)) != 1)
		return step == 0;
	known = companion_column(r->get);
	store_reset(r->get);
	companion_merge(&known, &row->companion);
	row->companion = known;
	return true;
}

static bool
put_row(struct companion_rows *r, struct companion_row *row)
{
	uint8_t lists[COMPANION_BYTES];

	if (!add_known(r, row))
		return false;
	bind_addr(r->set, 1, &row->host);
	bind_int(r->set, 2, row->hour);
	for (int n = 0; n < COMPANION_COUNT; n++)
		bind_int(r->set, 3 + n, (int64_t)row->companion.count[n]);
	bind_distinct(r->set, COMPANION_COUNT + 3, &row->companion.names);
	bind_distinct(r->set, COMPANION_COUNT + 4, &row->companion.hellos);
	bind_distinct(r->set, COMPANION_COUNT + 5, &row->companion.domains);
	bind_distinct(r->set, COMPANION_COUNT + 6, &row->companion.clients);
	bind_blob(r->set, COMPANION_COUNT + 7, lists, companion_write(&row->companion, lists));
	return store_step(r->set) == 0;
}

static bool
tells(struct companion_rows *r, const struct companion_row *row)
{
	return companions_tells(r->companions, row, tally_tells(r->tally, &row->host));
}

static bool
put_prune(struct companion_rows *r, int64_t hour)
{
	if (r->keep == 0 || hour <= r->pruned)
		return true;
	bind_int(r->prune, 1, hour - r->keep / HOUR);
	r->pruned = hour;
	return store_step(r->prune) == 0;
}

bool
companion_rows_put(void *rows)
{
	struct companion_rows *r = rows;
	struct companion_row row;

	for (size_t i = 0; companion_table_at(companions_rows(r->companions), i, &row); i++)
		if (tells(r, &row) && (!put_row(r, &row) || !put_prune(r, row.hour)))
			return false;
	return true;
}

static bool
waits(void *arg, const struct companion_row *row)
{
	return !tells(arg, row);
}

void
companion_rows_done(void *rows)
{
	struct companion_rows *r = rows;

	companion_table_clear(companions_rows(r->companions), waits, r);
}
