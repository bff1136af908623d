/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the meta table names the schema, PRAGMA user_version has its version. The schema of that version is
 * made in memory, and every object of the file must be one of it, by the same text: a view in place of a table, a
 * trigger, a computed column or a check could do anything in the name of the reader. Comments and white space may
 * differ: those of older programs do. Also permitted are the two tables that ANALYZE leaves, as SQLite makes them: an
 * administrator may run it, and what is in them can do no more than choose a slow way to read. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "handle.h"
#include "lib/base/text.h"

#define OBJECT_TEXT 64 /* bytes of a foreign name that are told */

/* A file, and where an error goes. */
struct place {
	struct store *store;
	char *why;
	size_t why_size;
};

static const char objects_sql[] =
        "SELECT type, name, sql FROM sqlite_schema"
        " WHERE type <> 'table' OR ifnull(sql, '') NOT IN ('CREATE TABLE sqlite_stat1(tbl,idx,stat)',"
        " 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)') ORDER BY type DESC, name";
static const char object_sql[] = "SELECT type, name, sql FROM sqlite_schema WHERE name = ?1";
static const char table_sql[] = "CREATE TABLE ";

/* The next character of SQL text that counts: runs of comments and white space are one space. '\0' at the end. */
static char
next(const char **at)
{
	bool space = false;

	for (;;) {
		size_t blank = strspn(*at, " \t\r\n");

		if (blank == 0 && strncmp(*at, "--", 2) == 0)
			blank = strcspn(*at, "\n");
		if (blank == 0)
			break;
		*at += blank;
		space = true;
	}
	if (space)
		return ' ';
	return **at != '\0' ? *(*at)++ : '\0';
}

static bool
same_sql(const char *a, const char *b)
{
	char left, right;

	do {
		left = next(&a);
		right = next(&b);
	} while (left == right && left != '\0');
	return left == right;
}

/* NULL reads as "". */
static const char *
text(sqlite3_stmt *st, int n)
{
	const unsigned char *value = sqlite3_column_text(st, n);

	return value != NULL ? (const char *)value : "";
}

static bool
refuse(const struct place *p, sqlite3_stmt *st, const char *what)
{
	char kind[4 * 16 + 1], name[4 * OBJECT_TEXT + 1], cut[OBJECT_TEXT + 1];

	snprintf(cut, sizeof cut, "%.16s", text(st, 0));
	text_safe(cut, false, kind, sizeof kind);
	snprintf(cut, sizeof cut, "%s", text(st, 1));
	snprintf(p->why, p->why_size, "%s: the %s \"%s\" %s", p->store->path, kind,
	         text_safe(cut, false, name, sizeof name), what);
	return false;
}

static bool
unreadable(const struct place *p)
{
	snprintf(p->why, p->why_size, "%s: cannot be read as a database of nfqd or pcapmon: %s", p->store->path,
	         store_error(p->store));
	return false;
}

/* The next object of each; `have`: there is one of ours. */
static bool
same_object(const struct place *p, sqlite3_stmt *ours, sqlite3_stmt *theirs, bool have)
{
	int order;

	if (!have)
		return refuse(p, theirs, "is none of nfqd's");
	if ((order = strcmp(text(theirs, 0), text(ours, 0))) == 0)
		order = strcmp(text(ours, 1), text(theirs, 1));
	if (order < 0)
		return refuse(p, ours, "is missing");
	if (order > 0)
		return refuse(p, theirs, "is none of nfqd's");
	return same_sql(text(ours, 2), text(theirs, 2)) || refuse(p, theirs, "is not made as nfqd makes it");
}

/* Both statements in the order of objects_sql: tables before their indices. */
static bool
compare(const struct place *p, sqlite3_stmt *ours, sqlite3_stmt *theirs)
{
	int step, have;

	do {
		have = sqlite3_step(ours) == SQLITE_ROW;
		step = sqlite3_step(theirs);
		if (step == SQLITE_ROW && !same_object(p, ours, theirs, have))
			return false;
	} while (step == SQLITE_ROW);
	if (step != SQLITE_DONE)
		return unreadable(p);
	return !have || refuse(p, ours, "is missing");
}

/* True if the file has the objects of this version of the schema, and no others. */
static bool
is_ours(const struct place *p, const struct schema *schema, int version)
{
	struct schema older = *schema;
	struct store *model;
	sqlite3_stmt *ours = NULL, *theirs = NULL;
	bool same = false;

	older.version = version;
	if (version == 0) /* none yet */
		return true;
	if ((model = store_scratch(&older)) == NULL ||
	    sqlite3_prepare_v2(model->db, objects_sql, -1, &ours, NULL) != SQLITE_OK)
		snprintf(p->why, p->why_size, "%s: out of memory", p->store->path);
	else if (sqlite3_prepare_v2(p->store->db, objects_sql, -1, &theirs, NULL) != SQLITE_OK)
		unreadable(p);
	else
		same = compare(p, ours, theirs);
	sqlite3_finalize(theirs);
	sqlite3_finalize(ours);
	store_close(model);
	return same;
}

