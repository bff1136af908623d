/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: two cursors a database (minutes, and hours whose minutes have been pruned), each ordered by time as
 * its primary key is, merged by minute. So what several databases know about a host and minute comes together, and
 * nothing is sorted. */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"
#include "when.h"

#define MINUTE_SPAN (INT64_C(60) * 1000000)

/* One list of columns, and one meaning of ?1 to ?5, for the four tables. */
#define WHERE(unit) " WHERE " unit " BETWEEN ?1 AND ?2 AND last >= ?3 AND first < ?4"
#define WHERE_HOST " AND host = ?5"
#define GATE_MINUTES                                                                                                   \
	"SELECT minute, host, port, attempts, retransmits, destinations, first, last, 0, destination, verdict, reason" \
	" FROM attempt" WHERE("minute")
#define GATE_HOURS                                                                                                     \
	"SELECT hour * 60, host, port, attempts, retransmits, destinations, first, last, peak, NULL, verdict, reason"  \
	" FROM hour" WHERE("hour")
#define WIRE_MINUTES                                                                                                   \
	"SELECT minute, host, port, attempts, retransmits, destinations, first, last, 0, destination, established,"    \
	" refused, leaked, listed FROM attempt" WHERE("minute")
#define WIRE_HOURS                                                                                                     \
	"SELECT hour * 60, host, port, attempts, retransmits, destinations, first, last, peak, NULL, established,"     \
	" refused, leaked, listed FROM hour" WHERE("hour")

static const char *const row_sql[SIDE_COUNT][2][2] = {
        [SIDE_GATE] = {{GATE_MINUTES " ORDER BY minute", GATE_MINUTES WHERE_HOST " ORDER BY minute"},
                       {GATE_HOURS " ORDER BY hour", GATE_HOURS WHERE_HOST " ORDER BY hour"}},
        [SIDE_WIRE] = {{WIRE_MINUTES " ORDER BY minute", WIRE_MINUTES WHERE_HOST " ORDER BY minute"},
                       {WIRE_HOURS " ORDER BY hour", WIRE_HOURS WHERE_HOST " ORDER BY hour"}},
};

#define ALIVE_MOST (15 * SECOND)
#define TIME_MOST (INT64_C(253402300799) * SECOND) /* the last second of the year 9999 */

static const char alive_sql[] = "SELECT value FROM meta WHERE key = 'alive'";
static const char gap_sql[] = "SELECT since, until, cause, missing FROM gap WHERE until >= ?1 AND since < ?2"
                              " ORDER BY since, id";
static const char device_sql[] = "SELECT host, mac, first, last FROM device WHERE ?1 IS NULL OR host = ?1"
                                 " ORDER BY host, first";
static const char range_sql[] = "SELECT host, name FROM host_range WHERE ?1 IS NULL OR host = ?1";

struct cursor {
	const struct source *source;
	struct statement *st;
	bool hour, there;
	struct row row;
};

bool
source_open(struct source *source, const char *path, char *why, size_t why_size)
{
	const struct schema *schema = store_schema_of(path, why, why_size);

	if (schema == NULL)
		return false;
	source->side = schema == &schema_gate ? SIDE_GATE : SIDE_WIRE;
	source->store = store_open_readonly(path, schema, why, why_size);
	if (source->store == NULL)
		return false;
	source->path = strdup(path);
	return source->path != NULL;
}

void
source_close(struct source *source)
{
	store_close(source->store);
	free(source->path);
	*source = (struct source){0};
}

static uint64_t
column_count(struct statement *st, int n)
{
	int64_t v = column_int(st, n);

	return v > 0 ? (uint64_t)v : 0;
}

/* From 1970 to the end of 9999, whatever a file that comes from anywhere says. */
static int64_t
column_within(struct statement *st, int n, int64_t unit)
{
	int64_t v = column_int(st, n), most = TIME_MOST / unit;

	return v < 0 ? 0 : v > most ? most : v;
}

static int64_t
column_time(struct statement *st, int n)
{
	return column_within(st, n, 1);
}

/* Moves to the next row. false on error. */
static bool
cursor_next(struct cursor *c)
{
	struct row *row = &c->row;
	int step = store_step(c->st);

	c->there = step == 1;
	if (!c->there)
		return step == 0;
	*row = (struct row){
	        .side = c->source->side,
	        .hour = c->hour,
	        .minute = column_within(c->st, 0, MINUTE_SPAN),
	        .host = column_addr(c->st, 1),
	        .port = (uint16_t)column_int(c->st, 2),
	        .attempts = column_count(c->st, 3),
	        .retransmits = column_count(c->st, 4),
	        .destinations = column_count(c->st, 5),
	        .first = column_time(c->st, 6),
	        .last = column_time(c->st, 7),
	        .peak = c->hour ? column_count(c->st, 8) : 0,
	};
	if (!c->hour)
		row->destination = column_addr(c->st, 9);
	if (row->side == SIDE_GATE) {
		row->verdict = (uint8_t)column_int(c->st, 10);
		row->reason = (uint8_t)column_int(c->st, 11);
	} else {
		row->established = column_count(c->st, 10);
		row->refused = column_count(c->st, 11);
		row->leaked = column_count(c->st, 12);
		row->listed = column_count(c->st, 13);
	}
	return true;
}

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool
cursor_open(struct cursor *c, const struct query *q)
{
	int64_t unit = MINUTE_SPAN * (c->hour ? 60 : 1);

	c->st = store_prepare(c->source->store, row_sql[c->source->side][c->hour][q->host != NULL]);
	if (c->st == NULL)
		return false;
	bind_int(c->st, 1, floor_divide(q->since, unit));
	bind_int(c->st, 2, floor_divide(q->until, unit));
	bind_int(c->st, 3, q->since);
	bind_int(c->st, 4, q->until);
	if (q->host != NULL)
		bind_addr(c->st, 5, q->host);
	return cursor_next(c);
}

