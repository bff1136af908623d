/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow: a merge join by host. For hosts that arrive in byte order, the rows of another table are read along in one
 * pass instead of by a query per host. Other orders work, but slower. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#include "store.h"

struct follow {
	/* ?1 is the first host to read; the first column is the host, and the rows are ordered by it. Bind other values
	 * before follow_to; call follow_end before binding them again. */
	struct statement *st;
	bool begun, done;         /* running since `from`; no more rows */
	struct addr from, stands; /* `stands`: host of the current row */
};

/* Return 1 if the statement is at a row of the host, 0 if there is none, -1 on an error of the store. */
int follow_to(struct follow *f, const struct addr *host);   /* the first row */
int follow_next(struct follow *f, const struct addr *host); /* after a 1: the next row */
/* Resets the statement. Rows written since follow_to are visible only after this. */
void follow_end(struct follow *f);

#endif
