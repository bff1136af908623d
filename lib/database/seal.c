/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the rows of each minute are in the order of their hosts, so the sixty minutes of an hour are read side
 * by side and merged. A step ends behind a host and remembers which; the next one begins there. Nothing is sorted, and
 * no more than one host is in memory. */
#include "seal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/count/minutes.h"
#include "lib/base/when.h"

#define GRACE MINUTE /* after an hour's end, for rows that are written late */
#define LIMIT(minute) ((minute) / SEAL_MINUTES * SEAL_MINUTES)

_Static_assert(GATE_COUNTS <= SEALED_COUNTS && WIRE_COUNTS <= SEALED_COUNTS, "a sealed part holds every count");

/* A number, or `none`. */
static bool
ask(struct statement *st, int64_t none, int64_t *out)
{
	int step = store_step(st);

	*out = step == 1 && !column_null(st, 0) ? column_int(st, 0) : none;
	if (step == 1)
		store_reset(st);
	return step >= 0;
}

bool
seal_prepare(struct seal *s, struct store *store, const struct columns *columns)
{
	const struct statement_text all[] = {
	        {&s->next_minute, "SELECT min(minute) FROM attempt WHERE minute >= ?1 AND minute < ?2"},
	        {&s->find, "SELECT hour FROM sealed WHERE hour = ?1"},
	        {&s->newest, "SELECT max(hour) FROM sealed"},
	        {&s->add_hour, "INSERT OR REPLACE INTO sealed (hour) VALUES (?1)"},
	        {&s->add_part, "INSERT INTO sealed_part (hour, part, hosts) VALUES (?1, ?2, ?3)"},
	        {&s->add_destinations, "INSERT INTO sealed_destination (hour, host, destinations) VALUES (?1, ?2, ?3)"},
	        {&s->drop_hour, "DELETE FROM sealed WHERE hour = ?1"},
	        {&s->drop_part, "DELETE FROM sealed_part WHERE hour = ?1"},
	        {&s->drop_destinations, "DELETE FROM sealed_destination WHERE hour = ?1"},
	};

	memset(s, 0, offsetof(struct seal, to));
	s->store = store;
	s->columns = columns;
	s->hour = -1;
	return store_prepare_all(store, all, sizeof all / sizeof *all) && ask(s->newest, -1, &s->newest_hour);
}

static bool
drop(struct statement *st, int64_t hour)
{
	bind_int(st, 1, hour);
	return store_step(st) == 0;
}

bool
seal_break(struct seal *s, int64_t minute)
{
	int64_t hour = minute / SEAL_MINUTES;

	if (hour > s->newest_hour)
		return true;
	if (s->hour == hour)
		s->hour = -1;
	if (s->from > LIMIT(minute))
		s->from = LIMIT(minute);
	return drop(s->drop_hour, hour);
}

bool
seal_forget(struct seal *s, int64_t hour)
{
	if (s->hour == hour)
		s->hour = -1;
	if (s->from < (hour + 1) * SEAL_MINUTES)
		s->from = (hour + 1) * SEAL_MINUTES;
	return drop(s->drop_hour, hour);
}

static void
begin_hour(struct seal *s, int64_t hour)
{
	s->hour = hour;
	s->part = 0;
	s->next.size = 0;
	s->impossible = false;
	if (s->newest_hour < hour)
		s->newest_hour = hour;
}

/* Finds the oldest finished hour that has minutes and is not sealed; s->hour stays -1 if there is none. */
static bool
find_hour(struct seal *s, int64_t now)
{
	int64_t end = (now - GRACE) / (MINUTE * SEAL_MINUTES) * SEAL_MINUTES, minute, sealed;

	for (;;) {
		bind_int(s->next_minute, 1, s->from);
		bind_int(s->next_minute, 2, end);
		if (!ask(s->next_minute, -1, &minute))
			return false;
		if (minute < 0)
			return true;
		s->from = LIMIT(minute);
		bind_int(s->find, 1, minute / SEAL_MINUTES);
		if (!ask(s->find, -1, &sealed))
			return false;
		if (sealed < 0) {
			begin_hour(s, minute / SEAL_MINUTES);
			return true;
		}
		s->from += SEAL_MINUTES;
	}
}

static int
to_cmp(const void *left, const void *right)
{
	return addr_cmp(left, right);
}

/* Each once, by address. */
static void
fold_destinations(struct seal *s)
{
	size_t kept = 0;

	if (s->to_count == 0)
		return;
	qsort(s->to, s->to_count, sizeof *s->to, to_cmp);
	for (size_t n = 1; n < s->to_count; n++)
		if (!addr_equal(&s->to[kept], &s->to[n]))
			s->to[++kept] = s->to[n];
	s->to_count = kept + 1;
}

static void
add_destination(struct seal *s, const struct addr *to)
{
	if (to->family != s->sum.host.family) {
		s->impossible = true;
		return;
	}
	if (s->to_count == 2 * SEAL_DESTINATIONS) {
		fold_destinations(s);
		if (s->to_count > SEAL_DESTINATIONS) {
			s->impossible = true;
			s->to_count = 0;
		}
	}
	s->to[s->to_count++] = *to;
}

