/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cursor.h"

#include <stdlib.h>

#include "lib/database/columns.h"
#include "lib/database/sealed.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define STREAMS 24                                 /* consecutive sealed hours read in parallel */
#define TIME_MOST (INT64_C(253402300799) * SECOND) /* the last second of the year 9999 */

/* One meaning of ?1 to ?5 for all tables; columns are those of enum row_column. Rows of one host are found minute by
 * minute, so that those of others are not read. */
#define ALL(columns, table, unit)                                                                                      \
	"SELECT " columns " FROM " table " WHERE " unit                                                                \
	" BETWEEN ?1 AND ?2 AND last >= ?3 AND first < ?4 ORDER BY " unit
#define ONE(columns, table, unit)                                                                                      \
	"WITH RECURSIVE every (at) AS (SELECT min(" unit ") FROM " table " WHERE " unit " BETWEEN ?1 AND ?2"           \
	" UNION ALL SELECT (SELECT min(" unit ") FROM " table " WHERE " unit " > at AND " unit " <= ?2) FROM every"    \
	" WHERE at IS NOT NULL) SELECT " columns " FROM every CROSS JOIN " table " ON " unit " = at AND host = ?5"     \
	" WHERE last >= ?3 AND first < ?4 ORDER BY at"
#define BOTH(columns, table, unit)                                                                                     \
	{                                                                                                              \
		ALL(columns, table, unit), ONE(columns, table, unit)                                                   \
	}
#define GATE_MINUTE ROW_OF_MINUTE(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS)
#define GATE_HOUR ROW_OF_HOUR(GATE_KEY_COLUMNS, GATE_COUNT_COLUMNS)
#define WIRE_MINUTE ROW_OF_MINUTE(WIRE_KEY_ZEROS, WIRE_COUNT_COLUMNS)
#define WIRE_HOUR ROW_OF_HOUR(WIRE_KEY_ZEROS, WIRE_COUNT_COLUMNS)

static const char *const row_sql[SIDE_COUNT][2][2] = {
        [SIDE_GATE] = {BOTH(GATE_MINUTE, "attempt", "minute"), BOTH(GATE_HOUR, "hour", "hour")},
        [SIDE_WIRE] = {BOTH(WIRE_MINUTE, "attempt", "minute"), BOTH(WIRE_HOUR, "hour", "hour")},
};

static const char sealed_sql[] = "SELECT hosts FROM sealed_part WHERE hour = ?1 ORDER BY part";

/* The rows of a sealed hour. */
struct stream {
	struct statement *st;
	int64_t hour;
	const uint8_t *at, *end; /* the rest of its current part */
	bool there;              /* host is valid */
	struct sealed_host host;
	size_t part; /* the next one */
};

/* Limits a time from a file of any origin to 1970..9999. */
static int64_t
within(int64_t v, int64_t unit)
{
	int64_t most = TIME_MOST / unit;

	return v < 0 ? 0 : v > most ? most : v;
}

int64_t
column_time(struct statement *st, int n)
{
	return within(column_int(st, n), 1);
}

/* The next span of minutes that is not sealed. */
static bool
next_span(struct cursor *c, int64_t *first, int64_t *last)
{
	int64_t end = when_floor(c->query->until, MINUTE);

	while (c->from <= end) {
		*first = c->from;
		*last = end;
		c->from = end + 1;
		if (c->next < c->sealed->count) {
			*last = c->sealed->hour[c->next] * 60 - 1;
			c->from = *last + 61;
			c->next++;
		}
		if (*first <= *last)
			return true;
	}
	return false;
}

/* The next time span. */
static bool
open_rows(struct cursor *c)
{
	int64_t first, last;

	if (c->kind == CURSOR_HOURS) {
		first = when_floor(c->query->since, HOUR);
		last = when_floor(c->query->until, HOUR);
		if (c->from++ > 0)
			return false;
	} else if (!next_span(c, &first, &last)) {
		return false;
	}
	bind_int(c->st, 1, first);
	bind_int(c->st, 2, last);
	return true;
}

/* The counts in which the two sides differ. */
static void
set_counts(struct row *row, const uint64_t *count)
{
	_Static_assert((int)GATE_ATTEMPTS == WIRE_ATTEMPTS && (int)GATE_RETRANSMITS == WIRE_RETRANSMITS, "both count");
	row->attempts = count[GATE_ATTEMPTS];
	row->retransmits = count[GATE_RETRANSMITS];
	if (row->side == SIDE_GATE) {
		row->syns = count[GATE_SYNS];
		return;
	}
	row->established = count[WIRE_ESTABLISHED];
	row->refused = count[WIRE_REFUSED];
	row->leaked = count[WIRE_LEAKED];
	row->listed = count[WIRE_LISTED];
}

static void
read_row(struct cursor *c)
{
	struct row *row = &c->row;
	bool hour = c->kind == CURSOR_HOURS;
	int counts = c->source->side == SIDE_GATE ? GATE_COUNTS : WIRE_COUNTS;
	uint64_t count[WIRE_COUNTS];

	*row = (struct row){
	        .side = c->source->side,
	        .hour = hour,
	        .minute = within(column_int(c->st, ROW_UNIT), MINUTE),
	        .host = column_addr(c->st, ROW_HOST),
	        .port = (uint16_t)column_int(c->st, ROW_PORT),
	        .destinations = column_count(c->st, ROW_DESTINATIONS),
	        .first = column_time(c->st, ROW_FIRST),
	        .last = column_time(c->st, ROW_LAST),
	        .peak = hour ? column_count(c->st, ROW_PEAK) : 0,
	        .peak_minute = -1,
	};
	if (!hour)
		row->destination = column_addr(c->st, ROW_DESTINATION);
	if (row->side == SIDE_GATE) {
		row->verdict = (uint8_t)column_int(c->st, ROW_VERDICT);
		row->reason = (uint8_t)column_int(c->st, ROW_REASON);
	}
	for (int n = 0; n < counts; n++)
		count[n] = column_count(c->st, ROW_COUNTS + n);
	set_counts(row, count);
}

