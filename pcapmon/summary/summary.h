/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary: what `pcapmon -r` prints, as a table of 80 columns or as one JSON object. */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "labels.h"
#include "pcapmon/companions/companions.h"
#include "pcapmon/tally/totals.h"

/* About the file as a whole. */
struct summary {
	uint64_t packets;                   /* all that were read, of whatever kind */
	uint64_t unknown;                   /* of them, those that may hold packets which decode cannot see */
	int64_t first, last;                /* earliest and latest, microseconds; only if packets > 0 */
	const char *error;                  /* printable, or NULL: all was read and understood */
	const struct capture_label *labels; /* by host; NULL: they could not be told */
	size_t label_count;
	bool places;                            /* the labels tell where destinations are */
	const struct companion_row *companions; /* those worth telling, by host; NULL: they were not counted */
	size_t companion_count;
	struct companions_lost companions_lost;
};

/* Either takes the sorted totals, which ends the counting. False, with errno set, if it could not be written or
 * memory is short. */
bool summary_text(FILE *out, const struct summary *s, struct totals *t);
bool summary_json(FILE *out, const struct summary *s, struct totals *t);

#endif
