/* SPDX-License-Identifier: GPL-3.0-or-later */
/* labels: what the judge says of the hosts of a report. What the databases say stands in their tables; the minutes
 * since then are judged here, by the same code, without writing anything. Each database is judged for itself; what its
 * gate says of a host goes before what the wire says, and of two of a kind the worse. */
#ifndef LABELS_H
#define LABELS_H

#include "hosts.h"
#include "lib/labels/judging.h"

struct labels_request {
	const struct query *query;          /* its host (or NULL) gets evidence, too */
	struct judge_parameters parameters; /* for databases that nobody has judged, or again */
	bool again;                         /* all rows from the start, whatever the tables say */
};

/* Why a host has its label. */
struct evidence {
	struct judging_step steps[JUDGING_STEPS + 1]; /* by number; their sum is the score */
	size_t step_count;
	struct change {
		int64_t at;
		uint8_t from_label, from_certainty, label, certainty;
		char *reasons; /* text from outside */
	} * changes;           /* by time */
	size_t change_count;
};

struct labels_set;

/* Tells the report the labels of all its hosts that are known to the judge, with `evidence` (or NULL) of the host of
 * the query. Before report_finish. A reading of the sources is open, so that all is of one moment; request, sources and
 * report must outlive the set. NULL with the reason in why. */
struct labels_set *labels_read(const struct labels_request *request, const struct source *sources, size_t count,
                               struct report *r, struct evidence *evidence, char *why, size_t why_size);
/* The numbers behind the label of a host, which reasons_of needs. False with the reason in why. */
bool labels_about(struct labels_set *set, const struct addr *host, char *why, size_t why_size);
void labels_free(struct labels_set *set); /* accepts NULL */
void evidence_free(struct evidence *e);   /* what it holds, not itself */

#endif
