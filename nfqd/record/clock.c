/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recorder and a clock that is not set yet (early.h). */
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "recording.h"

bool
recording_clock_unset(struct recorder *r, int64_t known, int64_t now)
{
	bool unset = early_look(&r->early, known, now, steady_now());

	atomic_store(&r->shared->recorder->unset, unset ? r->early.ahead : 0);
	return unset;
}

bool
recording_waits_for_clock(struct recorder *r, int64_t now, bool stopping)
{
	bool began = gate_rows_position(r->logbook.rows, spool_name(r->shared->notes), r->shared->run) > 0;
	struct steady steady = steady_now();
	int64_t known = 0;
	char at[WHEN_TEXT];

	if (!began)
		gate_rows_remembered(r->logbook.rows, REMEMBERED_ALIVE, &known);
	if (!recording_clock_unset(r, known, now))
		return false;
	if (r->waited.us == 0) {
		r->waited = steady;
		log_warnx("the clock is not set (%s): openings are kept in memory until it is, for up to %d min",
		          when_print(now, false, at), (int)(EARLY_WAIT / MINUTE));
	}
	if (!began && !stopping && steady_between(r->waited, steady) < EARLY_WAIT && !inbox_fills_up(&r->inbox))
		return true;
	r->undated = true;
	r->undated_since = known;
	return false;
}

bool
recording_put_undated(struct recorder *r, int64_t now)
{
	int64_t run = early_moved(&r->early, r->shared->run), of_run;

	if (!r->undated || now < r->early.floor)
		return true;
	of_run = (int64_t)(inbox_committed(&r->inbox) - r->answers_done + r->lost);
	return gate_rows_put_gap(r->logbook.rows, r->undated_since > 0 ? r->undated_since : run, now,
	                         "the clock was not set: openings are recorded under the times that it had",
	                         r->undated_since > 0 ? MISSING_UNKNOWN : of_run);
}
