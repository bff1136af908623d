/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: SQLite behind a small door. It knows files, schema versions, transactions and values, and nothing of
 * what the rows mean: the statements stand with those who own the rows (nfqd/gate_rows.c, nfqd/query.c,
 * pcapmon/wire_rows.c).
 *
 * Functions that can fail return false and leave the reason in store_error(). Nothing here logs. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct store;
struct statement;

/* The embedded .sql files of one database, oldest first: schema[n] takes version n to version n + 1. */
struct schema {
	const char *name; /* "gate" or "wire": stands in the file's own meta table */
	const char *const *steps;
	int version; /* how many steps there are */
};
extern const struct schema schema_gate, schema_wire; /* generated from schema/ by make */

/* Opens for writing: WAL, creates the file (which nobody sees before it is whole), brings an older schema up to date in
 * one transaction; a newer one is refused. NULL on error, with the reason (naming the file) in `why`. */
struct store *store_open(const char *path, const struct schema *schema, char *why, size_t why_size);
/* Opens read-only; the file must exist and be of schema `name` and of a known version. */
struct store *store_open_readonly(const char *path, const struct schema *schema, char *why, size_t why_size);
/* An empty one of this schema (or NULL: without tables) that nobody else sees, in memory and, as it grows, in a
 * temporary file without a name. NULL if memory is short. */
struct store *store_scratch(const struct schema *schema);
/* The schema that an existing file says it is of; NULL on error. */
const struct schema *store_schema_of(const char *path, char *why, size_t why_size);
void store_close(struct store *s); /* accepts NULL; finalises every statement of its own */
const char *store_error(const struct store *s);

/* What has become of the file since it was opened; cheap. Ask before store_rollback: an error says it, too. */
enum store_fate {
	STORE_KEPT,
	STORE_GONE,     /* the path leads nowhere: deleted, or renamed away */
	STORE_REPLACED, /* the path leads to another file */
	STORE_DAMAGED,  /* written over, or SQLite found it malformed */
	STORE_LOGLESS,  /* its write-ahead log is gone, so that others do not see what is written */
};
enum store_fate store_fate(struct store *s);
/* Closes a store whose file is not kept, and leaves alone whatever lies at its path now. True: the file, wherever it
 * is, has all that was committed. */
bool store_leave(struct store *s);
/* Moves what lies at a path, and its write-ahead log, to PATH.damaged-TIME, whose name goes to `to`. Nothing in this
 * process may have it open. True if nothing lies there, too (`to` is then ""). False with errno set. */
bool store_set_aside(const char *path, int64_t now, char *to, size_t size);
extern const char store_magic[16]; /* what an SQLite database begins with */
/* Whether a file lies there that is no SQLite database. Nothing in this process may have it open. */
bool store_is_garbage(const char *path);

bool store_begin(struct store *s);  /* takes the write lock; waits at most 100 ms for another's */
bool store_commit(struct store *s); /* false: nothing of the transaction is stored; roll back */
void store_rollback(struct store *s);
bool store_run(struct store *s, const char *sql); /* statements without values or rows */
int64_t store_size(struct store *s);              /* bytes in use in the main file */
bool store_shrink(struct store *s, int pages);    /* gives free pages back to the file system */

/* Owned by the store, closed with it. NULL on error. */
struct statement *store_prepare(struct store *s, const char *sql);
/* Values are bound from 1 and stay until bound again. */
void bind_int(struct statement *st, int n, int64_t v);
void bind_real(struct statement *st, int n, double v);
void bind_text(struct statement *st, int n, const char *text); /* NULL binds NULL; copied */
void bind_blob(struct statement *st, int n, const void *bytes, size_t size);
void bind_addr(struct statement *st, int n, const struct addr *a); /* 4 or 16 bytes; none: empty blob */
/* 1: a row is there; 0: done; -1: error. After 0 or -1 the statement is ready for another run. */
int store_step(struct statement *st);
void store_reset(struct statement *st); /* leaves off before the last row */
/* Columns count from 0. */
int64_t column_int(struct statement *st, int n);    /* NULL reads as 0 */
uint64_t column_count(struct statement *st, int n); /* what is less than nothing reads as 0 */
double column_real(struct statement *st, int n);
bool column_null(struct statement *st, int n);
const char *column_text(struct statement *st, int n);                    /* "" for NULL; valid until the next step */
size_t column_blob(struct statement *st, int n, void *out, size_t size); /* bytes copied */
const uint8_t *column_bytes(struct statement *st, int n, size_t *size);  /* NULL for none; valid until the next step */
struct addr column_addr(struct statement *st, int n);

#endif
