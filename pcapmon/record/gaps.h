/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gaps: losses of a run that are not written yet; those of one kind become one gap. */
#ifndef RECORD_GAPS_H
#define RECORD_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/database/common.h"

enum wire_gap {
	GAP_DROPS,     /* the kernel had no room for packets */
	GAP_INTERFACE, /* the interface was away */
	GAP_CLOCK,     /* it was not set, ... */
	GAP_FORWARD,   /* or set forward: lib/base/unset.h */
	GAP_STOPPED,   /* pcapmon did not run */
	GAP_ROOM,      /* SYNs that found no room in memory while the database could not be written */
	GAP_FRAGMENTS, /* packets in pieces that found no room to wait for the rest of their TCP header */
	GAP_COUNT
};

struct pending_gap {
	bool open; /* there is one */
	int64_t since, until, missing;
};

/* Zeroes are no gaps. */
struct pending_gaps {
	struct pending_gap gap[GAP_COUNT];
};

/* `missing` may be MISSING_UNKNOWN. */
void gaps_add(struct pending_gaps *g, enum wire_gap kind, int64_t since, int64_t until, int64_t missing);
bool gaps_any(const struct pending_gaps *g);
/* Writes them, in a transaction of the caller. False: see store_error. */
bool gaps_put(const struct pending_gaps *g, struct common_rows *r);

#endif
