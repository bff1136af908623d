/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: thin wrapper around SQLite. It handles files, schema versions, transactions and values, not the meaning of
 * rows: statements belong to the modules that own the rows (nfqd/record/gate_rows.c, nfqd/query/query.c,
 * pcapmon/record/wire_rows.c).
 *
 * A file may come from anywhere. It must be a regular one, under no link, with our objects and no others; values, and
 * the work of reading, have limits (schema.c, guard.c).
 *
 * Functions return false on failure; the reason is in store_error(). Nothing here logs. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define STORE_TEXT 16384 /* bytes of a text that is read, at most */

struct store;
struct statement;

/* The embedded .sql files of one database, oldest first: schema[n] takes version n to version n + 1. */
struct schema {
	const char *name; /* "gate" or "wire", as stored in the meta table */
	const char *const *steps;
	int version; /* number of steps */
};
extern const struct schema schema_gate, schema_wire; /* generated from schema/ by make */

/* Opens for writing in WAL mode. Creates the file (visible only once complete); upgrades an older schema in one
 * transaction; refuses a newer one. NULL on error, with the reason and the file in `why`. */
struct store *store_open(const char *path, const struct schema *schema, char *why, size_t why_size);
/* Opens read-only; the file must exist and have this schema in a known version. */
struct store *store_open_readonly(const char *path, const struct schema *schema, char *why, size_t why_size);
/* A private, empty database of this schema (NULL: no tables), in memory and, as it grows, in an unnamed temporary file.
 * NULL if out of memory. */
struct store *store_scratch(const struct schema *schema);
/* The schema of an existing file; NULL on error. */
const struct schema *store_schema_of(const char *path, char *why, size_t why_size);
void store_close(struct store *s); /* accepts NULL; finalizes its statements */
/* True if the file has no write-ahead log, or an empty one, as a copy of the main file alone: of a store that was
 * opened for reading, which may itself have made an empty one. */
bool store_without_log(const struct store *s);
/* Copies the log into the main file, and waits for the disk. False: not all of it, as a reader needs the rest. */
bool store_settle(struct store *s);
const char *store_error(const struct store *s);

/* The state of the file since it was opened; cheap. Call before store_rollback, since errors are considered, too. */
enum store_file {
	STORE_KEPT,
	STORE_GONE,     /* no file at the path: deleted, or renamed */
	STORE_REPLACED, /* another file is at the path */
	STORE_DAMAGED,  /* written over, or SQLite found it malformed */
	STORE_LOGLESS,  /* its write-ahead log was deleted: readers do not see new rows */
};
enum store_file store_file_state(struct store *s);
/* Closes a store whose file is lost, without touching the file now at its path. True: the lost file, wherever it is,
 * has everything that was committed. */
bool store_leave(struct store *s);
/* Renames the file at a path, and its write-ahead log, to PATH.damaged-TIME, stored in `to`. Nothing in this process
 * may have it open. Also true if there is no file (`to` is then ""). False with errno set. */
bool store_set_aside(const char *path, int64_t now, char *to, size_t size);
extern const char store_magic[16]; /* the first bytes of an SQLite database */
/* True if there is a file that is no SQLite database. Nothing in this process may have it open. */
bool store_is_garbage(const char *path);

bool store_begin(struct store *s);  /* takes the write lock; waits at most 100 ms for it */
bool store_commit(struct store *s); /* false: nothing was stored; call store_rollback */
void store_rollback(struct store *s);
bool store_run(struct store *s, const char *sql); /* statements without values or rows */
int64_t store_changes(struct store *s);           /* rows that the last finished statement has changed */
int64_t store_size(struct store *s);              /* bytes in use in the main file */
/* The write-ahead log goes into the main file when it has that many bytes, and is cut back to them where a long reader
 * or a large transaction made it longer. STORE_LOG unless it is called. */
#define STORE_LOG (INT64_C(32) << 20)
bool store_limit_log(struct store *s, int64_t bytes);
int64_t store_spare(struct store *s);          /* pages of the main file that are free */
bool store_shrink(struct store *s, int pages); /* returns free pages to the file system */

/* Owned by the store, closed with it. NULL on error. */
struct statement *store_prepare(struct store *s, const char *sql);
/* Prepares several. False: one cannot be prepared. */
struct statement_text {
	struct statement **to;
	const char *sql;
};
bool store_prepare_all(struct store *s, const struct statement_text *all, size_t count);
/* Values are bound from 1 and stay until bound again. */
void bind_int(struct statement *st, int n, int64_t v);
void bind_real(struct statement *st, int n, double v);
void bind_text(struct statement *st, int n, const char *text); /* NULL binds NULL; copied */
void bind_blob(struct statement *st, int n, const void *bytes, size_t size);
void bind_addr(struct statement *st, int n, const struct addr *a); /* 4 or 16 bytes; none: empty blob */
/* 1: a row is there; 0: done; -1: error. After 0 or -1 the statement is ready for another run. */
int store_step(struct statement *st);
void store_reset(struct statement *st); /* ends a run before its last row */
/* Columns count from 0. */
int64_t column_int(struct statement *st, int n);    /* NULL reads as 0 */
uint64_t column_count(struct statement *st, int n); /* negative numbers read as 0 */
double column_real(struct statement *st, int n);
bool column_null(struct statement *st, int n);
const char *column_text(struct statement *st, int n); /* "" for NULL, "(too long)"; valid until the next step */
size_t column_blob(struct statement *st, int n, void *out, size_t size); /* bytes copied */
const uint8_t *column_bytes(struct statement *st, int n, size_t *size);  /* NULL for none; valid until the next step */
struct addr column_addr(struct statement *st, int n);

#endif
