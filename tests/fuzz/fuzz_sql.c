/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for databases that somebody else has made with SQLite: the input says which database, then comes
 * SQL that is executed on it: other tables, views and triggers of our names, values of any kind and size. */
#include <sqlite3.h>

#include "databases.h"
#include "fuzz.h"

#define STEPS 2000 /* of 1,000 virtual instructions: for the SQL of the input itself */

/* Nothing outside of the file. */
static int
allow(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)arg;
	(void)b;
	(void)c;
	(void)d;
	if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
		return SQLITE_DENY;
	if (action == SQLITE_PRAGMA)
		return strcmp(a, "writable_schema") == 0 || strcmp(a, "user_version") == 0 ? SQLITE_OK : SQLITE_DENY;
	return SQLITE_OK;
}

static int
count_steps(void *arg)
{
	return --*(int *)arg < 0;
}

static void
execute(const char *path, const char *sql)
{
	int steps = STEPS;
	sqlite3 *db;

	must(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_set_authorizer(db, allow, NULL);
	sqlite3_progress_handler(db, 1000, count_steps, &steps);
	sqlite3_exec(db, "PRAGMA writable_schema = on", NULL, NULL, NULL);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image *image;
	const char *path;
	char *sql;

	if (size < 1)
		return 0;
	image = databases_image(data[0] & 1);
	path = databases_write(image->bytes, image->size);
	sql = text_of(data + 1, size - 1);
	execute(path, sql);
	free(sql);
	databases_read(path);
	databases_remove();
	return 0;
}
