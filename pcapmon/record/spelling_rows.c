/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: rows of minutes come by host; of each host and kind the first names are written, and what is then too
 * much for the host goes. So a transaction has a few writes for a host, however many names it looks up. */
#include "spelling_rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/when.h"
#include "lib/database/columns.h"

static const char put_sql[] = "INSERT INTO spelling (host, naming, name, text, minute) VALUES (?1, ?2, ?3, ?4, ?5)"
                              " ON CONFLICT DO UPDATE SET minute = excluded.minute WHERE minute < excluded.minute";
static const char cut_sql[] = "DELETE FROM spelling WHERE host = ?1 AND naming = ?2 AND name NOT IN (SELECT name"
                              " FROM spelling WHERE host = ?1 AND naming = ?2 ORDER BY minute DESC, name"
                              " LIMIT ?3)";
static const char prune_sql[] = "DELETE FROM spelling WHERE minute < (SELECT min(minute) FROM attempt)";
static const char empty_sql[] = "DELETE FROM spelling";

struct spelling_rows {
	const struct companions *companions;
	struct wire_rows *rows;
	struct store *store;
	struct statement *put, *cut, *prune, *empty;
	struct addr host;        /* of the row before */
	size_t written[NAMINGS]; /* of it in this transaction, by kind */
	int64_t hour, pruned;    /* of this transaction; of the last one that pruned */
	bool emptied;
};

bool
spelling_rows_open(void *rows, struct store *s)
{
	struct spelling_rows *r = rows;
	const struct statement_text all[] = {
	        {&r->put, put_sql}, {&r->cut, cut_sql}, {&r->prune, prune_sql}, {&r->empty, empty_sql}};

	r->store = s;
	r->emptied = false;
	return store_prepare_all(s, all, sizeof all / sizeof *all);
}

struct spelling_rows *
spelling_rows_new(struct wire_rows *rows, const struct companions *c)
{
	struct spelling_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->rows = rows;
	r->companions = c;
	if (spelling_rows_open(r, wire_rows_store(rows)))
		return r;
	free(r);
	return NULL;
}

void
spelling_rows_free(struct spelling_rows *r)
{
	free(r);
}

static bool
put_name(struct spelling_rows *r, const struct minute_row *row, const char *text)
{
	bind_addr(r->put, 1, &row->key.host);
	bind_int(r->put, 2, row->naming);
	bind_int(r->put, 3, (int64_t)row->name);
	bind_text(r->put, 4, text);
	bind_int(r->put, 5, row->key.minute);
	if (store_step(r->put) != 0)
		return false;
	if (store_changes(r->store) == 0)
		return true;
	r->written[row->naming]++;
	bind_addr(r->cut, 1, &row->key.host);
	bind_int(r->cut, 2, row->naming);
	bind_int(r->cut, 3, NAMING_SPELLED);
	return store_step(r->cut) == 0;
}

/* Hosts that are listed need no reasons. */
bool
spelling_rows_row(void *rows, const struct minute_row *row)
{
	struct spelling_rows *r = rows;
	const char *text;

	if (row->naming == NAMING_NONE || row->count[WIRE_LISTED] >= row->count[WIRE_ATTEMPTS])
		return true;
	if (addr_cmp(&r->host, &row->key.host) != 0) {
		r->host = row->key.host;
		memset(r->written, 0, sizeof r->written);
	}
	if (r->written[row->naming] >= NAMING_SPELLED || (text = companions_spelling(r->companions, row->name)) == NULL)
		return true;
	return put_name(r, row, text);
}

bool
spelling_rows_put(void *rows)
{
	struct spelling_rows *r = rows;

	r->host = (struct addr){0};
	if (!companions_names(r->companions))
		return r->emptied || store_step(r->empty) == 0;
	r->hour = wire_rows_standing(r->rows) / HOUR;
	return r->hour == r->pruned || store_step(r->prune) == 0;
}

void
spelling_rows_done(void *rows)
{
	struct spelling_rows *r = rows;

	r->emptied = true;
	r->pruned = r->hour;
}
