/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book: where the tally writes what it counts: rows for the database, totals of a file, or both. */
#ifndef BOOK_H
#define BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/count/attempts.h"
#include "lib/decode/decode.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "outcomes.h"
#include "totals.h"

/* All pointers stay the caller's, and may be NULL. */
struct book {
	struct totals *totals;
	struct minutes *minutes;
	struct outcomes *outcomes;
	struct devices *devices;
	void (*flush)(void *arg); /* called when minutes, outcomes or devices are full */
	void *arg;
	uint64_t lost; /* SYNs that found no room in minutes even after a flush */
};

enum book_syn { BOOK_RETRANSMIT, BOOK_ATTEMPT, BOOK_RAW, BOOK_LISTED }; /* raw: lib/syn.h */

/* A SYN of a host, at `when` (microseconds), as all times here; `p` is the packet of a new attempt, where it is still
 * there, or NULL. */
void book_syn(struct book *b, const struct flow *f, int64_t when, enum book_syn what, const struct packet *p);
/* What became of an attempt; negative numbers take back what was said. */
void book_outcome(struct book *b, const struct flow *f, int64_t when, int established, int refused, int leaked);
/* `n` more, as outcomes_add. */
void book_add(struct book *b, const struct addr *host, uint16_t port, int64_t when, enum outcome_count what,
              uint64_t n);
/* An attempt that no host's row tells; negative numbers take it back. */
void book_pool(struct book *b, enum pool pool, int64_t when, int syns, int attempts, int evicted);
void book_device(struct book *b, const struct packet *p, int64_t when);

#endif
