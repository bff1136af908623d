/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cursor: the rows of one table of one database, ordered by time. */
#ifndef CURSOR_H
#define CURSOR_H

#include "query.h"

enum cursor_kind {
	CURSOR_MINUTES, /* minutes outside sealed hours */
	CURSOR_HOURS,   /* hours whose minutes were pruned */
	CURSOR_SEALED,  /* sealed hours, read from their sums */
	CURSOR_KINDS
};

/* The hours that are read from their sums, in order. */
struct hours {
	int64_t *hour;
	size_t count;
};

struct statement;
struct stream;

struct cursor {
	enum cursor_kind kind;
	const struct source *source;
	const struct query *query;
	const struct hours *sealed;
	struct statement *st;
	bool open;    /* st is at rows of [from, from of the next span) */
	size_t next;  /* of the sealed hours */
	int64_t from; /* the next minute or hour to read */
	bool damaged; /* the sums of an hour cannot be read */
	bool there;   /* row is valid */
	struct row row;
	/* Consecutive sealed hours are read in parallel, so that the rows of a host come together. */
	struct stream *streams;
	size_t stream_count, stream;
	struct addr host; /* the current host */
};

/* The column's time, limited to 1970..9999. */
int64_t column_time(struct statement *st, int n);

/* Prepares a statement and goes to the first row. All pointers must outlive the cursor. False on an error: see
 * store_error unless `damaged`. Rows are those of query->host if there is one. */
bool cursor_open(struct cursor *c, enum cursor_kind kind, const struct source *source, const struct query *q,
                 const struct hours *sealed);
bool cursor_next(struct cursor *c);
bool cursor_again(struct cursor *c); /* from the first row on, for the host that the query names now */
void cursor_close(struct cursor *c); /* the statement stays the store's */

#endif
