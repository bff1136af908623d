/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gaps.h"

#include <string.h>

#include "cursor.h"
#include "lib/database/began.h"
#include "lib/database/remembered.h"
#include "lib/database/writing.h"
#include "lib/store/store.h"

/* The writer's last sign of life, and the time until which nothing is missing. For pcapmon only if its run has not
 * ended. */
static const char *const alive_sql[SIDE_COUNT] = {
        [SIDE_GATE] = "SELECT value, value FROM meta WHERE key = ?1",
        [SIDE_WIRE] = "SELECT a.value, coalesce(w.value, a.value) FROM meta s JOIN meta a ON a.key = 'run_alive'"
                      " LEFT JOIN meta w ON w.key = 'watched_until' WHERE s.key = 'run_since' AND s.value > 0",
};
static const char *const silent[SIDE_COUNT] = {
        [SIDE_GATE] = "nfqd does not run, or cannot write: nothing is recorded since",
        [SIDE_WIRE] = "pcapmon does not run, or cannot write: nothing is recorded since",
};
static const char nothing_sql[] = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM journal) AND NOT EXISTS (SELECT 1 FROM attempt)"
                                  " AND NOT EXISTS (SELECT 1 FROM hour)";
static const char nothing[] = "the file is empty: nfqd has not written to it, or it was copied without its -wal";
static const char gap_sql[] = "SELECT since, until, cause, missing FROM gap WHERE until >= ?1 AND since < ?2";

/* A file of nfqd's has a line in its journal from the first commit on. */
static bool
read_nothing(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st = store_prepare(source->store, nothing_sql);
	int step = st != NULL ? store_step(st) : -1;

	if (step == 1) {
		struct gap gap = {.side = source->side, .since = q->since, .until = q->until, .cause = strdup(nothing)};

		store_reset(st);
		sink->gap(sink->arg, &gap);
	}
	return step >= 0;
}

/* What a copy that is cut off has: until its last sign of life, as it is in the main file. A NULL is none. */
static const char *const cut_sql[SIDE_COUNT] = {
        [SIDE_GATE] = "SELECT (SELECT value FROM meta WHERE key = 'alive')",
        [SIDE_WIRE] = "SELECT coalesce((SELECT value FROM meta WHERE key = 'watched_until'),"
                      " (SELECT value FROM meta WHERE key = 'run_alive'))",
};
static const char cut[] = "the file was copied, or its -wal deleted, while it was written: nothing is known since";

static bool
read_cut(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st = store_prepare(source->store, cut_sql[source->side]);
	int64_t alive;

	if (st == NULL || store_step(st) != 1)
		return false;
	alive = column_time(st, 0);
	store_reset(st);
	if (alive < q->until) {
		struct gap gap = {.side = source->side,
		                  .since = alive > q->since ? alive : q->since,
		                  .until = q->until < q->now ? q->until : q->now,
		                  .cause = strdup(cut)};

		sink->gap(sink->arg, &gap);
	}
	return true;
}

/* A running writer gives a sign of life every 10 s: the log ends with the last. */
static bool
read_end(const struct source *source, const struct query *q, const struct sink *sink)
{
	int64_t end = q->until < q->now ? q->until : q->now, alive, whole;
	struct statement *st;
	int step;

	if (writing_cut(source->store))
		return read_cut(source, q, sink);
	if ((st = store_prepare(source->store, alive_sql[source->side])) == NULL)
		return false;
	if (source->side == SIDE_GATE)
		bind_text(st, 1, remembered_name(REMEMBERED_ALIVE));
	if ((step = store_step(st)) < 0)
		return false;
	if (step == 0)
		return source->side == SIDE_WIRE || read_nothing(source, q, sink);
	alive = column_time(st, 0);
	whole = column_time(st, 1);
	store_reset(st);
	if (alive > 0 && alive + QUERY_ALIVE < end) {
		struct gap gap = {.side = source->side,
		                  .since = whole > q->since ? whole : q->since,
		                  .until = end,
		                  .cause = strdup(silent[source->side])};

		sink->gap(sink->arg, &gap);
	}
	return true;
}

static bool
read_gaps(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st;
	int step;

	if ((st = store_prepare(source->store, gap_sql)) == NULL)
		return false;
	bind_int(st, 1, q->since);
	bind_int(st, 2, q->until);
	while ((step = store_step(st)) == 1) {
		struct gap gap = {
		        .side = source->side,
		        .since = column_time(st, 0),
		        .until = column_time(st, 1),
		        .cause = strdup(column_text(st, 2)),
		        .missing = column_count(st, 3),
		        .known = !column_null(st, 3),
		};

		sink->gap(sink->arg, &gap);
	}
	return step == 0;
}

/* A log that begins behind the period knows nothing of it. */
static bool
read_began(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st = store_prepare(source->store, began_get_sql);
	int64_t began;
	int step;

	if (st == NULL || (step = store_step(st)) < 0)
		return false;
	began = step == 1 ? column_time(st, 0) : 0;
	if (step == 1)
		store_reset(st);
	if (sink->began != NULL)
		sink->began(sink->arg, source->side, began);
	if (began >= q->until) {
		struct gap gap = {.side = source->side,
		                  .since = q->since,
		                  .until = q->until,
		                  .cause = strdup("the log begins later")};

		sink->gap(sink->arg, &gap);
	}
	return true;
}

bool
query_gaps(const struct source *source, const struct query *q, const struct sink *sink)
{
	return sink->gap == NULL ||
	       (read_began(source, q, sink) && read_gaps(source, q, sink) && read_end(source, q, sink));
}
