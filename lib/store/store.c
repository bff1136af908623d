/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database as a file. Opening for writing runs the missing steps of the schema in one transaction. */
#include "handle.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "schema.h"

#define BUSY_WAIT 100 /* milliseconds */
#define PATH 4096

const char *
store_error(const struct store *s)
{
	if (guard_exceeded(s))
		return "reading takes more work than a file of its size can need: it is damaged, or not nfqd's";
	return sqlite3_errmsg(s->db);
}

bool
store_run(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool
store_begin(struct store *s)
{
	return store_run(s, "BEGIN IMMEDIATE");
}

bool
store_commit(struct store *s)
{
	return store_run(s, "COMMIT");
}

void
store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		store_run(s, "ROLLBACK");
}

int64_t
store_ask_int(struct store *s, const char *sql)
{
	sqlite3_stmt *st;
	int64_t answer = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		answer = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return answer;
}

/* The path as a URI: a file that nobody writes to. */
static void
immutable_uri(const char *path, char *uri)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";

	uri += sprintf(uri, "file:");
	for (const char *p = path; *p != '\0'; p++)
		uri += sprintf(uri, strchr(plain, *p) != NULL ? "%c" : "%%%02X", (unsigned char)*p);
	sprintf(uri, "?immutable=1");
}

/* With SQLITE_OPEN_URI, as immutable. "": a temporary file. */
static struct store *
open_file(const char *path, int flags, char *why, size_t why_size)
{
	struct store *s = calloc(1, sizeof *s);
	char uri[3 * PATH + 32];

	if (s == NULL || (s->path = strdup(path)) == NULL || strlen(path) >= PATH) {
		snprintf(why, why_size, "%.400s: %s", path,
		         s != NULL && s->path != NULL ? "name too long" : "out of memory");
		store_close(s);
		return NULL;
	}
	guard_files();
	immutable_uri(path, uri);
	if (sqlite3_open_v2(flags & SQLITE_OPEN_URI ? uri : path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		snprintf(why, why_size, "%s: %s", path, s->db != NULL ? store_error(s) : "out of memory");
		store_close(s);
		return NULL;
	}
	sqlite3_busy_timeout(s->db, BUSY_WAIT);
	guard_connection(s);
	if (store_run(s, "PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0"))
		return s;
	snprintf(why, why_size, "%s: %s", path, store_error(s));
	store_close(s);
	return NULL;
}

/* Other programs must find no file or a complete one, so a new file is made under another name. A log next to a missing
 * file belongs to another database and must not be used as the new one's. False: the reason is in `why`. */
static bool
make_file(const char *path, const struct schema *schema, char *why, size_t why_size)
{
	char fresh[4096 + 8], name[4096 + 32];
	struct stat there;
	struct store *s;
	bool ok;

	if (lstat(path, &there) == 0 || errno != ENOENT || snprintf(fresh, sizeof fresh, "%s.new", path) >= 4096)
		return true;
	for (size_t i = 0; i < STORE_FILES; i++) {
		snprintf(name, sizeof name, "%s%s", fresh, store_files[i]);
		unlink(name);
	}
	if ((s = open_file(fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why, why_size)) == NULL)
		return false;
	ok = store_run(s, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
	if (!ok)
		snprintf(why, why_size, "%s: %s", path, store_error(s));
	ok = ok && schema_bring_up(s, schema, why, why_size);
	store_close(s);
	for (size_t i = 1; ok && i < STORE_FILES; i++) {
		snprintf(name, sizeof name, "%s%s", path, store_files[i]);
		unlink(name);
	}
	if (ok && rename(fresh, path) != 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		ok = false;
	}
	if (!ok)
		unlink(fresh);
	return ok;
}

struct store *
store_open(const char *path, const struct schema *schema, char *why, size_t why_size)
{
	struct store *s;

	if (!guard_path(path, why, why_size) || !make_file(path, schema, why, why_size) ||
	    (s = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why, why_size)) == NULL)
		return NULL;
	/* auto_vacuum must be set before the first table. FULL: committed rows survive a power cut, at one fsync per
	 * transaction, that is, one a second. The current minute of all hosts fits into 16 MiB; it moves from the log
	 * into the file a few times, not every second. */
	if (!store_run(s, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	                  "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384") ||
	    !store_limit_log(s, STORE_LOG)) {
		snprintf(why, why_size, "%s: %s", path, store_error(s));
	} else if (schema_bring_up(s, schema, why, why_size)) {
		if (stat(path, &s->file) == 0)
			return s;
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	}
	store_close(s);
	return NULL;
}

/* stat through SQLite's own descriptor: closing another one would release this one's locks. */
static bool
begins_like_a_database(struct store *s)
{
	sqlite3_file *file = NULL;
	char begin[sizeof store_magic];

	return sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file != NULL &&
	       file->pMethods != NULL && file->pMethods->xRead(file, begin, sizeof begin, 0) == SQLITE_OK &&
	       memcmp(begin, store_magic, sizeof store_magic) == 0;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

enum store_file
store_file_state(struct store *s)
{
	char wal[4096 + 8];
	struct stat now;
	int error = sqlite3_errcode(s->db) & 0xff;

	if (error == SQLITE_CORRUPT || error == SQLITE_NOTADB)
		return STORE_DAMAGED;
	if (stat(s->path, &now) != 0)
		return errno == ENOENT || errno == ENOTDIR ? STORE_GONE : STORE_KEPT;
	if (!same_file(&now, &s->file))
		return STORE_REPLACED;
	snprintf(wal, sizeof wal, "%s-wal", s->path);
	if (s->wal.st_ino == 0)
		(void)!stat(wal, &s->wal);
	else if (stat(wal, &now) != 0 || !same_file(&now, &s->wal))
		return begins_like_a_database(s) ? STORE_LOGLESS : STORE_DAMAGED;
	return begins_like_a_database(s) ? STORE_KEPT : STORE_DAMAGED;
}

/* The log of the abandoned file must not be used as that of the file now at the path. */
static void
remove_own_log(const char *path, const struct stat *own)
{
	char name[4096 + 8];
	struct stat now;

	snprintf(name, sizeof name, "%s-wal", path);
	if (stat(name, &now) != 0 || !same_file(&now, own))
		return;
	unlink(name);
	snprintf(name, sizeof name, "%s-shm", path); /* its index */
	unlink(name);
}

bool
store_leave(struct store *s)
{
	bool settled;

	store_rollback(s);
	settled = begins_like_a_database(s) && store_settle(s);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (settled)
		remove_own_log(s->path, &s->wal);
	store_close(s);
	return settled;
}

static bool
has_log(const char *path)
{
	char wal[PATH + 8];
	struct stat st;

	snprintf(wal, sizeof wal, "%s-wal", path);
	return stat(wal, &st) == 0 && st.st_size > 0;
}

bool
store_without_log(const struct store *s)
{
	return !s->had_log && !has_log(s->path);
}

bool
store_settle(struct store *s)
{
	int frames = 0, done = -1;

	return sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &done) == SQLITE_OK &&
	       frames == done;
}

/* A user who may not write to the directory cannot use the WAL. Without a WAL nobody is writing and the file is
 * complete: then it is read as immutable (sqlite.org/wal.html, "Read-only databases"). */
static struct store *
open_reader(const char *path, char *why, size_t why_size)
{
	struct store *s = NULL;
	char wal[PATH + 8];

	if (guard_path(path, why, why_size))
		s = open_file(path, SQLITE_OPEN_READONLY, why, why_size);
	if (s == NULL || store_ask_int(s, "SELECT count(*) FROM sqlite_schema") >= 0)
		return s;
	snprintf(wal, sizeof wal, "%s-wal", path);
	if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_READONLY && (sqlite3_errcode(s->db) & 0xff) != SQLITE_CANTOPEN)
		return s;
	if (access(wal, F_OK) == 0)
		return s;
	store_close(s);
	return open_file(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, why, why_size);
}