static bool
next_row(struct cursor *c)
{
	for (;;) {
		int step = c->open ? store_step(c->st) : 0;

		c->there = step == 1;
		if (c->there)
			read_row(c);
		if (step != 0)
			return step == 1;
		c->open = open_rows(c);
		if (!c->open)
			return true;
	}
}

/* Values common to all parts of a host and hour come with the first part. */
static void
read_part(struct cursor *c, const struct stream *l)
{
	const struct sealed_part *p = &l->host.part[l->part];
	struct row *row = &c->row;

	*row = (struct row){
	        .side = c->source->side,
	        .sealed = true,
	        .minute = c->streams[0].hour * 60,
	        .host = l->host.host,
	        .port = p->port,
	        .first = within(p->first, 1),
	        .last = within(p->last, 1),
	};
	if (l->part == 0) {
		row->destinations = l->host.others;
		row->peak = l->host.peak;
		row->peak_minute = l->hour * 60 + l->host.peak_minute;
	}
	if (row->side == SIDE_GATE) {
		row->verdict = p->verdict;
		row->reason = p->reason;
	}
	set_counts(row, p->count);
}

/* Advances a stream to its next host. */
static bool
stream_next(struct cursor *c, struct stream *l)
{
	size_t size;
	int step;

	l->part = 0;
	while (l->at == l->end) {
		step = store_step(l->st);
		l->there = false;
		if (step != 1)
			return step == 0;
		l->at = column_bytes(l->st, 0, &size);
		l->end = l->at != NULL ? l->at + size : NULL;
	}
	l->there = sealed_read(&l->at, l->end, l->hour * HOUR, &l->host);
	c->damaged = !l->there;
	return l->there;
}

/* Opens streams for the next hours, as long as they are consecutive. */
static bool
open_streams(struct cursor *c)
{
	for (c->stream_count = 0; c->stream_count < STREAMS && c->next < c->sealed->count;
	     c->stream_count++, c->next++) {
		struct stream *l = &c->streams[c->stream_count];

		l->hour = c->sealed->hour[c->next];
		if (c->stream_count > 0 && l->hour != l[-1].hour + 1)
			break;
		if (l->st == NULL && (l->st = store_prepare(c->source->store, sealed_sql)) == NULL)
			return false;
		bind_int(l->st, 1, l->hour);
		l->at = l->end = NULL;
		if (!stream_next(c, l))
			return false;
	}
	c->stream = c->stream_count;
	return true;
}

/* Advances to the lowest host of all streams; false at the end. */
static bool
next_host(struct cursor *c)
{
	const struct addr *lowest = NULL;

	for (size_t n = 0; n < c->stream_count; n++)
		if (c->streams[n].there && (lowest == NULL || sealed_cmp(&c->streams[n].host.host, lowest) < 0))
			lowest = &c->streams[n].host.host;
	if (lowest == NULL)
		return false;
	c->host = *lowest;
	c->stream = 0;
	return true;
}

static bool
next_sealed(struct cursor *c)
{
	for (;;) {
		for (; c->stream < c->stream_count; c->stream++) {
			struct stream *l = &c->streams[c->stream];

			if (!l->there || !addr_equal(&l->host.host, &c->host))
				continue;
			if (l->part < l->host.part_count) {
				read_part(c, l);
				l->part++;
				c->there = true;
				return true;
			}
			if (!stream_next(c, l))
				return false;
		}
		if (next_host(c))
			continue;
		c->there = false;
		if (c->next == c->sealed->count)
			return true;
		if (!open_streams(c))
			return false;
	}
}

bool
cursor_next(struct cursor *c)
{
	return c->kind == CURSOR_SEALED ? next_sealed(c) : next_row(c);
}

bool
cursor_again(struct cursor *c)
{
	c->from = c->kind == CURSOR_MINUTES ? when_floor(c->query->since, MINUTE) : 0;
	c->next = 0;
	if (c->query->host != NULL)
		bind_addr(c->st, 5, c->query->host);
	return next_row(c);
}

bool
cursor_open(struct cursor *c, enum cursor_kind kind, const struct source *source, const struct query *q,
            const struct hours *sealed)
{
	*c = (struct cursor){.kind = kind, .source = source, .query = q, .sealed = sealed};
	if (kind == CURSOR_SEALED) {
		c->streams = calloc(sealed->count < STREAMS ? sealed->count + 1 : STREAMS, sizeof *c->streams);
		return c->streams != NULL && next_sealed(c);
	}
	c->st = store_prepare(source->store, row_sql[source->side][kind == CURSOR_HOURS][q->host != NULL]);
	if (c->st == NULL)
		return false;
	bind_int(c->st, 3, q->since);
	bind_int(c->st, 4, q->until);
	return cursor_again(c);
}

void
cursor_close(struct cursor *c)
{
	free(c->streams);
	c->streams = NULL;
}
