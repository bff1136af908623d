/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judged: keeps the judge's states, labels, their history and the steps behind them in the tables of the database whose
 * rows it judges. Each step is a transaction of its own, which moves on how far it has come: whoever is killed goes on
 * from there. */
#ifndef JUDGED_H
#define JUDGED_H

#include "columns.h"
#include "judging.h"

#define JUDGED_GRACE 15 /* seconds after a minute: what was still on its way has come */

struct judged;

/* States of other parameters are dropped at the first step, and all is judged anew. NULL with store_error. */
struct judged *judged_new(struct store *store, bool wire, const struct judge_parameters *p);
void judged_free(struct judged *d); /* accepts NULL */
/* One step, if a minute that is over is not judged; `now` in microseconds. It is one transaction, so that what several
 * hosts share is written once, and goes on as long as there is time left, which it asks each few milliseconds; NULL:
 * until it would ask. *more: there is more to do. False: see store_error and store_fate, then store_rollback. */
struct judged_time {
	bool (*left)(void *arg);
	void *arg;
};
bool judged_step(struct judged *d, int64_t now, const struct judged_time *time, bool *more);
int64_t judged_until(const struct judged *d); /* all before this moment is judged; 0: nothing is */
/* What is known of hosts that were not seen since `oldest` (microseconds) is deleted. */
bool judged_prune(struct judged *d, int64_t oldest);
uint64_t judged_dropped(const struct judged *d); /* states that could not be read since judged_new */

/* For those who read. How far the database is judged, and by what: false, and nothing is filled in, if it is not, or up
 * to no minute of years 1970 to 9999. */
bool judged_place(struct store *store, struct judge_parameters *p, struct judging_place *at);

#endif
