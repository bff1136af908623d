/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "named.h"

#include "lib/base/table.h"
#include "lib/base/log.h"
#include "lib/store/store.h"

static const char zombies_sql[] = "SELECT host FROM judged_host JOIN judged USING (who)"
                                  " WHERE label = ?1 OR later_label = ?1";

static const struct table_type address_type = {.size = sizeof(struct addr), .key = sizeof(struct addr), .grows = true};

static bool
is_zombie(const struct judging_state *s)
{
	return s->label == LABEL_ZOMBIE || s->later_label == LABEL_ZOMBIE;
}

/* Adds all that the tables call zombies. False: the store failed. */
static bool
add_stored(struct table *t, struct store *store)
{
	struct statement *st = store_prepare(store, zombies_sql);
	struct addr host;
	int step;

	if (st == NULL)
		return false;
	bind_int(st, 1, LABEL_ZOMBIE);
	while ((step = store_step(st)) == 1) {
		host = column_addr(st, 0);
		whole(table_add(t, &host, NULL));
	}
	return step == 0;
}

static void
add_fresh(struct table *t, const struct judging_memory *m)
{
	const struct addr *host;
	size_t at = 0;

	while ((host = judging_memory_next(m, &at)) != NULL)
		if (is_zombie(judging_memory_state(m, judging_memory_key(m, host))))
			whole(table_add(t, host, NULL));
}

bool
named_run(struct fresh *f, const struct fresh *nameless, struct store *store, const struct named_span *span)
{
	struct judging_place at = {.minute = span->zombies};
	struct table *accused = whole(table_new(&address_type, 192));
	bool good;

	add_fresh(accused, fresh_memory(nameless));
	good = add_stored(accused, store) && (table_count(accused) == 0 || fresh_run(f, &at, span->all, accused));
	table_free(accused);
	at.minute = span->all;
	return good && fresh_run(f, &at, span->end, NULL);
}
