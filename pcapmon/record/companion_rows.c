/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion_rows.h"

#include <stdlib.h>

#include "lib/database/companion.h"
#include "lib/base/when.h"

struct companion_rows {
	struct companions *companions;
	struct tally *tally;
	const struct wire_rows *rows;
	int64_t keep, pruned; /* pruned: the hour for which it was done last */
	struct statement *get, *set, *prune;
};

/* Estimates and lists cannot be added by SQL: a row is read, added to and written back. */
static const char sql_get[] = "SELECT " COMPANION_COLUMNS " FROM companion WHERE host = ?1 AND hour = ?2";
static const char sql_set[] = "INSERT OR REPLACE INTO companion (" COMPANION_COLUMNS ", host, hour)"
                              " VALUES (" COMPANION_VALUES ", ?, ?)";
static const char sql_prune[] = "DELETE FROM companion WHERE hour < ?1";

bool
companion_rows_open(void *rows, struct store *s)
{
	struct companion_rows *r = rows;

	return (r->get = store_prepare(s, sql_get)) != NULL && (r->set = store_prepare(s, sql_set)) != NULL &&
	       (r->prune = store_prepare(s, sql_prune)) != NULL;
}

struct companion_rows *
companion_rows_new(struct wire_rows *rows, struct companions *c, struct tally *t, int64_t keep)
{
	struct companion_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->rows = rows;
	r->companions = c;
	r->tally = t;
	r->keep = keep;
	if (companion_rows_open(r, wire_rows_store(rows)))
		return r;
	free(r);
	return NULL;
}

void
companion_rows_free(struct companion_rows *r)
{
	free(r);
}

/* Adds the row that the database has already. */
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
	if (!add_known(r, row))
		return false;
	companion_bind(r->set, &row->companion);
	bind_addr(r->set, COMPANION_COLUMN_COUNT + 1, &row->host);
	bind_int(r->set, COMPANION_COLUMN_COUNT + 2, row->hour);
	return store_step(r->set) == 0;
}

static bool
is_notable(struct companion_rows *r, const struct companion_row *row)
{
	return companions_notable(r->companions, row, tally_tracks(r->tally, &row->host));
}

static bool
put_prune(struct companion_rows *r, int64_t hour)
{
	if (hour > wire_rows_standing(r->rows) / HOUR) /* of a clock, or a capture, that is ahead */
		hour = wire_rows_standing(r->rows) / HOUR;
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
		if (is_notable(r, &row) && (!put_row(r, &row) || !put_prune(r, row.hour)))
			return false;
	return true;
}

static bool
waits(void *arg, const struct companion_row *row)
{
	return !is_notable(arg, row);
}

void
companion_rows_done(void *rows)
{
	struct companion_rows *r = rows;

	companion_table_clear(companions_rows(r->companions), waits, r);
}
