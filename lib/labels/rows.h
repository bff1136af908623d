/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_rows: what a database has on a minute, in the one order in which it is judged: by host, and of a host by
 * first attempt; of the gate's rows, what the policy lets comes before that (pcapmon's have both in one row). Whichever
 * of the two databases it is, the rows look the same. */
#ifndef JUDGING_ROWS_H
#define JUDGING_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/store/store.h"

struct judging_row {
	struct addr host;
	struct judge_row
	        row;     /* all attempts, whether the policy lets them or not; `listed` and `raw` are not filled in */
	uint64_t listed; /* of the attempts: those that the policy lets */
	bool forbidden;  /* the destination decided, which nobody reaches */
};

struct judging_rows;

/* `wire`: the rows are pcapmon's, else the gate's. NULL with store_error, or if memory is short. The store must outlive
 * it. */
struct judging_rows *judging_rows_new(struct store *store, bool wire);
void judging_rows_free(struct judging_rows *r); /* accepts NULL */
/* The first minute from `from` on that has rows, of years 1970 to 9999; `end` if that is not before `end`. False: the
 * store failed. */
bool judging_rows_minute(struct judging_rows *r, int64_t from, int64_t end, int64_t *minute);
/* Begins with the minute's hosts from these bytes on. */
void judging_rows_begin(struct judging_rows *r, int64_t minute, const uint8_t *next, size_t next_size);
/* 1: *out is the next row whose host is an address; 0: there is none; -1: the store failed. */
int judging_rows_next(struct judging_rows *r, struct judging_row *out);
void judging_rows_end(struct judging_rows *r); /* leaves the minute before its end */
/* How the host's SYNs of the minute look: attempts that no operating system makes; and the kinds of systems, and the
 * clocks, that took turns in the hour up to the minute, how many: fewer than two are none. Cheapest in the order of the
 * rows. False: the store failed. */
bool judging_rows_raw(struct judging_rows *r, const struct addr *host, uint64_t *attempts);
bool judging_rows_stacks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                         size_t *count);
bool judging_rows_clocks(struct judging_rows *r, const struct addr *host, struct stack_turns turns[STACKS_MOST],
                         size_t *count);

#endif
