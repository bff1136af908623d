/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/database/companion.h"
#include "lib/base/ascii.h"
#include "lib/base/log.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

/* Summed up in C: the file may come from anywhere, and SQL fails when a sum overflows. */
static const char sql[] = "SELECT " COMPANION_COLUMNS ", hour FROM companion"
                          " WHERE host = ?1 AND hour BETWEEN ?2 AND ?3";
/* Must match the condition of the partial index. */
static const char speakers_sql[] = "SELECT DISTINCT host FROM companion WHERE (smtp_sessions > 0 OR served > 0)"
                                   " AND hour BETWEEN ?1 AND ?2";
static const char spellings_sql[] = "SELECT naming, text FROM spelling WHERE host = ?1 AND minute BETWEEN ?2 AND ?3"
                                    " ORDER BY naming, minute DESC, name";

/* The statements of a wire.db; NULL: it is none. */
struct select {
	struct statement *companions, *spellings;
};

struct companion_reading {
	const struct source *sources;
	size_t count;
	int64_t first, last;    /* hours */
	struct select select[]; /* per source */
};

static bool
prepare(struct select *s, struct store *store)
{
	const struct statement_text all[] = {{&s->companions, sql}, {&s->spellings, spellings_sql}};

	return store_prepare_all(store, all, sizeof all / sizeof *all);
}

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
		if (!prepare(&r->select[n], sources[n].store)) {
			snprintf(why, why_size, "%s: %s", sources[n].path, store_error(sources[n].store));
			free(r);
			return NULL;
		}
		bind_int(r->select[n].companions, 2, r->first);
		bind_int(r->select[n].companions, 3, r->last);
		bind_int(r->select[n].spellings, 2, when_floor(query->since, MINUTE));
		bind_int(r->select[n].spellings, 3, when_floor(query->until, MINUTE));
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
		struct statement *st = r->select[n].companions;
		int step = 0;

		if (st == NULL)
			continue;
		bind_addr(st, 1, host);
		while ((step = store_step(st)) == 1) {
			int64_t hour = column_int(st, COMPANION_COLUMN_COUNT);
			struct companion c = companion_column(st);

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

void
looked_up_add(struct looked_up *to, const struct looked_up_name *name)
{
	size_t of_kind = 0;

	for (size_t n = 0; n < to->count; n++) {
		if (to->list[n].kind == name->kind && strcmp(to->list[n].text, name->text) == 0)
			return;
		of_kind += to->list[n].kind == name->kind;
	}
	if (of_kind < NAMING_SPELLED)
		to->list[to->count++] = *name;
}

/* The file may come from anywhere: what pcapmon does not write is no name. */
static bool
is_spelling(const char *text)
{
	size_t length = strlen(text);

	for (const char *c = text; *c != '\0'; c++)
		if (!ascii_is_alphanumeric(*c) && strchr(".-_\\", *c) == NULL)
			return false;
	return length > 0 && length < NAMING_TEXT;
}

/* Adds to `out`. */
static bool
look_up(struct companion_reading *r, const struct addr *host, struct looked_up *out, char *why, size_t why_size)
{
	for (size_t n = 0; n < r->count; n++) {
		struct statement *st = r->select[n].spellings;
		struct looked_up_name name;
		int step = 0;

		if (st == NULL)
			continue;
		bind_addr(st, 1, host);
		while ((step = store_step(st)) == 1) {
			int64_t kind = column_int(st, 0);
			const char *text = column_text(st, 1);

			if (kind <= NAMING_NONE || kind >= NAMINGS || !is_spelling(text))
				continue;
			name = (struct looked_up_name){.kind = (enum naming_kind)kind};
			memcpy(name.text, text, strlen(text));
			looked_up_add(out, &name);
		}
		if (step != 0)
			return failed(r, n, why, why_size);
	}
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
	done = sum_up(r, host, out, why, why_size) && look_up(r, host, &out->looked_up, why, why_size);
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

		if (r->select[n].companions == NULL)
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
