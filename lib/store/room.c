/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The room that a database takes. */
#include "handle.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE 4096 /* bytes; SQLite's default */

int64_t
store_changes(struct store *s)
{
	return sqlite3_changes(s->db);
}

bool
store_limit_log(struct store *s, int64_t bytes)
{
	char sql[128];

	snprintf(sql, sizeof sql, "PRAGMA journal_size_limit = %" PRId64 "; PRAGMA wal_autocheckpoint = %" PRId64, bytes,
	         bytes / PAGE);
	return store_run(s, sql);
}

int64_t
store_size(struct store *s)
{
	return (store_ask_int(s, "PRAGMA page_count") - store_spare(s)) * store_ask_int(s, "PRAGMA page_size");
}

int64_t
store_spare(struct store *s)
{
	return store_ask_int(s, "PRAGMA freelist_count");
}

bool
store_shrink(struct store *s, int pages)
{
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA incremental_vacuum(%d)", pages);
	return store_run(s, sql);
}