struct store *
store_open_readonly(const char *path, const struct schema *schema, char *why, size_t why_size)
{
	bool log = has_log(path);
	struct store *s = open_reader(path, why, why_size);

	if (s == NULL)
		return NULL;
	s->had_log = log;
	if (!store_run(s, "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY"))
		snprintf(why, why_size, "%s: %s", path, store_error(s));
	else if (schema_is_current(s, schema, why, why_size))
		return s;
	store_close(s);
	return NULL;
}

struct store *
store_scratch(const struct schema *schema)
{
	char why[256];
	struct store *s = open_file("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why, sizeof why);

	if (s == NULL)
		return NULL;
	guard_no_work(s);
	if (store_run(s, "PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -65536") &&
	    (schema == NULL || schema_bring_up(s, schema, why, sizeof why)))
		return s;
	store_close(s);
	return NULL;
}

const struct schema *
store_schema_of(const char *path, char *why, size_t why_size)
{
	static const struct schema *const known[] = {&schema_gate, &schema_wire};
	const struct schema *schema = NULL;
	struct store *s = open_reader(path, why, why_size);
	char name[SCHEMA_NAME];

	if (s == NULL)
		return NULL;
	if (schema_name(s, name, why, why_size)) {
		for (size_t n = 0; n < sizeof known / sizeof *known; n++)
			if (strcmp(known[n]->name, name) == 0)
				schema = known[n];
		if (schema == NULL)
			snprintf(why, why_size, "%s: not a database of nfqd or pcapmon", path);
	}
	store_close(s);
	return schema;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < s->count; i++)
		sqlite3_finalize(s->statement[i].st);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}
