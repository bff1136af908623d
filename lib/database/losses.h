/* SPDX-License-Identifier: GPL-3.0-or-later */
/* losses: the tables gap and journal, which do not grow without end. No gap is forgotten: a gap that continues the last
 * one of its cause extends it, and the oldest ones become one a day. Of the journal the newest lines stay. Functions
 * return false on an error, see store_error. */
#ifndef LOSSES_H
#define LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/store/store.h"

#define MISSING_UNKNOWN (-1) /* unknown number of missing attempts */
#define LOSSES_GAPS 10000    /* rows, more or less */
#define LOSSES_LINES 100000

struct losses {
	struct store *store;
	struct statement *add_gap, *last_gap, *extend_gap, *too_many, *merge_gaps, *delete_gaps;
	struct statement *add_line, *delete_lines;
};

bool losses_prepare(struct losses *l, struct store *s);
/* Inside a transaction. */
bool losses_put_gap(struct losses *l, int64_t since, int64_t until, const char *cause, int64_t missing);
bool losses_put_line(struct losses *l, int64_t at, const char *what, const char *text);
/* In a transaction of its own, some thousand rows at a time; about once a minute. */
bool losses_bound(struct losses *l);

#endif
