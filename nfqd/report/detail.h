/* SPDX-License-Identifier: GPL-3.0-or-later */
/* detail: rows of one host -> its timeline, its destinations, its devices. Pure: no database, no output.
 *
 * Memory: some 100 bytes for each distinct destination, port, verdict and reason, and for each minute with rows. */
#ifndef DETAIL_H
#define DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "labels.h"
#include "nfqd/query/query.h"

/* The host's activity in a stretch of time. */
struct stretch {
	int64_t since; /* microseconds */
	uint64_t attempts[SIDE_COUNT], retransmits[SIDE_COUNT];
	uint64_t blocked, allowed, syns; /* the gate's */
};

/* The host's traffic to a destination. */
struct reached {
	struct addr destination; /* family 0: `destinations` others */
	uint16_t port;
	bool decided; /* by the gate: verdict and reason are valid */
	bool seen;    /* by pcapmon: established and leaked are valid */
	uint8_t verdict, reason;
	uint64_t attempts, retransmits; /* the gate's, or pcapmon's where the gate has none */
	uint64_t syns;                  /* the gate's, only counted: to destinations that are not known */
	uint64_t established, leaked, destinations;
	int64_t first, last;
};

struct detail {
	struct addr host;
	struct stretch *timeline; /* those with rows, by time */
	size_t timeline_count, timeline_room;
	int64_t step;            /* length of a stretch: a minute or an hour */
	bool hours;              /* rows of pruned minutes are among them */
	struct reached *reached; /* after detail_finish: most attempts first */
	size_t reached_count, reached_room;
	struct card *devices; /* by first */
	size_t device_count, device_room;
	struct history evidence;
};

/* Memory that is short ends the program (fatal). */
void detail_row(struct detail *d, const struct row *row);
void detail_device(struct detail *d, const struct card *card);
/* Sums up and sorts. Stretches are hours if all of it took more than three hours or minutes have been pruned. */
void detail_finish(struct detail *d);
void detail_free(struct detail *d); /* frees the contents, not the struct */

#endif
