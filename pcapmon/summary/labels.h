/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_labels: what the judge says of the hosts of one capture file, by what stands in that file alone and by the
 * code that judges the rows of databases (lib/judging). The rows wait until the end of the file, beside those of a
 * database, if there is one. */
#ifndef CAPTURE_LABELS_H
#define CAPTURE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcapmon/companions/table.h"
#include "lib/count/devices.h"
#include "lib/geo/geo.h"
#include "lib/judge/judge.h"
#include "lib/judge/evidence.h"
#include "lib/count/minutes.h"
#include "lib/geo/places.h"
#include "pcapmon/tally/totals.h"

struct capture_labels;

struct capture_label {
	struct addr host;
	struct judgement judgement;     /* as it was weighed */
	struct judge_evidence evidence; /* ... by this */
	uint64_t destinations;          /* after capture_labels_places: those known by address */
	struct spots spots;             /* ... and where they lie */
};

/* NULL if memory is short. */
struct capture_labels *capture_labels_new(void);
void capture_labels_free(struct capture_labels *l); /* accepts NULL */
/* What was counted since the last time; clears nothing. A failure is logged, and ends in capture_labels_read. */
void capture_labels_take(struct capture_labels *l, const struct minutes *m, const struct devices *d);
/* All hosts, by address, as of the capture's last packet: what came after it is not known. NULL, with the reason
 * logged, if they cannot be told. */
struct capture_label *capture_labels_read(struct capture_labels *l, const struct judge_parameters *p, int64_t last,
                                          size_t *count);
void capture_labels_done(struct capture_label *all, size_t count); /* frees them; accepts NULL */
/* Where the destinations of all of them lie. False, with the reason logged: that cannot be told. */
bool capture_labels_places(struct capture_labels *l, const struct geo *geo, struct capture_label *all, size_t count);
/* What else was seen of them, in `span` microseconds: companions (by host) and totals. Once. */
void capture_labels_weigh(struct capture_label *labels, size_t count, const struct companion_row *companions,
                          size_t companion_count, const struct host_total *totals, size_t total_count, int64_t span);

#endif
