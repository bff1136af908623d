/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_handle: private to lib/store, and the only place with SQLite's names and types: store.c opens and closes,
 * statement.c reads and writes rows. */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "store.h"

#define STORE_STATEMENTS 160

struct statement {
	sqlite3_stmt *st;
};

struct store {
	sqlite3 *db;
	char *path;
	struct stat file, wal; /* as opened; wal.st_ino is 0 until that file exists */
	struct statement statement[STORE_STATEMENTS];
	int count;
};

#endif
