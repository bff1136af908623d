/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "misfits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/database/misfit.h"
#include "lib/store/store.h"
#include "nfqd/query/query.h"
#include "nfqd/query/sources.h"

/* What the run that was the last by then has said. */
static const char sql[] =
        "SELECT what, text FROM journal WHERE at < ?1 AND what IN ('" MISFIT "', '" MISFIT_GONE "')"
        " AND id > coalesce((SELECT max(id) FROM journal WHERE what = '" MISFIT_RUN "' AND at < ?1), 0) ORDER BY id";

static void
add(struct misfits *m, const char *text)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->text[i], text) == 0)
			return;
	if (m->count < MISFITS && (m->text[m->count] = strdup(text)) != NULL)
		m->count++;
}

static void
drop(struct misfits *m, const char *text)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->text[i], text) == 0) {
			free(m->text[i]);
			memmove(m->text + i, m->text + i + 1, (--m->count - i) * sizeof *m->text);
			return;
		}
}

static bool
read_source(struct store *s, const struct query *q, struct misfits *all)
{
	struct statement *st = store_prepare(s, sql);
	struct misfits own = {.count = 0};
	int step;

	if (st == NULL)
		return false;
	bind_int(st, 1, q->until);
	while ((step = store_step(st)) == 1) {
		if (strcmp(column_text(st, 0), MISFIT) == 0)
			add(&own, column_text(st, 1));
		else
			drop(&own, column_text(st, 1));
	}
	for (size_t i = 0; i < own.count; i++)
		add(all, own.text[i]);
	misfits_free(&own);
	return step == 0;
}

bool
misfits_read(const struct sources *sources, const struct query *query, struct misfits *m, char *why, size_t why_size)
{
	for (size_t n = 0; n < sources->count; n++) {
		const struct source *s = &sources->list[n];

		if (s->side == SIDE_GATE && !read_source(s->store, query, m)) {
			snprintf(why, why_size, "%s: %s", s->path, store_error(s->store));
			return false;
		}
	}
	return true;
}

void
misfits_free(struct misfits *m)
{
	while (m->count > 0)
		free(m->text[--m->count]);
}
