/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What others ask of the rules, and what they are told: answered from the state alone; ruleset.c does the work. */
#include "nfqd/kernel/conntrack.h"
#include "ruleset.h"

void
ruleset_want(struct ruleset *r, const struct config *c)
{
	r->config = c;
	r->asked++;
}

enum ruleset_state
ruleset_state(const struct ruleset *r)
{
	if (r->made == r->asked)
		return RULESET_DONE;
	return r->failed == r->asked ? RULESET_REFUSED : RULESET_PENDING;
}

bool
ruleset_intact(const struct ruleset *r)
{
	return r->seen.looked && r->intact_at != 0 && !r->found.gate &&
	       !rules_differ(rules_compare(&r->seen.state, &r->expected, r->applied.next));
}

bool
ruleset_remade(const struct ruleset *r)
{
	return job_runs(&r->make) && r->doubted && r->intact_at != 0;
}

bool
ruleset_seen_since(struct ruleset *r, struct steady since)
{
	if (steady_before(since, r->seen_at))
		return true;
	r->status_wanted = true;
	return false;
}

void
ruleset_find_tracking(struct ruleset *r)
{
	if (r->config != NULL && r->intact_at != 0 && !r->applied.tracked && ruleset_state(r) == RULESET_DONE &&
	    conntrack_tracks())
		ruleset_want(r, r->config);
}

void
ruleset_waits(const struct ruleset *r, int out[RULESET_JOBS])
{
	out[0] = r->look.fd;
	out[1] = r->make.fd;
	out[2] = r->guard.fd;
}
