/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: "recorded" in meta is the number of SYNs that the file has ever taken, an upper bound of the loss if
 * the file is lost. */
#include "wire_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/standing.h"
#include "lib/database/common.h"
#include "lib/base/log.h"
#include "lib/database/file.h"
#include "lib/database/prune.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define ALIVE (10 * SECOND) /* interval of the heartbeat of a quiet run */

struct wire_rows {
	struct database file;
	struct database_task writing;
	const struct config *config;
	struct common_rows common;
	struct prune prune;
	struct wire_meta meta;
	struct wire_marks marks;
	struct statement *set_cause;
	struct wire_part part[WIRE_PARTS];
	size_t part_count;
	struct pending_gaps gaps;
	struct wire_run run;
	int64_t run_now, run_told; /* 0: there is none; last written */
	int64_t watched;           /* last written */
	int64_t recorded, adding;  /* committed, or MISSING_UNKNOWN; of this transaction */
	int64_t began, committed;  /* time of the first SYN of the file; time of the last write */
	struct standing standing;  /* the clock by which rows are deleted */
	int64_t standing_now;      /* its time; 0: no file was open yet */
};

static bool
prepare(struct wire_rows *w)
{
	static const char cause[] = "INSERT OR REPLACE INTO leak_cause (host, at, text) VALUES (?1, ?2, ?3)";

	memset(&w->common, 0, sizeof w->common);
	return common_rows_prepare(&w->common, w->file.store, &columns_wire) && prune_prepare(&w->prune, &w->common) &&
	       wire_meta_prepare(&w->meta, w->file.store) && wire_marks_prepare(&w->marks, w->file.store) &&
	       (w->set_cause = store_prepare(w->file.store, cause)) != NULL;
}

/* A clock that was wrong before a restart does not stand because of it. */
static void
begin_standing(struct wire_rows *w)
{
	int64_t known = 0;

	if (w->standing_now != 0)
		return;
	if (!wire_meta_get(&w->meta, "clock", &known))
		wire_meta_get(&w->meta, "run_alive", &known);
	standing_begin(&w->standing, known, when_now(), steady_now());
	w->standing_now = w->standing.time;
}

/* The counts so far go into this file, even those from before it was made. */
static bool
open_file(void *arg, struct store *store)
{
	/* Memory is for the tables; the kernel caches the other pages of a minute. */
	static const char cache[] = "PRAGMA cache_size = -4096";
	struct wire_rows *w = arg;
	bool rows;

	if (!store_run(store, cache) || !prepare(w))
		return false;
	for (size_t i = 0; i < w->part_count; i++)
		if (!w->part[i].open(w->part[i].arg, store))
			return false;
	w->began = w->committed;
	rows = common_oldest(&w->common, &w->began);
	if (!wire_meta_get(&w->meta, "recorded", &w->recorded))
		w->recorded = rows ? MISSING_UNKNOWN : 0;
	w->watched = w->run_told = 0;
	begin_standing(w);
	return true;
}

static void
rolled_back(void *arg)
{
	struct wire_rows *w = arg;

	common_rolled_back(&w->common);
}

static struct wire_rows *
new_rows(void)
{
	struct wire_rows *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->file = (struct database){.schema = &schema_wire,
	                            .user = {.open = open_file, .rolled_back = rolled_back, .arg = w}};
	w->writing = (struct database_task){.meanwhile = "; trying again every second",
	                                    .again = "wire.db: can be written again"};
	return w;
}

struct wire_rows *
wire_rows_open(const char *directory, const struct config *config, char *why, size_t size)
{
	struct wire_rows *w = new_rows();

	if (w == NULL) {
		snprintf(why, size, "%s: out of memory", directory);
		return NULL;
	}
	w->config = config;
	w->committed = when_now();
	if (database_name(&w->file, directory) && database_open(&w->file))
		return w;
	snprintf(why, size, "%s", w->file.why);
	free(w);
	return NULL;
}

