/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recorder and a clock that is not set yet (lib/base/unset.h). */
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "recording.h"

bool
recording_clock_unset(struct recorder *r, int64_t known, int64_t now)
{
	bool unset = unset_look(&r->unset, known, now, steady_now());

	atomic_store(&r->shared->recorder->unset, unset ? r->unset.ahead : 0);
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
		          when_print(now, false, at), (int)(UNSET_WAIT / MINUTE));
	}
	if (!began && !stopping && steady_between(r->waited, steady) < UNSET_WAIT && !inbox_fills_up(&r->inbox))
		return true;
	r->undated = true;
	r->undated_since = known;
	return false;
}

static int64_t
openings_of_run(struct recorder *r)
{
	return (int64_t)(inbox_committed(&r->inbox) - r->answers_done + r->lost);
}

void
recording_follow_clock(struct recorder *r, int64_t now)
{
	r->forward += unset_forward(&r->unset, now, when_boot());
}

bool
recording_put_forward(struct recorder *r, int64_t now)
{
	int64_t begun = r->shared->run + r->forward;

	if (r->forward == 0)
		return true;
	if (now - begun < UNSET_WAIT)
		return gate_rows_put_gap(
		        r->logbook.rows, begun, now,
		        "the clock was set forward after the start: openings are recorded under the times"
		        " that it had",
		        openings_of_run(r));
	return gate_rows_put_gap(r->logbook.rows, now - r->forward, now,
	                         "the clock was set forward: openings may be recorded under earlier times",
	                         MISSING_UNKNOWN);
}

bool
recording_put_undated(struct recorder *r, int64_t now)
{
	int64_t run = unset_moved(&r->unset, r->shared->run);

	if (!r->undated || now < r->unset.floor)
		return true;
	return gate_rows_put_gap(r->logbook.rows, r->undated_since > 0 ? r->undated_since : run, now,
	                         "the clock was not set: openings are recorded under the times that it had",
	                         r->undated_since > 0 ? MISSING_UNKNOWN : openings_of_run(r));
}
