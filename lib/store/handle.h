/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_handle: private to lib/store, and the only place with SQLite's names and types: store.c opens and closes,
 * schema.c examines the schema, guard.c sets limits, statement.c reads and writes rows, room.c limits
 * the size. */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "store.h"

#define STORE_STATEMENTS 256

/* What the names of a database's files add to its own: the main file first, then its log. */
#define STORE_FILES 4
extern const char *const store_files[STORE_FILES];

struct statement {
	sqlite3_stmt *st;
	struct store *store;
	uint64_t steps; /* of this run, of SQLite's machine */
};

struct store {
	sqlite3 *db;
	char *path;
	struct stat file, wal; /* as opened; wal.st_ino is 0 until that file exists */
	bool had_log;          /* opened for reading: there was a log that is not empty */
	struct statement statement[STORE_STATEMENTS];
	int count;
	/* Limits of the work (guard.c). */
	struct statement *running;          /* in store_step; or NULL */
	uint64_t steps, run_most, all_most; /* of all statements; the most of a run, and of all */
	bool exceeded;
};

/* Runs a statement that returns one number; -1 on error. */
int64_t store_ask_int(struct store *s, const char *sql);

#endif
