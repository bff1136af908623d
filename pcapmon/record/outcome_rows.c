/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outcome_rows.h"

#include <stdlib.h>

struct outcome_rows {
	struct outcomes *outcomes;
	struct statement *add, *add_pool;
};

#define NAMES OUTCOME_COLUMNS(COLUMN_LIST, COLUMN_LIST)
#define VALUES OUTCOME_COLUMNS(COLUMN_VALUE, COLUMN_VALUE)
#define ADDED OUTCOME_COLUMNS(COLUMN_ADD, COLUMN_OTHER)
static const char sql_add[] = "INSERT INTO outcome (hour, host, port" NAMES ") VALUES (?, ?, ?" VALUES ")"
                              " ON CONFLICT DO UPDATE SET answer_most = max(answer_most, excluded.answer_most)" ADDED;
static const char sql_add_pool[] =
        "INSERT INTO pool (hour, pool, syns, attempts, evicted) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET syns = syns + excluded.syns, attempts = attempts + excluded.attempts,"
        " evicted = evicted + excluded.evicted";

bool
outcome_rows_open(void *rows, struct store *s)
{
	struct outcome_rows *r = rows;

	return (r->add = store_prepare(s, sql_add)) != NULL && (r->add_pool = store_prepare(s, sql_add_pool)) != NULL;
}

struct outcome_rows *
outcome_rows_new(struct store *s, struct outcomes *o)
{
	struct outcome_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->outcomes = o;
	if (outcome_rows_open(r, s))
		return r;
	free(r);
	return NULL;
}

void
outcome_rows_free(struct outcome_rows *r)
{
	free(r);
}

/* Counts are bound as signed: a correction adds a negative number. */
bool
outcome_rows_put(void *rows)
{
	struct outcome_rows *r = rows;
	const struct outcome_row *o;
	const struct pool_row *p;

	for (size_t i = 0; (o = outcomes_at(r->outcomes, i)) != NULL; i++) {
		bind_int(r->add, 1, o->hour);
		bind_addr(r->add, 2, &o->host);
		bind_int(r->add, 3, o->port);
		for (int n = 0; n < OUTCOME_COUNT; n++)
			bind_int(r->add, 4 + n, (int64_t)o->count[n]);
		if (store_step(r->add) != 0)
			return false;
	}
	for (size_t i = 0; (p = outcomes_pool_at(r->outcomes, i)) != NULL; i++) {
		bind_int(r->add_pool, 1, p->hour);
		bind_int(r->add_pool, 2, (int64_t)p->pool);
		bind_int(r->add_pool, 3, (int64_t)p->syns);
		bind_int(r->add_pool, 4, (int64_t)p->attempts);
		bind_int(r->add_pool, 5, (int64_t)p->evicted);
		if (store_step(r->add_pool) != 0)
			return false;
	}
	return true;
}

void
outcome_rows_done(void *rows)
{
	outcomes_clear(((struct outcome_rows *)rows)->outcomes);
}

int64_t
outcome_rows_syns(const void *rows)
{
	const struct outcome_rows *r = rows;
	const struct pool_row *p;
	int64_t syns = 0;

	for (size_t i = 0; (p = outcomes_pool_at(r->outcomes, i)) != NULL; i++)
		syns += (int64_t)p->syns;
	return syns;
}
