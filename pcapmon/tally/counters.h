/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counters: the output of the tally: rows for the database, totals of a capture file, or both. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/count/attempts.h"
#include "lib/decode/decode.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "lib/count/rotating.h"
#include "outcomes.h"
#include "pcapmon/companions/companions.h"
#include "totals.h"

/* All pointers stay the caller's, and may be NULL. */
struct counters {
	struct totals *totals;
	struct minutes *minutes;
	struct outcomes *outcomes;
	struct devices *devices;
	struct rotating *rotating;           /* of what is written live */
	const struct companions *companions; /* know names of destinations */
	void (*flush)(void *arg);            /* called when minutes, outcomes or devices are full */
	void *arg;
	uint64_t lost; /* SYNs that found no room in minutes even after a flush */
};

enum counters_syn { COUNT_RETRANSMIT, COUNT_ATTEMPT, COUNT_RAW, COUNT_LISTED }; /* raw: lib/decode/syn.h */

/* A SYN of a host, at `when` (microseconds), as all times here; `p` is the packet of a new attempt, where it is still
 * there, or NULL. */
void counters_syn(struct counters *b, const struct flow *f, int64_t when, enum counters_syn what,
                  const struct packet *p);
/* The outcome of an attempt; negative numbers correct an earlier one. */
struct outcome_change {
	int established, refused, leaked;
};
void counters_outcome(struct counters *b, const struct flow *f, int64_t when, const struct outcome_change *change);
/* `n` more, as outcomes_add. */
void counters_add(struct counters *b, const struct outcome_place *at, enum outcome_count what, uint64_t n);
/* An attempt that is in no row of a host; negative numbers correct an earlier one. */
struct pool_change {
	int syns, attempts, evicted;
};
void counters_pool(struct counters *b, enum pool pool, int64_t when, const struct pool_change *change);
/* The card that an opening came from, once that was counted. */
void counters_device(struct counters *b, const struct packet *p, int64_t when);

#endif
