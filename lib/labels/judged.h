/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judged: stores the judge's states, the labels, their history and the steps of the walks in the tables of the database
 * whose rows it judges. Each step is one transaction, which also stores the place that it reached: after a crash
 * judging goes on from there. */
#ifndef JUDGED_H
#define JUDGED_H

#include "columns.h"
#include "judging.h"
#include "lib/base/time_left.h"

#define JUDGED_GRACE 15 /* seconds after a minute, so that all of its rows are written */

struct judged;

/* If the stored states are of other parameters, the first step deletes them and judges all rows again. NULL with
 * store_error. */
struct judged *judged_new(struct store *store, bool wire, const struct judge_parameters *p);
void judged_free(struct judged *d); /* accepts NULL */
/* One step, if a complete minute is not judged yet; `now` in microseconds. It is one transaction, so that pages that
 * several hosts share are written once. It goes on while time->left, called every few milliseconds, returns true; NULL:
 * it stops at the first such call. *more: there is more to do. False: see store_error and store_file_state, then
 * store_rollback. */
bool judged_step(struct judged *d, int64_t now, const struct time_left *time, bool *more);
int64_t judged_until(const struct judged *d); /* microseconds; all rows before are judged; 0: none is */
/* A step towards deleting the states, labels and steps of hosts not seen since `oldest` (microseconds), in a
 * transaction. *more: there is more to do. False: the store failed, and the next step begins again. */
bool judged_prune(struct judged *d, int64_t oldest, bool *more);
uint64_t judged_dropped(const struct judged *d); /* states that could not be read since judged_new */

/* For readers: the place up to which the database is judged, and the parameters. False, and nothing is filled in, if it
 * is not judged, or if the place is damaged. */
bool judged_place(struct store *store, struct judge_parameters *p, struct judging_place *at);

#endif
