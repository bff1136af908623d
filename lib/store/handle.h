/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_handle: what the files of store alone know of each other. SQLite's names and types end here: store.c opens and
 * closes, store_statement.c reads and writes rows. */
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
	struct stat file, wal; /* as they were when they were opened; of the latter st_ino is 0 until it is there */
	struct statement statement[STORE_STATEMENTS];
	int count;
};

#endif
