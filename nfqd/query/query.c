/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: three cursors per database (minutes; hours whose minutes were pruned; sealed hours), each ordered by
 * time, are merged by minute, so rows of several databases about a host and minute come together without sorting.
 * Consecutive sealed hours come host by host, ordered by time within each host. An hour that two databases of one side
 * have is read minute by minute: sums do not give the busiest minute of both together. */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "gaps.h"
#include "sources.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

static const char sealed_sql[] = "SELECT hour FROM sealed WHERE hour BETWEEN ?1 AND ?2 ORDER BY hour";
static const char known_sql[] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM hour WHERE hour = ?1) OR (?2 AND EXISTS (SELECT 1"
                                " FROM attempt WHERE minute BETWEEN 60 * ?1 AND 60 * ?1 + 59))";
static const char devices_sql[] = "SELECT host, mac, first, last FROM device ORDER BY host, first";
static const char ranges_sql[] = "SELECT host, name FROM host_range";
static const char lists_sql[] = "SELECT destinations, host FROM sealed_destination WHERE hour = ?1";
static const char device_sql[] = "SELECT host, mac, first, last FROM device WHERE host = ?1 ORDER BY first";
static const char range_sql[] = "SELECT host, name FROM host_range WHERE host = ?1";
static const char list_sql[] = "SELECT destinations, host FROM sealed_destination WHERE hour = ?1 AND host = ?2";

/* A source, and its statements about one host. */
struct source_reading {
	const struct source *source;
	struct hours sealed;
	struct statement *known, *device, *range, *list;
	struct query one;
	struct cursor rows; /* of one.host */
};

struct reading {
	const struct query *query;
	struct source_reading *sources;
	size_t count;
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

/* Names the failed source in why. */
static bool
failed(const struct source *source, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s", source->path, store_error(source->store));
	return false;
}

/* True if another database of the same side has minutes of the hour, or any has the hour as pruned. */
static bool
known_elsewhere(struct reading *r, const struct source_reading *of, int64_t hour)
{
	for (size_t n = 0; n < r->count; n++) {
		struct source_reading *other = &r->sources[n];
		bool there;

		if (other->source->side != of->source->side)
			continue;
		bind_int(other->known, 1, hour);
		bind_int(other->known, 2, other != of);
		there = store_step(other->known) != 0; /* on an error its own cursor fails, too */
		store_reset(other->known);
		if (there)
			return true;
	}
	return false;
}

/* The hours that lie entirely in the period and can be read from their sums. */
static bool
find_sealed(struct reading *r, struct source_reading *s)
{
	const struct query *q = r->query;
	struct statement *st = store_prepare(s->source->store, sealed_sql);
	int step;

	if (st == NULL)
		return false;
	bind_int(st, 1, when_floor(q->since, HOUR) + (q->since % HOUR != 0));
	bind_int(st, 2, when_floor(q->until, HOUR) - 1);
	while ((step = store_step(st)) == 1) {
		int64_t hour = column_int(st, 0), *more;

		if (known_elsewhere(r, s, hour))
			continue;
		more = reallocarray(s->sealed.hour, s->sealed.count + 1, sizeof *more);
		if (more == NULL)
			return false;
		s->sealed.hour = more;
		s->sealed.hour[s->sealed.count++] = hour;
	}
	return step == 0;
}

struct reading *
reading_open(const struct source *sources, size_t count, const struct query *query, char *why, size_t why_size)
{
	struct reading *r = calloc(1, sizeof *r);

	if (r == NULL || (r->sources = calloc(count + 1, sizeof *r->sources)) == NULL) {
		free(r);
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	r->query = query;
	for (r->count = 0; r->count < count; r->count++) {
		struct source_reading *s = &r->sources[r->count];

		s->source = &sources[r->count];
		/* A read transaction starts with its first statement, so each source is started here. */
		if (!store_run(s->source->store, "BEGIN; SELECT 1 FROM meta LIMIT 1") ||
		    (s->known = store_prepare(s->source->store, known_sql)) == NULL) {
			failed(s->source, why, why_size);
			reading_close(r);
			return NULL;
		}
	}
	for (size_t n = 0; n < count; n++)
		if (query->sealed && query->host == NULL && !find_sealed(r, &r->sources[n])) {
			failed(&sources[n], why, why_size);
			reading_close(r);
			return NULL;
		}
	return r;
}

void
reading_close(struct reading *r)
{
	if (r == NULL)
		return;
	for (size_t n = 0; n < r->count; n++) {
		store_run(r->sources[n].source->store, "COMMIT");
		free(r->sources[n].sealed.hour);
	}
	free(r->sources);
	free(r);
}

/* The cursor that failed. */
static bool
cursor_failed(const struct cursor *c, char *why, size_t why_size)
{
	if (!c->damaged)
		return failed(c->source, why, why_size);
	snprintf(why, why_size, "%s: the sums of an hour are damaged", c->source->path);
	return false;
}

/* The cursor at the earliest minute; NULL: all are at their ends. */
static struct cursor *
earliest(struct cursor *cursors, size_t count)
{
	struct cursor *c = NULL;

	for (size_t n = 0; n < count; n++)
		if (cursors[n].there && (c == NULL || cursors[n].row.minute < c->row.minute))
			c = &cursors[n];
	return c;
}

/* All rows; without `sums`, minute by minute. */
static bool
read_rows(struct reading *r, const struct sink *sink, bool sums, char *why, size_t why_size)
{
	static const struct hours none;
	size_t count = CURSOR_KINDS * r->count;
	struct cursor *cursors = calloc(count + 1, sizeof *cursors), *c;
	bool done = cursors != NULL;

	if (!done)
		snprintf(why, why_size, "out of memory");
	for (size_t n = 0; done && n < count; n++) {
		struct source_reading *s = &r->sources[n / CURSOR_KINDS];

		c = &cursors[n];
		done = cursor_open(c, (enum cursor_kind)(n % CURSOR_KINDS), s->source, r->query,
		                   sums ? &s->sealed : &none) ||
		       cursor_failed(c, why, why_size);
	}
	while (done && (c = earliest(cursors, count)) != NULL)
		/* All rows of this cursor for the minute before the next comparison. */
		for (int64_t minute = c->row.minute; done && c->there && c->row.minute == minute;) {
			sink->row(sink->arg, &c->row);
			done = cursor_next(c) || cursor_failed(c, why, why_size);
		}
	for (size_t n = 0; cursors != NULL && n < count; n++)
		cursor_close(&cursors[n]);
	free(cursors);
	return done;
}

/* The addresses of one host and hour. */
static void
emit_list(const struct source *source, struct statement *st, const struct sink *sink)
{
	struct addr host = column_addr(st, 1), to;
	size_t size, each = addr_size(&host);
	const uint8_t *list = column_bytes(st, 0, &size);

	for (size_t n = 0; list != NULL && each > 0 && n + each <= size; n += each) {
		to = each == 4 ? addr_v4(list + n) : addr_v6(list + n);
		sink->destination(sink->arg, source->side, &host, &to);
	}
}

/* Passes all rows of a bound statement to the sink. */
static bool
emit_lists(const struct source *source, struct statement *st, const struct sink *sink)
{
	int step;

	if (sink->destination == NULL)
		return true;
	while ((step = store_step(st)) == 1)
		emit_list(source, st, sink);
	return step == 0;
}

static bool
emit_devices(const struct source *source, struct statement *st, const struct sink *sink)
{
	struct addr host;
	struct card card;
	int step;

	if (sink->device == NULL)
		return true;
	while ((step = store_step(st)) == 1) {
		host = column_addr(st, 0);
		card.first = column_time(st, 2);
		card.last = column_time(st, 3);
		if (column_blob(st, 1, card.mac, sizeof card.mac) == sizeof card.mac)
			sink->device(sink->arg, source->side, &host, &card);
	}
	return step == 0;
}

static bool
emit_ranges(const struct source *source, struct statement *st, const struct sink *sink)
{
	struct addr host;
	int step;

	if (sink->range == NULL)
		return true;
	while ((step = store_step(st)) == 1) {
		host = column_addr(st, 0);
		sink->range(sink->arg, source->side, &host, column_text(st, 1));
	}
	return step == 0;
}

/* For all hosts, or for the one of the query. */
static bool
read_hosts(const struct source_reading *s, const struct query *q, const struct sink *sink)
{
	const struct source *source = s->source;
	struct statement *devices = store_prepare(source->store, q->host != NULL ? device_sql : devices_sql);
	struct statement *ranges = store_prepare(source->store, q->host != NULL ? range_sql : ranges_sql);
	struct statement *lists = store_prepare(source->store, lists_sql);

	if (devices == NULL || ranges == NULL || lists == NULL)
		return false;
	if (q->host != NULL) {
		bind_addr(devices, 1, q->host);
		bind_addr(ranges, 1, q->host);
	}
	for (size_t n = 0; q->sealed && n < s->sealed.count; n++) {
		bind_int(lists, 1, s->sealed.hour[n]);
		if (!emit_lists(source, lists, sink))
			return false;
	}
	return emit_devices(source, devices, sink) && emit_ranges(source, ranges, sink);
}

bool
reading_rows(struct reading *r, const struct sink *sink, char *why, size_t why_size)
{
	if (!read_rows(r, sink, r->query->sealed, why, why_size))
		return false;
	for (size_t n = 0; n < r->count; n++) {
		const struct source_reading *s = &r->sources[n];

		if (!query_gaps(s->source, r->query, sink) || (!r->query->brief && !read_hosts(s, r->query, sink)))
			return failed(s->source, why, why_size);
	}
	return true;
}

bool
reading_minutes(struct reading *r, const struct sink *sink, char *why, size_t why_size)
{
	return read_rows(r, sink, false, why, why_size);
}

/* Statements are prepared for the first host and reused. */
static bool
prepare_about(struct source_reading *s)
{
	struct store *store = s->source->store;

	return s->device != NULL || ((s->list = store_prepare(store, list_sql)) != NULL &&
	                             (s->range = store_prepare(store, range_sql)) != NULL &&
	                             (s->device = store_prepare(store, device_sql)) != NULL);
}

static bool
read_about(struct source_reading *s, const struct query *q, const struct addr *host, const struct sink *sink)
{
	bool done;

	if (!prepare_about(s))
		return false;
	bind_addr(s->device, 1, host);
	bind_addr(s->range, 1, host);
	bind_addr(s->list, 2, host);
	for (size_t n = 0; n < s->sealed.count; n++) {
		bind_int(s->list, 1, s->sealed.hour[n]);
		if (!emit_lists(s->source, s->list, sink))
			return false;
	}
	s->one = *q;
	s->one.host = host;
	done = s->rows.st == NULL ? cursor_open(&s->rows, CURSOR_MINUTES, s->source, &s->one, &s->sealed)
	                          : cursor_again(&s->rows);
	while (done && s->rows.there) {
		if (sink->destination != NULL && s->rows.row.destination.family != 0)
			sink->destination(sink->arg, s->source->side, host, &s->rows.row.destination);
		done = cursor_next(&s->rows);
	}
	return done && emit_devices(s->source, s->device, sink) && emit_ranges(s->source, s->range, sink);
}

bool
reading_about(struct reading *r, const struct addr *host, const struct sink *sink, char *why, size_t why_size)
{
	for (size_t n = 0; n < r->count; n++)
		if (!read_about(&r->sources[n], r->query, host, sink))
			return failed(r->sources[n].source, why, why_size);
	return true;
}

bool
query_run(const struct sources *sources, const struct query *query, const struct sink *sink, char *why, size_t why_size)
{
	struct reading *r = reading_open(sources->list, sources->count, query, why, why_size);
	bool done = r != NULL && reading_rows(r, sink, why, why_size);

	reading_close(r);
	return done;
}
