/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roll: minutes that become rows of `hour`, oldest hour first, for prune.c. At any moment each row is in `attempt` or
 * in `hour`, and a report finds as many destinations in both together as there were. */
#ifndef ROLL_H
#define ROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "common.h"
#include "heads.h"
#include "lib/base/time_left.h"

#define ROLL_PIECE 1024 /* rows between two looks at the time, about: some 10 ms */
#define ROLL_PIECES 4   /* in a step, at most */

struct roll {
	struct common_rows *rows;
	struct statement *hosts, *slice, *peaks, *slice_end, *drop_hosts, *drop_slice, *drop_minute, *note, *noted;
	struct heads heads;
	int64_t hour;            /* being rolled up; -1: none */
	struct heads_place next; /* where its hosts continue */
	bool stuck;              /* the oldest minute cannot be deleted: the round ends */
	/* A host with more rows in the hour than a piece goes by its destinations; family 0: none does. */
	struct roll_busy {
		struct addr host;
		int minutes;             /* in which it has rows */
		int peaks;               /* minutes whose peak is in the hour */
		bool begun;              /* some of its destinations are there ... */
		struct heads_place from; /* ... those before this one */
	} busy;
};

/* `rows` must be prepared, and outlive it. False: see store_error. */
bool roll_prepare(struct roll *r, struct common_rows *rows);
void roll_begin(struct roll *r); /* a round; also after a step that has failed */
/* A transaction: a piece, and others while time is left, ROLL_PIECES at most. *more: minutes before `end` are left.
 * False: nothing of the step is stored after store_rollback; see store_error. */
bool roll_step(struct roll *r, int64_t end, const struct time_left *time, bool *more);

#endif
