/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forget.h"

#include <string.h>

#define WHOS 128   /* that a step forgets: 97 rows each at most */
#define HOSTS 4096 /* whose keys a step looks at */

/* Some of those of which no row is left. */
#define OLD "SELECT who FROM judged WHERE who > ?1 AND (?2 IS NULL OR who <= ?2) AND last < ?3"

bool
forget_prepare(struct forget *f, struct store *store)
{
	const struct statement_text all[] = {
	        {&f->last_who, "SELECT who FROM judged WHERE who > ?1 ORDER BY who LIMIT 1 OFFSET ?2"},
	        {&f->last_host, "SELECT host FROM judged_host WHERE host > ?1 ORDER BY host LIMIT 1 OFFSET ?2"},
	        {&f->whos[0], "DELETE FROM step WHERE who IN (" OLD ")"},
	        {&f->whos[1], "DELETE FROM label WHERE who IN (" OLD ")"},
	        {&f->whos[2], "DELETE FROM judged_state WHERE who IN (" OLD ")"},
	        {&f->whos[3], "DELETE FROM judged WHERE who IN (" OLD ")"},
	        {&f->hosts, "DELETE FROM judged_host WHERE host > ?1 AND (?2 IS NULL OR host <= ?2)"
	                    " AND NOT EXISTS (SELECT 1 FROM judged WHERE judged.who = judged_host.who)"},
	};

	memset(f, 0, sizeof *f);
	f->store = store;
	return store_prepare_all(store, all, sizeof all / sizeof *all);
}

bool
forget_underway(const struct forget *f)
{
	return f->hosts_left;
}

/* Binds the next rows of a table, behind `at`, to ?1 and ?2 of the statements, and moves `at` behind them. *left: there
 * are more. */
static bool
next_rows(struct statement *last, struct forget_place *at, int most, struct statement *const *st, size_t count,
          bool *left)
{
	uint8_t bytes[sizeof at->bytes];
	size_t size = 0;
	int step;

	bind_blob(last, 1, at->bytes, at->size);
	bind_int(last, 2, most - 1);
	if ((step = store_step(last)) < 0)
		return false;
	if (step == 1) {
		size = column_blob(last, 0, bytes, sizeof bytes);
		store_reset(last);
	}
	/* Keys that are longer than any of ours may not end. */
	*left = step == 1 && (size != at->size || memcmp(bytes, at->bytes, size) != 0);
	for (size_t i = 0; i < count; i++) {
		bind_blob(st[i], 1, at->bytes, at->size);
		if (*left)
			bind_blob(st[i], 2, bytes, size);
		else
			bind_text(st[i], 2, NULL);
	}
	if (*left) {
		memcpy(at->bytes, bytes, size);
		at->size = size;
	}
	return true;
}

static bool
forget_whos(struct forget *f)
{
	size_t count = sizeof f->whos / sizeof *f->whos;

	if (!next_rows(f->last_who, &f->who, WHOS, f->whos, count, &f->whos_left))
		return false;
	for (size_t i = 0; i < count; i++) {
		bind_int(f->whos[i], 3, f->before);
		if (store_step(f->whos[i]) != 0)
			return false;
	}
	return true;
}

static bool
step(struct forget *f)
{
	if (f->whos_left)
		return forget_whos(f);
	return next_rows(f->last_host, &f->host, HOSTS, &f->hosts, 1, &f->hosts_left) && store_step(f->hosts) == 0;
}

bool
forget_step(struct forget *f, int64_t oldest, bool *more)
{
	*more = false;
	if (!f->hosts_left) {
		f->who.size = f->host.size = 0;
		f->whos_left = f->hosts_left = true;
		f->before = oldest;
	}
	if (!store_begin(f->store) || !step(f) || !store_commit(f->store)) {
		store_rollback(f->store);
		f->hosts_left = false;
		return false;
	}
	*more = f->hosts_left;
	return true;
}
