/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prune: the limits `keep` and `max-size` of a database. Old minutes become rows of `hour`, and where that is not
 * enough the oldest hours are deleted.
 *
 * It works in small steps, each a transaction of its own, between the writer's ticks. A step ends when its time is
 * over, and every row is in `attempt` or in `hour` at any moment, never in both and never in neither (roll.h). */
#ifndef PRUNE_H
#define PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "common.h"
#include "heads.h"
#include "lib/base/time_left.h"
#include "roll.h"

#define PRUNE_ROWS (ROLL_PIECES * ROLL_PIECE) /* that a step moves or deletes, at most */
#define PRUNE_TABLES 6                        /* derived from minutes */

/* 0 switches either off. */
struct prune_limits {
	int64_t keep;      /* microseconds: older minutes become hours */
	uint64_t max_size; /* bytes of the file and its log; above, the oldest day of minutes goes first, hours last */
};

enum prune_phase {
	PRUNE_IDLE,
	PRUNE_ROLL,    /* minutes before `end` into hours */
	PRUNE_CLEAR,   /* rows derived from them */
	PRUNE_SIZE,    /* decides what goes next */
	PRUNE_DEVICES, /* MAC addresses of hosts that have too many */
	PRUNE_HOURS,   /* hours before `end` */
	PRUNE_SHRINK   /* the file */
};

struct prune {
	struct common_rows *rows;
	struct statement *drop_hours, *drop_changes, *drop_devices, *last_device, *deleted;
	struct statement *clear[PRUNE_TABLES];
	struct roll roll;
	enum prune_phase phase;
	int64_t end;               /* minute, the first of an hour */
	unsigned int table;        /* of clear[] */
	bool devices_done;         /* in this round */
	struct heads_place device; /* where hosts with devices continue */
	int shrunk;                /* pages, in this round */
};

/* `rows` must be prepared, and outlive it. False: see store_error. */
bool prune_prepare(struct prune *p, struct common_rows *rows);
/* One step of a round at `now` in microseconds; the first begins the round, about once a minute. It goes on while
 * `time` is left, PRUNE_ROWS at most, and at least for some 10 ms (ROLL_PIECE). *more: the round goes on. False:
 * nothing of the step is stored, and the next one begins a round; see store_error. */
bool prune_step(struct prune *p, const struct prune_limits *l, int64_t now, const struct time_left *time, bool *more);

#endif
