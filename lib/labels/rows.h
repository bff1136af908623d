/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_rows: the rows of a minute in the order in which they are judged: by host, then by first attempt. Of the
 * gate's rows, those that the policy allows come first (a row of pcapmon holds both). Both databases give the same
 * rows. */
#ifndef JUDGING_ROWS_H
#define JUDGING_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "learned.h"
#include "lib/store/store.h"

struct judging_row {
	struct addr host;
	struct judge_row row; /* all attempts, allowed or not; `listed` and `raw` are not filled in */
	uint64_t listed;      /* of the attempts: those that the policy allows */
	bool forbidden;       /* the destination is closed to all */
};

struct judging_rows;
struct table;

/* `wire`: the rows are pcapmon's, else the gate's. NULL with store_error, or if memory is short. The store must outlive
 * it. */
struct judging_rows *judging_rows_new(struct store *store, bool wire);
void judging_rows_free(struct judging_rows *r); /* accepts NULL */
/* The names of destinations are those that `names` has, not the rows' own. It must outlive the rows. */
void judging_rows_learn(struct judging_rows *r, struct learned *names);
/* Passes over the rows of hosts that are not in this map of struct addr. NULL: over none. */
void judging_rows_only(struct judging_rows *r, const struct table *hosts);
/* The first minute from `from` on that has rows, of years 1970 to 9999; `end` if that is not before `end`. False: the
 * store failed. */
bool judging_rows_minute(struct judging_rows *r, int64_t from, int64_t end, int64_t *minute);
/* Starts the minute at the first host whose bytes are not below `next`. */
void judging_rows_begin(struct judging_rows *r, int64_t minute, const uint8_t *next, size_t next_size);
/* 1: *out is the next row whose host is an address; 0: there is none; -1: the store failed. */
int judging_rows_next(struct judging_rows *r, struct judging_row *out);
void judging_rows_end(struct judging_rows *r); /* ends the minute, complete or not */
/* The host's SYNs in the minute: the attempts that no operating system makes; the kinds of systems, and the clocks,
 * that alternated in the hour up to the minute, and their number (0 or at least 2). Cheapest in the order of the rows.
 * False: the store failed. */
bool judging_rows_raw(struct judging_rows *r, const struct addr *host, uint64_t *attempts);
bool judging_rows_stacks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                         size_t *count);
bool judging_rows_clocks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                         size_t *count);

#endif
