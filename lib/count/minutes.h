/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minutes: counts the traffic of hosts in one row per minute, host, destination, port, verdict and reason.
 *
 * Counts stay exact while rows stay bounded: the first MINUTE_DESTINATIONS destinations that a host opens to in a
 * minute have rows of their own; once all hosts together have MINUTE_PAIRS in the minute, only the first MINUTE_LEAST.
 * The rest share one row whose destination is "no address", with an estimate of how many destinations it stands for
 * (linear counting, Whang et al. 1990, 256 bits). Retransmissions and answers change neither the row of an attempt nor
 * the times of attempts: MINUTE_OTHERS further rows are for destinations that have nothing else in the minute, and the
 * estimate of the shared row does not count them. Bounded and without allocation after minutes_new. */
#ifndef MINUTES_H
#define MINUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define MINUTE_DESTINATIONS 2048
#define MINUTE_LEAST 32
#define MINUTE_PAIRS 131072 /* of a host and a destination: 2,184 a second */
#define MINUTE_OTHERS 8
#define MINUTE_COUNTS 8

struct minute_key {
	int64_t minute; /* minutes since the epoch, when_floor(when, MINUTE) */
	struct addr host, destination;
	uint16_t port;
	uint8_t verdict, reason; /* both 0 where there is no gate */
};

struct minute_row {
	struct minute_key key;
	int64_t first, last;           /* microseconds; of what was added since the last clear */
	int64_t begun, ended;          /* ... of the attempts alone; where there are none, as first and last */
	uint64_t count[MINUTE_COUNTS]; /* since the last clear; the caller names them */
	uint32_t destinations;         /* 1, or the estimate for a shared row (since its minute began) */
	bool used, attempted;
	uint32_t clock;   /* the earliest timestamp (TSval, RFC 7323); 0: none ... */
	int64_t clock_at; /* ... and its time */
	uint64_t name;    /* of the destination, as pcapmon knew it first: struct naming of lib/companion/name.h */
	uint8_t naming;
};

struct minutes;

/* Room for `rows` rows before a clear is due. NULL if memory is short. */
struct minutes *minutes_new(size_t rows, uint64_t seed);
void minutes_free(struct minutes *m);
/* The row of an attempt, its first and last already extended to `when`, whatever the minute of `what` is.
 * Valid until the next call. NULL if the table is full: clear, then call again (that always succeeds). */
struct minute_row *minutes_at(struct minutes *m, int64_t when, const struct minute_key *what);
/* The same for what is no attempt: a retransmission, an answer, SYNs that were only counted. */
struct minute_row *minutes_after(struct minutes *m, int64_t when, const struct minute_key *what);
/* True if there is no room for another row: minutes_at and minutes_after may return NULL. */
bool minutes_full(const struct minutes *m);
/* Adds the timestamp of an opening to the row, which keeps the earliest. */
void minutes_clock(struct minute_row *row, int64_t when, uint32_t clock);
/* True if less than an eighth of the room is left: a caller that can choose the moment clears now. */
bool minutes_crowded(const struct minutes *m);
/* Calls `put` for every row that is not empty, by minute and host (the order of the database, so that neighbours are
 * written together); stops and returns false as soon as `put` does. Changes nothing: clear after the commit, so that a
 * transaction can be rolled back and tried again. */
bool minutes_each(const struct minutes *m, bool (*put)(void *arg, const struct minute_row *row), void *arg);
/* Sets every row to zero. */
void minutes_clear(struct minutes *m);

#endif
