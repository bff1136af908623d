/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outcomes: outcomes of the attempts of a host that have no column in minutes; one row per hour, host and port. And the
 * pools: attempts that are in no row of a host. Bounded, no allocation after outcomes_new. */
#ifndef OUTCOMES_H
#define OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/database/columns.h"

struct outcome_row {
	int64_t hour; /* since the epoch; with port and host it is the key */
	uint16_t port;
	struct addr host;
	uint64_t count[OUTCOME_COUNT];
};

/* The host, port and time of an outcome: the key of its row. */
struct outcome_place {
	const struct addr *host;
	uint16_t port;
	int64_t when; /* microseconds */
};

/* Why an attempt is in no row of a host. */
enum pool {
	POOL_OUTSIDE, /* its source lies outside lan: spoofed, or on its way through */
	POOL_ROOM,    /* there are more hosts than can be tracked */
	POOL_COUNT
};

struct pool_row {
	int64_t hour;
	enum pool pool;
	uint64_t syns, attempts, evicted; /* evicted: tracked hosts given up for others */
};

struct outcomes;

struct outcomes *outcomes_new(size_t rows); /* NULL if memory is short */
void outcomes_free(struct outcomes *o);     /* accepts NULL */
/* `n` more (for OUTCOME_ANSWER_MOST: at least n). False when the table is full: clear, then call it again. */
bool outcomes_add(struct outcomes *o, const struct outcome_place *at, enum outcome_count what, uint64_t n);
/* The sums of the hour, valid until the next call; NULL when there is no room: clear, then ask again. */
struct pool_row *outcomes_pool(struct outcomes *o, int64_t when, enum pool pool);
/* The rows at a place, NULL behind the last. */
const struct outcome_row *outcomes_at(const struct outcomes *o, size_t place);
const struct pool_row *outcomes_pool_at(const struct outcomes *o, size_t place);
void outcomes_clear(struct outcomes *o);
/* Less than an eighth of the room is left: as minutes_crowded. */
bool outcomes_crowded(const struct outcomes *o);

#endif
