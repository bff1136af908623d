/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ruleset_told.h"

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "notes.h"

void
ruleset_tell_troubles(struct ruleset *r, const struct context *x, const struct troubles *now)
{
	for (unsigned i = 0; i < now->count; i++)
		if (!troubles_have(&r->troubles, now->text[i])) {
			log_warnx("%s", now->text[i]);
			notes_journal(x->shared->notes, "trouble", "%s", now->text[i]);
		}
	for (unsigned i = 0; i < r->troubles.count; i++)
		if (!troubles_have(now, r->troubles.text[i]))
			log_info("no longer: %s", r->troubles.text[i]);
	r->troubles = *now;
}

#define UNTRACKED "open connections go on when the policy refuses their host: the kernel tracks no connections so far"

/* A table of connections that is empty for a moment does not make an old line untrue. */
void
ruleset_tell_tracking(struct ruleset *r, bool tracked)
{
	if (!tracked && !r->tracked && !r->told_untracked)
		log_info(UNTRACKED);
	if (tracked && r->told_untracked)
		log_info("no longer: " UNTRACKED);
	r->told_untracked = !tracked && !r->tracked;
	r->tracked = r->tracked || tracked;
}

static int64_t
counted(const struct rules_seen *seen)
{
	return seen->counted ? reconcile_sum(&seen->counters) : RECONCILE_UNKNOWN;
}

/* Openings that passed while the rules were missing become a gap. */
static void
tell_gate_open(struct ruleset *r, const struct context *x, int64_t since, const struct rules_seen *after)
{
	static const char cause[] =
	        "the kernel rules were changed by another program: openings may have passed uncounted until they were restored";

	notes_gap(x->shared->notes, since, when_now(), NOTE_UNKNOWN, cause);
	if (r->unsettled_until != 0)
		notes_gap(x->shared->notes, r->unsettled_since, r->unsettled_until, NOTE_UNKNOWN, cause);
	reconcile_remade(r->reconcile, x, counted(after));
}

void
ruleset_tell_put_back(struct ruleset *r, const struct context *x, const struct rules_made *m, int64_t since)
{
	const char *what = m->found.gate     ? "the rules"
	                   : m->found.shield ? "the shield's rules"
	                                     : "the sets or the place of the rules";

	log_warnx("%s in the kernel were changed by %s: restored", what, r->who);
	if (m->found.gate)
		tell_gate_open(r, x, since, &m->after);
	else if (r->emptied)
		notes_gap(
		        x->shared->notes, r->shield_log->read_at, when_now(), NOTE_UNKNOWN,
		        "the shield was removed by another program: its drops since the last reading are not recorded");
	if (r->emptied)
		shield_log_restart(r->shield_log, x);
	notes_journal(x->shared->notes, "rules", "%s were changed by %s, and restored", what, r->who);
}

void
ruleset_tell_counters(struct ruleset *r, const struct context *x, const struct rules_made *m)
{
	int64_t before = counted(&m->before), after = counted(&m->after);

	if (before > 0 && after >= 0 && after < before)
		reconcile_fell(r->reconcile, x, before, after);
}

void
ruleset_tell_unled(struct ruleset *r, const struct context *x, const struct rules_made *m, int64_t since)
{
	bool led = m->done || m->after.counted || !m->after.looked || x->backend == BACKEND_NFT;
	int64_t from = since != 0 ? since : x->shared->run;

	if (led && r->unled_at == 0)
		return;
	notes_gap(x->shared->notes, r->unled_at != 0 ? r->unled_at : from, m->after.at, NOTE_UNKNOWN,
	          "the kernel refused openings by itself: its rules could not lead them to the gate");
	r->unled_at = led ? 0 : m->after.at;
}

void
ruleset_tell_start(struct ruleset *r, const struct context *x, const struct rules_made *m)
{
	r->start.made = m->after.at;
	notes_start(x->shared->notes, x->shared->run, &r->start);
	if (r->start.rules == 0) /* the counters may have gone with them, too */
		reconcile_remade(r->reconcile, x, counted(&m->after));
}
