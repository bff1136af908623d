/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_labels: labels of the hosts of one capture file, from its packets alone, by the code that judges the rows of
 * databases (lib/labels). The rows are kept in a scratch database until the end of the file. */
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

/* The label of an address, or of the IPv6 addresses that are judged as one host. */
struct capture_label {
	struct addr host;       /* the latest, if there are several */
	struct addr *addresses; /* the latest first */
	size_t address_count;
	bool device;                    /* known by its MAC address */
	struct judgement judgement;     /* includes the evidence */
	struct judge_evidence evidence; /* side traffic and counts */
	struct companion *companion;    /* sum of side traffic, while evidence is collected */
	uint64_t destinations;          /* set by capture_labels_places: those known by address */
	struct places places;           /* set by capture_labels_places: their countries and systems */
};

/* NULL if out of memory. */
struct capture_labels *capture_labels_new(void);
void capture_labels_free(struct capture_labels *l); /* accepts NULL */
/* Adds the rows counted since the last call; does not clear them. A failure is logged and makes capture_labels_read
 * fail. */
void capture_labels_take(struct capture_labels *l, const struct minutes *m, const struct devices *d);
/* All hosts, sorted by address, judged at the time of the last packet. NULL, with the reason logged, on failure. */
struct capture_label *capture_labels_read(struct capture_labels *l, const struct judge_parameters *p, int64_t last,
                                          size_t *count);
void capture_labels_done(struct capture_label *all, size_t count); /* frees `all`; accepts NULL */
/* The rows of the capture, for reading. */
struct store *capture_labels_store(const struct capture_labels *l);
/* The other evidence of the capture. */
struct capture_evidence {
	const struct companion_row *companions; /* by host */
	size_t companion_count;
	const struct host_total *totals;
	size_t total_count;
	int64_t span; /* of the capture, microseconds */
};

/* Finds the label of an address; labels and count as above, for as long as they stay where they are. Ends the program
 * if memory is short. */
struct capture_index;
struct capture_index *capture_index_new(struct capture_label *all, size_t count);
struct capture_label *capture_index_find(const struct capture_index *x, const struct addr *host); /* or NULL */
void capture_index_free(struct capture_index *x);                                                 /* accepts NULL */

/* Locates the destinations of all hosts. False, with the reason logged, on failure. */
bool capture_labels_places(struct capture_labels *l, const struct geo *geo, const struct capture_index *x);
/* Adds the other evidence to the labels. Call it once. Ends the program if memory is short. */
void capture_labels_evidence(struct capture_label *labels, size_t count, const struct capture_index *x,
                             const struct capture_evidence *all);
/* The totals, with one for each port of a label of several addresses in place of theirs, sorted in the same way; its
 * host is that of the label. The caller frees the array. NULL, with the reason logged, on failure. */
struct host_total *capture_labels_join(struct capture_labels *l, const struct capture_index *x, struct totals *t,
                                       size_t *joined);

#endif
