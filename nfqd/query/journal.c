/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/store/store.h"

static const char sql[] = "SELECT at, what, text FROM journal WHERE at >= ?1 AND at < ?2 ORDER BY at, id";

/* The next line of a source. */
struct place {
	const struct source *source;
	struct statement *st;
	int step; /* 1: there is one */
};

static bool
begin(struct place *p, const struct source *source, const struct query *q)
{
	p->source = source;
	if ((p->st = store_prepare(source->store, sql)) == NULL)
		return false;
	bind_int(p->st, 1, q->since);
	bind_int(p->st, 2, q->until);
	p->step = store_step(p->st);
	return p->step >= 0;
}

/* The place with the earliest line; NULL: there are no more. */
static struct place *
earliest(struct place *places, size_t count)
{
	struct place *first = NULL;

	for (size_t n = 0; n < count; n++)
		if (places[n].step == 1 && (first == NULL || column_int(places[n].st, 0) < column_int(first->st, 0)))
			first = &places[n];
	return first;
}

static bool
failed(const struct source *source, char why[JOURNAL_WHY])
{
	snprintf(why, JOURNAL_WHY, "%s: %s", source->path, store_error(source->store));
	return false;
}

bool
journal_read(const struct sources *sources, const struct query *q,
             void (*take)(void *arg, const struct journal_line *line), void *arg, char why[JOURNAL_WHY])
{
	struct place *places = calloc(sources->count + 1, sizeof *places), *p;
	bool done = true;

	if (places == NULL)
		fatal("journal");
	for (size_t n = 0; n < sources->count && done; n++)
		if (!begin(&places[n], &sources->list[n], q))
			done = failed(&sources->list[n], why);
	while (done && (p = earliest(places, sources->count)) != NULL) {
		const struct journal_line line = {p->source->side, column_int(p->st, 0), column_text(p->st, 1),
		                                  column_text(p->st, 2)};

		take(arg, &line);
		if ((p->step = store_step(p->st)) < 0)
			done = failed(p->source, why);
	}
	free(places);
	return done;
}
