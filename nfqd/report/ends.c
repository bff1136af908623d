/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/database/columns.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "nfqd/query/sources.h"

/* Summed up here: the file may come from anywhere, and SQL fails when a sum overflows. */
static const char ends_sql[] = "SELECT host" OUTCOME_COLUMNS(
        COLUMN_LIST, COLUMN_LIST) " FROM outcome"
                                  " WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR host = ?3)";
static const char pool_sql[] = "SELECT pool, syns, attempts, evicted FROM pool WHERE hour BETWEEN ?1 AND ?2";

static const char cause_sql[] = "SELECT host, at, text FROM leak_cause WHERE at >= ?1 AND at < ?2"
                                " AND (?3 IS NULL OR host = ?3)";

/* Adds the ends of connections of hosts that have rows. */
static void
add_ends(struct report *r, const struct addr *addr, const struct ends *e)
{
	struct host *h = report_host(r, addr);

	if (h == NULL)
		return;
	h->ends.duplicates += e->duplicates;
	h->ends.refused_by_icmp += e->refused_by_icmp;
	h->ends.answered += e->answered;
	h->ends.answer_time += e->answer_time;
	if (h->ends.answer_most < e->answer_most)
		h->ends.answer_most = e->answer_most;
	h->ends.closed_by_host += e->closed_by_host;
	h->ends.closed_by_server += e->closed_by_server;
	h->ends.reset_by_host += e->reset_by_host;
	h->ends.reset_by_server += e->reset_by_server;
	h->ends.timed_out += e->timed_out;
	h->ends.bytes_out += e->bytes_out;
	h->ends.bytes_in += e->bytes_in;
}

static void
bind_hours(struct statement *st, const struct query *q)
{
	bind_int(st, 1, when_floor(q->since, HOUR));
	bind_int(st, 2, when_floor(q->until, HOUR));
}

static bool
read_ends(const struct source *source, const struct query *q, struct report *r)
{
	struct statement *st = store_prepare(source->store, ends_sql);
	int step;

	if (st == NULL)
		return false;
	bind_hours(st, q);
	if (q->host != NULL)
		bind_addr(st, 3, q->host);
	while ((step = store_step(st)) == 1) {
		struct addr addr = column_addr(st, 0);
		struct ends e = {
		        .duplicates = column_count(st, 1 + OUTCOME_DUPLICATES),
		        .refused_by_icmp = column_count(st, 1 + OUTCOME_ICMP),
		        .answered = column_count(st, 1 + OUTCOME_ANSWERED),
		        .answer_time = column_count(st, 1 + OUTCOME_ANSWER_TIME),
		        .answer_most = column_count(st, 1 + OUTCOME_ANSWER_MOST),
		        .closed_by_host = column_count(st, 1 + OUTCOME_CLOSED_BY_HOST),
		        .closed_by_server = column_count(st, 1 + OUTCOME_CLOSED_BY_SERVER),
		        .reset_by_host = column_count(st, 1 + OUTCOME_RESET_BY_HOST),
		        .reset_by_server = column_count(st, 1 + OUTCOME_RESET_BY_SERVER),
		        .timed_out = column_count(st, 1 + OUTCOME_TIMED_OUT),
		        .bytes_out = column_count(st, 1 + OUTCOME_BYTES_OUT),
		        .bytes_in = column_count(st, 1 + OUTCOME_BYTES_IN),
		};

		add_ends(r, &addr, &e);
	}
	return step == 0;
}

static bool
read_pools(const struct source *source, const struct query *q, struct report *r)
{
	struct statement *st = store_prepare(source->store, pool_sql);
	int step;

	if (st == NULL)
		return false;
	bind_hours(st, q);
	while ((step = store_step(st)) == 1) {
		struct pooled *p = column_int(st, 0) == 0 ? &r->outside_lan : &r->no_room;

		p->syns += column_count(st, 1);
		p->attempts += column_count(st, 2);
		p->evicted += column_count(st, 3);
	}
	return step == 0;
}

static bool
read_causes(const struct source *source, const struct query *q, struct report *r)
{
	struct statement *st = store_prepare(source->store, cause_sql);
	int step;

	if (st == NULL)
		return false;
	bind_int(st, 1, q->since);
	bind_int(st, 2, q->until);
	if (q->host != NULL)
		bind_addr(st, 3, q->host);
	while ((step = store_step(st)) == 1) {
		struct addr addr = column_addr(st, 0);
		struct host *h = report_host(r, &addr);

		if (h == NULL || (h->leak_cause != NULL && h->leak_at >= column_int(st, 1)))
			continue;
		free(h->leak_cause);
		h->leak_cause = strdup(column_text(st, 2));
		h->leak_at = column_int(st, 1);
	}
	return step == 0;
}

bool
ends_read(const struct sources *sources, const struct query *query, struct report *r, char *why, size_t why_size)
{
	for (size_t n = 0; n < sources->count; n++) {
		const struct source *s = &sources->list[n];

		if (s->side != SIDE_WIRE)
			continue;
		if (!read_ends(s, query, r) || !read_causes(s, query, r) ||
		    (query->host == NULL && !read_pools(s, query, r))) {
			snprintf(why, why_size, "%s: %s", s->path, store_error(s->store));
			return false;
		}
	}
	return true;
}
