/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companions.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/database/companion.h"
#include "lib/base/log.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

/* Summed up in C: the file may come from anywhere, and SQL fails when a sum overflows. */
static const char sql[] = "SELECT " COMPANION_COLUMNS ", hour FROM companion"
                          " WHERE host = ?1 AND hour BETWEEN ?2 AND ?3";
/* Must match the condition of the partial index. */
static const char speakers_sql[] = "SELECT DISTINCT host FROM companion WHERE (smtp_sessions > 0 OR served > 0)"
                                   " AND hour BETWEEN ?1 AND ?2";

struct companion_reading {
	const struct source *sources;
	size_t count;
	int64_t first, last;        /* hours */
	struct statement *select[]; /* per source; NULL: not a wire.db */
};

struct companion_reading *
companion_reading_open(const struct source *sources, size_t count, const struct query *query, char *why,
                       size_t why_size)
{
	struct companion_reading *r = calloc(1, sizeof *r + count * sizeof *r->select);

	if (r == NULL)
		fatal("companions of %zu databases", count);
	r->sources = sources;
	r->count = count;
	r->first = when_floor(query->since, HOUR);
	r->last = when_floor(query->until, HOUR);
	for (size_t n = 0; n < count; n++) {
		if (sources[n].side != SIDE_WIRE)
			continue;
		if ((r->select[n] = store_prepare(sources[n].store, sql)) == NULL) {
			snprintf(why, why_size, "%s: %s", sources[n].path, store_error(sources[n].store));
			free(r);
			return NULL;
		}
		bind_int(r->select[n], 2, r->first);
		bind_int(r->select[n], 3, r->last);
	}
	return r;
}

static bool
failed(const struct companion_reading *r, size_t n, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s", r->sources[n].path, store_error(r->sources[n].store));
	return false;
}

/* Adds to `out`. */
static bool
sum_up(struct companion_reading *r, const struct addr *host, struct companion_found *out, char *why, size_t why_size)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t n = 0; n < r->count; n++) {
		int step = 0;

		if (r->select[n] == NULL)
			continue;
		bind_addr(r->select[n], 1, host);
		while ((step = store_step(r->select[n])) == 1) {
			int64_t hour = column_int(r->select[n], COMPANION_COLUMN_COUNT);
			struct companion c = companion_column(r->select[n]);

			companion_merge(out->sum, &c);
			first = hour < first ? hour : first;
			last = hour > last ? hour : last;
		}
		if (step != 0)
			return failed(r, n, why, why_size);
	}
	out->span = first <= last ? (last + 1 - first) * HOUR : 0;
	return true;
}

bool
companion_reading_host(struct companion_reading *r, const struct addr *host, struct companion_found *out, char *why,
                       size_t why_size)
{
	bool done;

	*out = (struct companion_found){.sum = calloc(1, sizeof *out->sum)};
	if (out->sum == NULL)
		fatal("companions");
	done = sum_up(r, host, out, why, why_size);
	if (out->span <= 0) {
		free(out->sum);
		out->sum = NULL;
	}
	return done;
}

bool
companion_reading_speakers(struct companion_reading *r, void (*found)(void *arg, const struct addr *host), void *arg,
                           char *why, size_t why_size)
{
	for (size_t n = 0; n < r->count; n++) {
		struct statement *st;
		int step;

		if (r->select[n] == NULL)
			continue;
		if ((st = store_prepare(r->sources[n].store, speakers_sql)) == NULL)
			return failed(r, n, why, why_size);
		bind_int(st, 1, r->first);
		bind_int(st, 2, r->last);
		while ((step = store_step(st)) == 1) {
			struct addr host = column_addr(st, 0);

			if (host.family != 0)
				found(arg, &host);
		}
		if (step != 0)
			return failed(r, n, why, why_size);
	}
	return true;
}

void
companion_reading_close(struct companion_reading *r)
{
	free(r);
}
