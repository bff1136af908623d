/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy decides only openings, so a connection that is open when the policy changes would stay. Each time the
 * rules have been put in force (start, reload, a line that begins or ends, rules put back) the kernel's connections are
 * walked in slices, so that the supervisor's other work goes on whatever their number. */
#include "end_refused.h"

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "notes.h"

static void
report(const struct end_refused *e, const struct context *x, enum conntrack_progress progress)
{
	long long ended = conntrack_ended(e->walk);
	const char *plural = ended == 1 ? "" : "s";
	static bool logged;

	if (progress == CONNTRACK_FAILED && !logged) {
		log_warn(
		        "cannot read the kernel's connections: open ones continue even if the policy refuses their host");
		logged = true;
	}
	if (ended == 0)
		return;
	log_info("ended %lld open connection%s that the policy refuses, in %.2f s", ended, plural,
	         (double)steady_since(e->began) / (double)SECOND);
	notes_journal(x->shared->notes, "ended", "%lld open connection%s that the policy refuses", ended, plural);
}

bool
end_refused_step(struct end_refused *e, const struct context *x, int64_t us)
{
	struct steady begin = steady_now();
	enum conntrack_progress progress = CONNTRACK_MORE;

	if (e->due) {
		e->due = false;
		if (e->walk != NULL) /* begun again, under a newer policy */
			report(e, x, CONNTRACK_MORE);
		conntrack_free(e->walk);
		if ((e->walk = conntrack_begin()) == NULL)
			log_warn("cannot start reading the kernel's connections");
		e->began = begin;
	}
	while (e->walk != NULL && progress == CONNTRACK_MORE && steady_since(begin) < us)
		progress = conntrack_step(e->walk, x->config, when_now());
	if (e->walk == NULL || progress == CONNTRACK_MORE)
		return e->walk != NULL;
	report(e, x, progress);
	conntrack_free(e->walk);
	e->walk = NULL;
	return false;
}

bool
end_refused_under_way(const struct end_refused *e)
{
	return e->due || e->walk != NULL;
}

void
end_refused_stop(struct end_refused *e)
{
	conntrack_free(e->walk);
	e->walk = NULL;
}
