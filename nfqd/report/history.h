/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: the evidence for a host's label: the steps of its walk, and the changes of the label. */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "lib/labels/judging.h"
#include "lib/store/store.h"

struct history {
	struct judging_step steps[JUDGING_STEPS + 1]; /* by number; their sum is the score */
	size_t step_count;
	struct change {
		int64_t at;
		uint8_t from_label, from_certainty, label, certainty;
		char *reasons; /* text from outside */
	} * changes;           /* by time */
	size_t change_count;
};

/* As in struct judging_sink: one more of either, in order. Both end the program if memory is short. */
void history_step(struct history *e, const struct judging_step *s);
void history_change(struct history *e, const struct judging_change *c);
/* Adds those in the tables of a gate's database. False: the store failed. */
bool history_read(struct history *e, struct store *store, const struct judge_key *who);
void history_free(struct history *e); /* the contents, not the struct */

#endif