/* The source that failed is named in why. */
static bool
failed(const struct source *source, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s", source->path, store_error(source->store));
	return false;
}

static bool
read_rows(const struct source *sources, size_t count, const struct query *q, const struct sink *sink, char *why,
          size_t why_size)
{
	struct cursor *cursors = calloc(2 * count + 1, sizeof *cursors), *c;
	bool done = false;

	if (cursors == NULL) {
		snprintf(why, why_size, "out of memory");
		return false;
	}
	for (size_t n = 0; n < 2 * count; n++) {
		c = &cursors[n];
		c->source = &sources[n / 2];
		c->hour = n % 2 == 1;
		if (!cursor_open(c, q)) {
			failed(c->source, why, why_size);
			goto out;
		}
	}
	for (;;) {
		c = NULL;
		for (size_t n = 0; n < 2 * count; n++)
			if (cursors[n].there && (c == NULL || cursors[n].row.minute < c->row.minute))
				c = &cursors[n];
		if (c == NULL)
			break;
		/* All that this cursor has of the minute, before the others are looked at again. */
		for (int64_t minute = c->row.minute; c->there && c->row.minute == minute;) {
			sink->row(sink->arg, &c->row);
			if (!cursor_next(c)) {
				failed(c->source, why, why_size);
				goto out;
			}
		}
	}
	done = true;
out:
	free(cursors);
	return done;
}

/* A recorder that works says so every 10 s: where that ends, the log ends. */
static bool
read_end(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st = store_prepare(source->store, alive_sql);
	int64_t end = q->until < q->now ? q->until : q->now, alive;
	int step;

	if (source->side != SIDE_GATE)
		return true; /* pcapmon may come and go */
	if (st == NULL || (step = store_step(st)) < 0)
		return false;
	if (step == 0)
		return true;
	alive = column_time(st, 0);
	store_reset(st);
	if (alive > 0 && alive + ALIVE_MOST < end) {
		struct gap gap = {.side = source->side,
		                  .since = alive > q->since ? alive : q->since,
		                  .until = end,
		                  .cause = strdup("nfqd does not run, or cannot write: nothing is recorded since")};

		sink->gap(sink->arg, &gap);
	}
	return true;
}

static bool
read_gaps(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *st = store_prepare(source->store, gap_sql);
	int step;

	if (st == NULL)
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

static bool
read_hosts(const struct source *source, const struct query *q, const struct sink *sink)
{
	struct statement *devices = store_prepare(source->store, device_sql);
	struct statement *ranges = store_prepare(source->store, range_sql);
	struct addr host;
	uint8_t mac[6];
	int step;

	if (devices == NULL || ranges == NULL)
		return false;
	if (q->host != NULL) {
		bind_addr(devices, 1, q->host);
		bind_addr(ranges, 1, q->host);
	}
	while ((step = store_step(devices)) == 1) {
		host = column_addr(devices, 0);
		if (column_blob(devices, 1, mac, sizeof mac) == sizeof mac)
			sink->device(sink->arg, &host, mac, column_time(devices, 2), column_time(devices, 3));
	}
	if (step != 0)
		return false;
	while ((step = store_step(ranges)) == 1) {
		host = column_addr(ranges, 0);
		sink->range(sink->arg, source->side, &host, column_text(ranges, 1));
	}
	return step == 0;
}

bool
query_run(const struct source *sources, size_t count, const struct query *query, const struct sink *sink, char *why,
          size_t why_size)
{
	/* A transaction that reads begins with the first statement, so each source is begun at once. */
	for (size_t n = 0; n < count; n++)
		if (!store_run(sources[n].store, "BEGIN; SELECT 1 FROM meta LIMIT 1"))
			return failed(&sources[n], why, why_size);
	if (!read_rows(sources, count, query, sink, why, why_size))
		return false;
	for (size_t n = 0; n < count; n++)
		if (!read_gaps(&sources[n], query, sink) || !read_end(&sources[n], query, sink) ||
		    !read_hosts(&sources[n], query, sink))
			return failed(&sources[n], why, why_size);
	return true;
}
