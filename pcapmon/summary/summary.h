/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary: the output of `pcapmon -r`, as a table of 80 columns, one JSON object or comma-separated values. */
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
	uint64_t packets;                   /* all packets of the file */
	uint64_t unknown;                   /* packets that may contain others which decode cannot see */
	int64_t first, last;                /* earliest and latest packet, microseconds; set if packets > 0 */
	const char *error;                  /* printable; NULL if the whole file was read */
	const struct capture_label *labels; /* sorted by host; NULL if judging failed */
	const struct host_total *joined;    /* capture_labels_join, for the table; NULL: each address has its line */
	size_t joined_count;
	size_t label_count;
	bool places;                            /* the labels have places */
	const struct companion_row *companions; /* sorted by host; NULL if they were not counted */
	size_t companion_count;
	struct companions_lost companions_lost;
	const struct capture_index *index; /* of the labels; NULL without them */
	bool local;                        /* times with the local offset instead of UTC */
};

/* All sort the totals, after which nothing can be counted. False, with errno set, on a write error. */
bool summary_text(FILE *out, const struct summary *s, struct totals *t);
bool summary_csv(FILE *out, const struct summary *s, struct totals *t);
bool summary_json(FILE *out, const struct summary *s, struct totals *t);

#endif
