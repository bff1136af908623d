/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: statements, bound values, columns. */
#include "handle.h"

#include <string.h>

struct statement *
store_prepare(struct store *s, const char *sql)
{
	struct statement *st;

	if (s->count == STORE_STATEMENTS)
		return NULL;
	st = &s->statement[s->count];
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->st, NULL) != SQLITE_OK)
		return NULL;
	st->store = s;
	st->steps = 0;
	s->count++;
	return st;
}

bool
store_prepare_all(struct store *s, const struct statement_text *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((*all[i].to = store_prepare(s, all[i].sql)) == NULL)
			return false;
	return true;
}

void
bind_int(struct statement *st, int n, int64_t v)
{
	sqlite3_bind_int64(st->st, n, v);
}

void
bind_real(struct statement *st, int n, double v)
{
	sqlite3_bind_double(st->st, n, v);
}

void
bind_text(struct statement *st, int n, const char *text)
{
	sqlite3_bind_text(st->st, n, text, -1, SQLITE_TRANSIENT);
}

void
bind_blob(struct statement *st, int n, const void *bytes, size_t size)
{
	if (size == 0)
		sqlite3_bind_zeroblob(st->st, n, 0);
	else
		sqlite3_bind_blob(st->st, n, bytes, (int)size, SQLITE_TRANSIENT);
}

void
bind_addr(struct statement *st, int n, const struct addr *a)
{
	bind_blob(st, n, a->bytes, addr_size(a));
}

int
store_step(struct statement *st)
{
	int rc;

	if (!sqlite3_stmt_busy(st->st))
		st->steps = 0;
	st->store->running = st;
	rc = sqlite3_step(st->st);
	st->store->running = NULL;
	if (rc == SQLITE_ROW)
		return 1;
	sqlite3_reset(st->st);
	return rc == SQLITE_DONE ? 0 : -1;
}

void
store_reset(struct statement *st)
{
	sqlite3_reset(st->st);
}

int64_t
column_int(struct statement *st, int n)
{
	return sqlite3_column_int64(st->st, n);
}

uint64_t
column_count(struct statement *st, int n)
{
	int64_t v = column_int(st, n);

	return v > 0 ? (uint64_t)v : 0;
}

double
column_real(struct statement *st, int n)
{
	return sqlite3_column_double(st->st, n);
}

bool
column_null(struct statement *st, int n)
{
	return sqlite3_column_type(st->st, n) == SQLITE_NULL;
}

const char *
column_text(struct statement *st, int n)
{
	const unsigned char *text = sqlite3_column_text(st->st, n);

	if (sqlite3_column_bytes(st->st, n) > STORE_TEXT)
		return "(too long)";
	return text != NULL ? (const char *)text : "";
}

size_t
column_blob(struct statement *st, int n, void *out, size_t size)
{
	const void *bytes = sqlite3_column_blob(st->st, n);
	size_t have = (size_t)sqlite3_column_bytes(st->st, n);

	if (bytes == NULL)
		return 0;
	if (have > size)
		have = size;
	memcpy(out, bytes, have);
	return have;
}

const uint8_t *
column_bytes(struct statement *st, int n, size_t *size)
{
	const uint8_t *bytes = sqlite3_column_blob(st->st, n);

	*size = (size_t)sqlite3_column_bytes(st->st, n);
	return bytes;
}

struct addr
column_addr(struct statement *st, int n)
{
	uint8_t bytes[16 + 1]; /* longer blobs are not addresses */
	size_t size = column_blob(st, n, bytes, sizeof bytes);
	struct addr none = {0};

	return size == 4 ? addr_v4(bytes) : size == 16 ? addr_v6(bytes) : none;
}
