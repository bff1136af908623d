/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/database/began.h"

struct gate_rows {
	struct store *store;
	const struct config *config;
	struct common_rows common;
	struct prune prune;
	bool forgetting; /* hosts, after the rows of a round */
	struct judged *judged;
	struct statement *get_position, *set_position, *get_memory, *set_memory, *put_began;
};

static const char sql_get_position[] = "SELECT next FROM position WHERE spool = ?1 AND run = ?2";
static const char sql_set_position[] = "INSERT OR REPLACE INTO position (spool, run, next) VALUES (?1, ?2, ?3)";
static const char sql_get_memory[] = "SELECT value FROM meta WHERE key = ?1";
static const char sql_set_memory[] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";

static bool
prepare(struct gate_rows *w)
{
	const struct statement_text all[] = {
	        {&w->get_position, sql_get_position}, {&w->set_position, sql_set_position},
	        {&w->get_memory, sql_get_memory},     {&w->set_memory, sql_set_memory},
	        {&w->put_began, began_put_sql},
	};

	return store_prepare_all(w->store, all, sizeof all / sizeof *all) &&
	       common_rows_prepare(&w->common, w->store, &columns_gate) && prune_prepare(&w->prune, &w->common) &&
	       (w->judged = judged_new(w->store, false, &w->config->judge)) != NULL;
}

struct gate_rows *
gate_rows_new(struct store *s, const struct config *c)
{
	struct gate_rows *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->store = s;
	w->config = c;
	if (prepare(w))
		return w;
	gate_rows_free(w);
	return NULL;
}

void
gate_rows_free(struct gate_rows *w)
{
	if (w == NULL)
		return;
	judged_free(w->judged);
	free(w);
}

struct gate_rows *
gate_rows_open(const struct config *c, char *why, size_t size)
{
	struct gate_rows *w;
	struct store *store;
	char path[4096];

	snprintf(path, sizeof path, "%s/gate.db", c->database);
	if ((store = store_open(path, &schema_gate, why, size)) == NULL)
		return NULL;
	if ((w = gate_rows_new(store, c)) != NULL)
		return w;
	snprintf(why, size, "%s: %s", path, store_error(store));
	store_close(store);
	return NULL;
}

void
gate_rows_close(struct gate_rows *w)
{
	struct store *store = w != NULL ? w->store : NULL;

	gate_rows_free(w);
	store_close(store);
}

enum store_file
gate_rows_file_state(struct gate_rows *w)
{
	return store_file_state(w->store);
}

bool
gate_rows_oldest(struct gate_rows *w, int64_t *when)
{
	return common_oldest(&w->common, when);
}

const char *
gate_rows_error(const struct gate_rows *w)
{
	return store_error(w->store);
}

bool
gate_rows_begin(struct gate_rows *w)
{
	return common_begin(&w->common);
}

bool
gate_rows_commit(struct gate_rows *w)
{
	return store_commit(w->store);
}

void
gate_rows_rollback(struct gate_rows *w)
{
	store_rollback(w->store);
	common_rolled_back(&w->common);
}

bool
gate_rows_put(void *gate_rows, const struct minute_row *row)
{
	struct gate_rows *w = gate_rows;

	return common_put_row(&w->common, w->config, row);
}

bool
gate_rows_put_devices(struct gate_rows *w, const struct devices *d)
{
	return common_put_devices(&w->common, d);
}

bool
gate_rows_put_gap(struct gate_rows *w, int64_t since, int64_t until, const char *cause, int64_t missing)
{
	return common_put_gap(&w->common, since, until, cause, missing);
}

bool
gate_rows_put_began(struct gate_rows *w, int64_t now)
{
	bind_int(w->put_began, 1, now);
	return store_step(w->put_began) == 0;
}

bool
gate_rows_put_lost(struct gate_rows *w, const struct database *d, int64_t now)
{
	return database_put_lost(d, &w->common, now);
}

bool
gate_rows_put_journal(struct gate_rows *w, int64_t at, const char *event, const char *text)
{
	return common_put_journal(&w->common, at, event, text);
}

uint64_t
gate_rows_position(struct gate_rows *w, const char *spool, int64_t run)
{
	uint64_t next = 0;

	bind_text(w->get_position, 1, spool);
	bind_int(w->get_position, 2, run);
	if (store_step(w->get_position) == 1) {
		next = (uint64_t)column_int(w->get_position, 0);
		store_reset(w->get_position);
	}
	return next;
}

bool
gate_rows_put_position(struct gate_rows *w, const char *spool, int64_t run, uint64_t next)
{
	bind_text(w->set_position, 1, spool);
	bind_int(w->set_position, 2, run);
	bind_int(w->set_position, 3, (int64_t)next);
	return store_step(w->set_position) == 0;
}

bool
gate_rows_remembered(struct gate_rows *w, enum remembered what, int64_t *value)
{
	bind_text(w->get_memory, 1, remembered_name(what));
	if (store_step(w->get_memory) != 1)
		return false;
	*value = column_int(w->get_memory, 0);
	store_reset(w->get_memory);
	return true;
}

bool
gate_rows_remember(struct gate_rows *w, enum remembered what, int64_t value)
{
	bind_text(w->set_memory, 1, remembered_name(what));
	bind_int(w->set_memory, 2, value);
	return store_step(w->set_memory) == 0;
}

/* Hosts of which no row is left, once a round has given up its rows. */
static bool
forget_hosts(struct gate_rows *w, bool *more)
{
	int64_t oldest;
	bool done;

	*more = w->forgetting = false;
	if (!common_oldest(&w->common, &oldest))
		return true;
	done = judged_prune(w->judged, oldest, &w->forgetting);
	*more = w->forgetting;
	return done;
}

bool
gate_rows_prune(struct gate_rows *w, int64_t now, const struct time_left *time, bool *more)
{
	const struct prune_limits limits = {w->config->keep, w->config->max_size};

	if (w->forgetting)
		return forget_hosts(w, more);
	if (!prune_step(&w->prune, &limits, now, time, more))
		return false;
	w->forgetting = !*more;
	*more = true;
	return true;
}

bool
gate_rows_judge(struct gate_rows *w, int64_t now, const struct time_left *time, bool *more)
{
	return judged_step(w->judged, now, time, more);
}

int64_t
gate_rows_judged_until(const struct gate_rows *w)
{
	return judged_until(w->judged);
}

uint64_t
gate_rows_judge_dropped(const struct gate_rows *w)
{
	return judged_dropped(w->judged);
}

bool
gate_rows_seal(struct gate_rows *w, int64_t now, bool *more)
{
	return seal_step(&w->common.seal, now, more);
}