struct wire_rows *
wire_rows_scratch(void)
{
	struct wire_rows *w = new_rows();

	if (w != NULL && (w->file.store = store_scratch(&schema_wire)) != NULL && prepare(w))
		return w;
	wire_rows_close(w);
	return NULL;
}

bool
wire_rows_make_room(const char *directory, int64_t now, char *what, size_t size)
{
	struct database file = {.schema = &schema_wire};

	what[0] = '\0'; /* wire_rows_open refuses a name that is too long */
	return !database_name(&file, directory) || database_make_room(file.path, now, what, size);
}

void
wire_rows_lost(struct wire_rows *w, int64_t since, int64_t missing, const char *what)
{
	database_lost(&w->file, since, missing, what);
}

void
wire_rows_look(struct wire_rows *w, int64_t now)
{
	database_look(&w->file, now, w->began, w->recorded);
}

void
wire_rows_policy(struct wire_rows *w, const struct config *config)
{
	w->config = config;
}

void
wire_rows_close(struct wire_rows *w)
{
	if (w == NULL)
		return;
	database_close(&w->file);
	free(w);
}

static bool
result(struct wire_rows *w, bool ok, const char *doing)
{
	return database_result(&w->file, &w->writing, ok, doing);
}

void
wire_rows_gap(struct wire_rows *w, enum wire_gap kind, int64_t since, int64_t until, int64_t missing)
{
	gaps_add(&w->gaps, kind, since, until, missing);
}

int64_t
wire_rows_standing(const struct wire_rows *w)
{
	return w->standing_now;
}

struct store *
wire_rows_store(struct wire_rows *w)
{
	return w->file.store;
}

void
wire_rows_attach(struct wire_rows *w, const struct wire_part *part)
{
	if (w->part_count < WIRE_PARTS)
		w->part[w->part_count++] = *part;
}

static bool
put_parts(struct wire_rows *w)
{
	for (size_t i = 0; i < w->part_count; i++) {
		const struct wire_part *part = &w->part[i];

		if (!part->put(part->arg))
			return false;
		w->adding += part->syns != NULL ? part->syns(part->arg) : 0;
	}
	return true;
}

static bool
put_row(void *arg, const struct minute_row *row)
{
	struct wire_rows *w = arg;

	if (row->first < w->began)
		w->began = row->first;
	w->adding += (int64_t)(row->count[WIRE_ATTEMPTS] + row->count[WIRE_RETRANSMITS]);
	for (size_t i = 0; i < w->part_count; i++)
		if (w->part[i].row != NULL && !w->part[i].row(w->part[i].arg, row))
			return false;
	return common_put_row(&w->common, w->config, row);
}

void
wire_rows_mark(struct wire_rows *w, const struct wire_mark *m)
{
	w->marks.mark = *m;
}

int
wire_rows_find_mark(struct wire_rows *w, uint64_t opening, struct wire_mark *out)
{
	return wire_marks_find(&w->marks, opening, out);
}

void
wire_rows_run(struct wire_rows *w, const struct wire_run *run, int64_t now)
{
	if (strcmp(w->run.interfaces, run->interfaces) != 0 || w->run.since != run->since)
		w->run_told = 0;
	w->run = *run;
	w->run_now = now;
}

/* A clock that was set back is news, too. */
static bool
long_ago(int64_t now, int64_t last)
{
	return now != 0 && (now < last || now >= last + ALIVE);
}

static bool
due(const struct wire_rows *w, int64_t now, int64_t last)
{
	return (now != 0 && w->adding != 0) || long_ago(now, last);
}

/* Written with every transaction that has rows, and now and then without any. */
static bool
put_meta(struct wire_rows *w, int64_t watched)
{
	return (!due(w, watched, w->watched) || wire_meta_put(&w->meta, "watched_until", watched)) &&
	       (!due(w, w->run_now, w->run_told) || (wire_meta_put_run(&w->meta, &w->run, w->run_now) &&
	                                             wire_meta_put(&w->meta, "clock", w->standing_now))) &&
	       (w->adding == 0 || w->recorded < 0 || wire_meta_put(&w->meta, "recorded", w->recorded + w->adding));
}

