/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "writing.h"

static const char marked[] = "SELECT 1 FROM meta WHERE key = 'writing'";

bool
writing_begin(struct store *s)
{
	return store_run(s, "INSERT OR REPLACE INTO meta (key, value) VALUES ('writing', 1)") && store_settle(s);
}

void
writing_end(struct store *s)
{
	store_run(s, "DELETE FROM meta WHERE key = 'writing'");
}

bool
writing_cut(struct store *s)
{
	struct statement *st = store_prepare(s, marked);

	if (st == NULL || store_step(st) != 1)
		return false;
	store_reset(st);
	return store_without_log(s);
}