/* Adds the row at the head; returns its attempts. As in a report, negative counts are taken as 0. */
static uint64_t
add_row(struct seal *s, struct statement *row)
{
	struct addr to = column_addr(row, ROW_DESTINATION);
	struct sealed_part *p =
	        sealed_part_at(&s->sum, (uint16_t)column_int(row, ROW_PORT), (uint8_t)column_int(row, ROW_VERDICT),
	                       (uint8_t)column_int(row, ROW_REASON));
	int64_t first = column_int(row, ROW_FIRST), last = column_int(row, ROW_LAST);

	if (p == NULL) {
		s->impossible = true;
		return 0;
	}
	for (int i = 0; i < s->columns->counts; i++)
		p->count[i] += column_count(row, ROW_COUNTS + i);
	if (p->first > first)
		p->first = first;
	if (p->last < last)
		p->last = last;
	if (to.family != 0)
		add_destination(s, &to);
	else
		s->sum.others += column_count(row, ROW_DESTINATIONS);
	return column_count(row, ROW_COUNTS);
}

/* Adds all rows of the host in this hour. *rows grows by their number. */
static bool
sum_host(struct seal *s, const struct addr *host, size_t *rows)
{
	s->sum.host = *host;
	s->sum.peak = s->sum.peak_minute = 0;
	s->sum.others = s->sum.part_count = 0;
	s->to_count = 0;
	for (uint8_t i = 0; i < SEAL_MINUTES; i++) {
		struct head *h = &s->heads.head[i];
		uint64_t attempts = 0;

		for (; h->there && addr_equal(&h->host, host); ++*rows) {
			attempts += add_row(s, h->rows);
			if (!head_next(h))
				return false;
		}
		if (s->sum.peak < attempts) {
			s->sum.peak = attempts;
			s->sum.peak_minute = i;
		}
	}
	fold_destinations(s);
	s->impossible |= s->to_count > SEAL_DESTINATIONS;
	return true;
}

static bool
put_part(struct seal *s)
{
	if (s->used == 0)
		return true;
	bind_int(s->add_part, 1, s->hour);
	bind_int(s->add_part, 2, s->part++);
	bind_blob(s->add_part, 3, s->bytes, s->used);
	s->used = 0;
	return store_step(s->add_part) == 0;
}

static bool
put_host(struct seal *s)
{
	const struct addr *host = &s->sum.host;
	size_t size = addr_size(host);
	uint8_t *list = (uint8_t *)s->to; /* an address is no longer than its struct: it moves towards the front */

	s->used += sealed_write(&s->sum, s->hour * SEAL_MINUTES * MINUTE, s->bytes + s->used);
	s->next.size = addr_after(host, s->next.bytes);
	if (s->to_count > 0) {
		for (size_t n = 0; n < s->to_count; n++)
			memmove(list + n * size, s->to[n].bytes, size);
		bind_int(s->add_destinations, 1, s->hour);
		bind_addr(s->add_destinations, 2, host);
		bind_blob(s->add_destinations, 3, list, s->to_count * size);
		if (store_step(s->add_destinations) != 0)
			return false;
	}
	return s->used < SEAL_PART || put_part(s);
}

/* Sums up hosts from s->next on, until the step has read enough rows. *end: there are no more hosts. */
static bool
sum_hosts(struct seal *s, bool *end)
{
	const struct addr *lowest;
	struct addr host;
	size_t rows = 0;

	*end = false;
	while (!s->impossible && rows < SEAL_ROWS) {
		if ((lowest = heads_lowest(&s->heads)) == NULL) {
			*end = true;
			break;
		}
		host = *lowest;
		s->impossible = host.family == 0;
		if (!s->impossible && !sum_host(s, &host, &rows))
			return false;
		if (!s->impossible && !put_host(s))
			return false;
	}
	return put_part(s);
}

static bool
step(struct seal *s)
{
	bool done, end;

	/* Rows left by a seal that was broken or never finished. */
	if (s->next.size == 0 && (!drop(s->drop_part, s->hour) || !drop(s->drop_destinations, s->hour)))
		return false;
	s->used = 0;
	done = heads_prepare(&s->heads, s->store, s->columns->minute) && heads_open(&s->heads, s->hour, &s->next) &&
	       sum_hosts(s, &end);
	heads_close(&s->heads);
	if (!done || (!end && !s->impossible))
		return done;
	bind_int(s->add_hour, 1, s->hour);
	s->from = (s->hour + 1) * SEAL_MINUTES;
	s->hour = -1;
	return s->impossible || store_step(s->add_hour) == 0;
}

bool
seal_step(struct seal *s, int64_t now, bool *more)
{
	*more = false;
	if (s->hour < 0 && !find_hour(s, now))
		return false;
	if (s->hour < 0)
		return true;
	*more = true;
	if (store_begin(s->store) && step(s) && store_commit(s->store))
		return true;
	/* Memory may be ahead of the file, so the hour is started again. */
	store_rollback(s->store);
	s->hour = -1;
	s->from = 0;
	return false;
}