/* There is a plain table meta, which may be read whoever made it. */
static bool
has_meta(const struct place *p)
{
	sqlite3_stmt *st;
	bool has;

	if (sqlite3_prepare_v2(p->store->db, object_sql, -1, &st, NULL) != SQLITE_OK)
		return unreadable(p);
	sqlite3_bind_text(st, 1, "meta", -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW) {
		has = strcmp(text(st, 0), "table") == 0 && strncmp(text(st, 2), table_sql, sizeof table_sql - 1) == 0;
		if (!has)
			refuse(p, st, "is not made as nfqd makes it");
	} else {
		has = false;
		snprintf(p->why, p->why_size,
		         "%s: cannot be read as a database of nfqd or pcapmon: no such table: meta", p->store->path);
	}
	sqlite3_finalize(st);
	return has;
}

/* schema_name. */
static bool
read_name(const struct place *p, char name[SCHEMA_NAME])
{
	int64_t objects = store_ask_int(p->store, "SELECT count(*) FROM sqlite_schema");
	sqlite3_stmt *st;
	bool found;

	name[0] = '\0';
	if (objects < 0)
		return unreadable(p);
	if (objects == 0)
		return true;
	if (!has_meta(p))
		return false;
	if (sqlite3_prepare_v2(p->store->db, "SELECT value FROM meta WHERE key = 'schema'", -1, &st, NULL) != SQLITE_OK)
		return unreadable(p);
	found = sqlite3_step(st) == SQLITE_ROW;
	if (found)
		snprintf(name, SCHEMA_NAME, "%s", text(st, 0));
	else
		unreadable(p);
	sqlite3_finalize(st);
	return found;
}

/* The schema version of the file, at most the program's. -1: the program cannot use it. */
static int
version_of(const struct place *p, const struct schema *schema)
{
	char name[SCHEMA_NAME], safe[4 * SCHEMA_NAME + 1];
	int64_t version;

	if (!read_name(p, name))
		return -1;
	version = store_ask_int(p->store, "PRAGMA user_version");
	if (name[0] != '\0' && strcmp(name, schema->name) != 0)
		snprintf(p->why, p->why_size, "%s: holds %s rows, expected %s rows", p->store->path,
		         text_safe(name, false, safe, sizeof safe), schema->name);
	else if (version < 0 || (version == 0) != (name[0] == '\0')) /* no step leads on from it */
		snprintf(p->why, p->why_size, "%s: schema version %d is none of nfqd's", p->store->path, (int)version);
	else if (version > schema->version)
		snprintf(p->why, p->why_size, "%s: schema version %d is newer than this program's %d: upgrade nfqd",
		         p->store->path, (int)version, schema->version);
	else if (is_ours(p, schema, (int)version))
		return (int)version;
	return -1;
}

bool
schema_name(struct store *s, char name[SCHEMA_NAME], char *why, size_t why_size)
{
	return read_name(&(struct place){s, why, why_size}, name);
}

bool
schema_is_current(struct store *s, const struct schema *schema, char *why, size_t why_size)
{
	int version = version_of(&(struct place){s, why, why_size}, schema);

	if (version >= 0 && version < schema->version)
		snprintf(why, why_size, "%s: schema version %d is older than this program's %d: start its writer once",
		         s->path, version, schema->version);
	return version == schema->version;
}

bool
schema_bring_up(struct store *s, const struct schema *schema, char *why, size_t why_size)
{
	int version = version_of(&(struct place){s, why, why_size}, schema);
	char sql[128];

	if (version < 0)
		return false;
	guard_no_work(s);
	if (version == schema->version)
		return true;
	if (!store_begin(s))
		goto failed;
	for (int step = version; step < schema->version; step++)
		if (!store_run(s, schema->steps[step]))
			goto failed;
	snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO meta VALUES ('schema', '%s'); PRAGMA user_version = %d",
	         schema->name, schema->version);
	if (!store_run(s, sql) || !store_commit(s))
		goto failed;
	return true;
failed:
	snprintf(why, why_size, "%s: cannot bring the schema to version %d: %s", s->path, schema->version,
	         store_error(s));
	store_rollback(s);
	return false;
}