static bool
put_all(struct wire_rows *w, struct minutes *m, struct devices *d, int64_t watched, int64_t now)
{
	w->adding = 0;
	return w->file.store != NULL && common_begin(&w->common) && database_put_lost(&w->file, &w->common, now) &&
	       minutes_each(m, put_row, w) && common_put_devices(&w->common, d) && put_parts(w) &&
	       gaps_put(&w->gaps, &w->common) && wire_marks_put(&w->marks) && put_meta(w, watched) &&
	       store_commit(w->file.store);
}

bool
wire_rows_write(struct wire_rows *w, struct minutes *m, struct devices *d, int64_t watched)
{
	int64_t now = when_now();

	w->standing_now = standing_time(&w->standing, now, steady_now());
	if (!result(w, put_all(w, m, d, watched, now), "wire.db: cannot write"))
		return false;
	for (size_t i = 0; i < w->part_count; i++)
		w->part[i].done(w->part[i].arg);
	minutes_clear(m);
	devices_clear(d);
	w->gaps = (struct pending_gaps){0};
	w->marks.mark.packets = 0;
	database_committed(&w->file);
	if (due(w, watched, w->watched))
		w->watched = watched;
	if (due(w, w->run_now, w->run_told))
		w->run_told = w->run_now;
	if (w->recorded >= 0)
		w->recorded += w->adding;
	w->committed = now;
	return true;
}

bool
wire_rows_add(struct wire_rows *w, const struct minutes *m, const struct devices *d)
{
	return result(w,
	              common_begin(&w->common) && minutes_each(m, put_row, w) && common_put_devices(&w->common, d) &&
	                      store_commit(w->file.store),
	              "wire.db: cannot keep rows to judge them");
}

bool
wire_rows_urgent(const struct wire_rows *w, int64_t watched)
{
	return gaps_any(&w->gaps) || w->writing.failing || w->file.store == NULL || w->file.lost[0] != '\0' ||
	       long_ago(watched, w->watched) || long_ago(w->run_now, w->run_told);
}

bool
wire_rows_cause(struct wire_rows *w, const struct addr *host, int64_t at, const char *text)
{
	if (w->file.store == NULL)
		return result(w, false, "wire.db: cannot write the cause of a leak");
	bind_addr(w->set_cause, 1, host);
	bind_int(w->set_cause, 2, at);
	bind_text(w->set_cause, 3, text);
	return result(w, store_step(w->set_cause) == 0, "wire.db: cannot write the cause of a leak");
}

int64_t
wire_rows_watched(struct wire_rows *w)
{
	return w->file.store != NULL ? wire_meta_watched(&w->meta) : 0;
}

bool
wire_rows_journal(struct wire_rows *w, int64_t now, const char *what, const char *text)
{
	int64_t last = strcmp(what, "start") == 0 ? wire_rows_watched(w) : 0;

	if (last > 0 && last < now)
		wire_rows_gap(w, GAP_STOPPED, last, now, MISSING_UNKNOWN);
	w->watched = 0; /* the next transaction writes the time until which the wire was watched */
	return result(w, w->file.store != NULL && common_put_journal(&w->common, now, what, text),
	              "wire.db: cannot write the journal");
}

bool
wire_rows_prune(struct wire_rows *w, int64_t now, const struct time_left *time, bool *more)
{
	const struct config *c = w->config;

	*more = false;
	return c == NULL || w->file.store == NULL ||
	       result(w,
	              prune_step(&w->prune, &(struct prune_limits){c->keep, c->max_size},
	                         standing_time(&w->standing, now, steady_now()), time, more),
	              "wire.db: cannot prune old rows");
}

bool
wire_rows_seal(struct wire_rows *w, int64_t now, bool *more)
{
	*more = false;
	return w->file.store == NULL ||
	       result(w, seal_step(&w->common.seal, now, more), "wire.db: cannot sum up hours");
}
