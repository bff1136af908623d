/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judged_columns: keys and states of hosts as columns of the tables `judged` and `judged_state`. */
#ifndef JUDGED_COLUMNS_H
#define JUDGED_COLUMNS_H

#include <stdbool.h>

#include "judging.h"

/* ?1 is the key (column `who`); the columns are those that judged_column reads, from `first` on. */
#define JUDGED_COLUMNS                                                                                                 \
	"label, certainty, later_label, later_certainty, since, score, last, tried, steps,"                            \
	" unusual_since, unusual_until"
#define JUDGED_STATE JUDGED_COLUMNS ", state, usual FROM judged JOIN judged_state USING (who)"
/* `state`: the columns of JUDGED_STATE, with the bytes of both states; else their sizes are 0. */
void judged_column(struct statement *st, int first, bool state, struct judging_state *out);
void judged_bind_key(struct statement *st, int n, const struct judge_key *who);
bool judged_column_key(struct statement *st, int n, struct judge_key *out);

#endif
