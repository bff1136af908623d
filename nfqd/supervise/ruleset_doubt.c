/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ruleset_doubt.h"

#include "lib/base/when.h"

/* Somebody may have changed the rules since r->intact_at. */
static bool
doubtful(const struct ruleset *r)
{
	return r->intact_at != 0 &&
	       (r->suspect || r->changed || r->found.gate || ruleset_remade(r) || (job_runs(&r->look) && r->urgent));
}

/* If the rules are missing, that is told by both clocks. */
void
ruleset_clock_set(struct ruleset *r, int64_t by)
{
	if (doubtful(r)) {
		if (r->unsettled_until == 0 || r->intact_at < r->unsettled_since)
			r->unsettled_since = r->intact_at;
		r->unsettled_until = when_now() - by;
	}
	if (r->intact_at != 0)
		r->intact_at += by;
	r->renew = true;
	r->applied.next = 0;
}

void
ruleset_doubt_publish(const struct ruleset *r, const struct context *x)
{
	int64_t since = r->intact_at;

	if (r->unsettled_until != 0 && r->unsettled_since < since)
		since = r->unsettled_since;
	atomic_store(&x->shared->supervisor->doubt, doubtful(r) ? since : 0);
}

void
ruleset_doubt_stop(const struct ruleset *r, const struct context *x)
{
	if (!rules_differ(r->found) && (!r->changed || r->blind))
		atomic_store(&x->shared->supervisor->doubt, 0);
}
