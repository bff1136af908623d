/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: after each change of ours the job that made it reads back what the kernel has and leaves a digest of it
 * (struct rules_state). The kernel reports every change to nftables, and so to iptables-nft (watch.c); what it does not
 * report is compared four times a second without running a program (rules_stamp). Either leads to another look; so does
 * our own change, which then finds no difference. Looks keep a minimum distance, so that somebody who changes rules all
 * the time does not keep us busy.
 *
 * One job changes rules at a time. While it runs, another one watches that strangers are refused: if they are not, the
 * first is ended and begun anew, for what refuses comes first. A look that does not end is ended as well, and the rules
 * are made without it. */
#include "ruleset.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/kernel/tool.h"
#include "notes.h"
#include "ruleset_doubt.h"
#include "ruleset_told.h"

#define RENEW DAY                 /* element timeouts in the kernel are renewed at least this often */
#define APART (SECOND / 4)        /* between looks that news leads to */
#define STAMP (SECOND / 4)        /* between looks at objects whose changes cause no events */
#define CHECK (30 * SECOND)       /* between looks without a reason */
#define FAILURES 20               /* in a row: from then on RETRY_LATER */
#define RETRY_LATER (2 * SECOND)  /* the kernel refuses the rules, or somebody else changes them again and again */
#define RETRY_ASKED (10 * SECOND) /* the kernel has refused rules that are wanted */
#define LOOK_MOST (10 * SECOND)   /* limits of the jobs */
#define LOOK_SUSPECT (SECOND / 2) /* somebody may have changed the rules */
#define MAKE_MOST (5 * MINUTE)    /* each tool has a limit of its own */
#define GUARD_MOST (5 * SECOND)
#define PATIENCE (SECOND / 2)
#define STEP (SECOND / 20) /* between steps while something is under way */
#define PATIENCE_MOST (8 * SECOND)

static int64_t
patience(const struct ruleset *r)
{
	return PATIENCE + r->usual.make;
}

void
ruleset_start(struct ruleset *r)
{
	if ((r->watch = watch_open()) == NULL)
		log_warn("cannot watch nftables for changes: the rules are compared every 30 s");
	r->look.fd = r->make.fd = r->guard.fd = -1;
}

void
ruleset_set_usual(struct ruleset *r, struct rules_pace usual)
{
	command_usually_takes(usual.tool);
	r->usual = usual;
	r->patience = patience(r);
}

struct steady
ruleset_due(const struct ruleset *r)
{
	bool busy = job_runs(&r->look) || job_runs(&r->make) || r->suspect || r->status_wanted ||
	            (r->asked != r->made && r->asked != r->failed);

	return busy ? steady_add(r->stepped, STEP) : STEADY_NEVER;
}

void
ruleset_stop(struct ruleset *r, const struct context *x)
{
	ruleset_doubt_stop(r, x);
	job_drop(&r->look);
	job_drop(&r->make);
	job_drop(&r->guard);
}

/* From now on r->expected is what we have just made, as the kernel has it. False: it is not there, so somebody else has
 * changed it in between. */
static bool
expect_made(struct ruleset *r, const struct rules_seen *after)
{
	struct rules_state *made = &r->applied.made;
	const struct rules_state *seen = &after->state;

	if (!after->looked)
		return false;
	/* If ours do not include those for ended connections, some of an earlier run may be there. */
	made->gate = made->rules == seen->rules || (!r->applied.midstream && made->rules < seen->rules) ? seen->gate
	                                                                                                : ~seen->gate;
	made->shield = made->shield_rules == seen->shield_rules ? seen->shield : ~seen->shield;
	r->expected = *made;
	return !rules_differ(rules_compare(made, seen, r->applied.next));
}

static void
take_made(struct ruleset *r, const struct context *x, struct rules_made *m)
{
	struct steady now = steady_now();
	int64_t since = r->intact_at;
	bool found = rules_differ(m->found);

	ruleset_tell_troubles(r, x, &m->troubles);
	ruleset_tell_tracking(r, m->applied.tracked);
	if (r->told_unmade)
		log_info("no longer: the rules could not be made");
	r->told_unmade = false;
	if (since == 0 && (m->done || m->applied.refuses))
		ruleset_tell_start(r, x, m);
	r->applied = m->applied;
	r->applied_all = m->done;
	if (r->applied.next > m->after.at + RENEW)
		r->applied.next = m->after.at + RENEW;
	r->renew = r->renew && !(m->done && r->renewing);
	r->end_refused->due = r->end_refused->due || (m->done && r->applied.midstream);
	r->seen = m->after;
	r->seen_at = r->make.began;
	r->blind = !m->after.looked;
	r->changed = false;
	if (m->done)
		r->found = (struct rules_difference){0};
	r->suspect = true; /* what others did meanwhile, the next look finds */
	if (!expect_made(r, &m->after) || !m->done) {
		/* A refusal may be temporary: an ipset cannot be destroyed while somebody lists it. */
		r->failures += !m->done || m->after.looked;
		r->changed = !m->done || m->after.looked;
		r->retry = steady_add(now, r->failures < FAILURES ? APART : RETRY_LATER);
	} else {
		notes_remember(x->shared->notes, REMEMBERED_RULES, (int64_t)(r->expected.gate ^ r->expected.lan));
		r->failures = 0;
		r->retry = (struct steady){0};
		r->patience = patience(r);
	}
	if (m->done || (since == 0 && m->applied.refuses))
		r->intact_at = m->after.at;
	if (m->done) {
		r->made = r->making;
	} else {
		r->failed = r->making;
		if (r->applied.next <= m->after.at || r->applied.next > m->after.at + RETRY_ASKED)
			r->applied.next = m->after.at + RETRY_ASKED;
	}
	if (m->done && found && since != 0)
		ruleset_tell_put_back(r, x, m, since);
	else if (m->done && since != 0)
		ruleset_tell_counters(r, x, m);
	ruleset_tell_unled(r, x, m, since);
	if (!r->changed)
		r->unsettled_until = 0;
	watch_changed(r->watch); /* that was us */
	watch_forget(r->watch);
}

/* The rules are tried again; that they could not be made is told once. */
static void
give_up_make(struct ruleset *r, const char *why)
{
	if (!r->told_unmade)
		log_warnx("the rules could not be made: %s", why);
	r->told_unmade = true;
	r->failed = r->making;
	r->changed = true;
	r->retry = steady_add(steady_now(), RETRY_LATER);
	job_drop(&r->make);
}

/* A job that makes all rules anew needs no guard for what has happened before. */
static bool
take_doubt(struct ruleset *r)
{
	r->doubted = watch_changed(r->watch) || r->suspect || (job_runs(&r->look) && r->urgent);
	r->suspect = r->doubted && !r->found.gate;
	if (r->doubted && r->intact_at == 0) /* they may have been gone in between */
		r->start.rules = 0;
	return r->doubted;
}

static void
begin_make(struct ruleset *r, const struct context *x)
{
	struct shield_totals totals;
	struct rules_order order = {.config = r->config,
	                            .backend = x->backend,
	                            .wanted = {.now = when_now(),
	                                       .renew = r->renew,
	                                       .closed = r->closed,
	                                       .last_missing = x->shared->last_missing},
	                            .found = r->found,
	                            .expected = r->intact_at != 0 && !rules_differ(r->found) ? &r->expected : NULL,
	                            .next = r->applied.next,
	                            .blind = take_doubt(r) || r->blind,
	                            .last_first = r->applied.last_first};

	job_drop(&r->look);
	job_drop(&r->guard);
	r->making = r->asked;
	snprintf(r->who, sizeof r->who, "%s", watch_changed_by(r->watch));
	r->renewing = r->renew;
	r->emptied = r->shield_log->shield != NULL && !shield_counts_totals(r->shield_log->shield, &totals);
	r->stamped = (struct steady){0};
	r->guard_at = steady_add(steady_now(), r->patience);
	if (!job_start(&r->make, rules_task_make, &order, sizeof(struct rules_made), MAKE_MOST))
		give_up_make(r, "no process can be started for it");
}

static void
begin_guard(struct ruleset *r, const struct context *x, int64_t limit)
{
	const struct rules_made *m = (const struct rules_made *)(const void *)r->make.result;
	const struct rules_order order = {.backend = x->backend,
	                                  .last_first = job_runs(&r->make) ? m->last_first : r->applied.last_first};

	job_start(&r->guard, rules_task_refuse, &order, sizeof(bool), limit);
}

enum guarded { GUARD_NO_NEWS, GUARD_REFUSE, GUARD_PASS, GUARD_UNKNOWN };

/* Strangers are refused, pass, or the guard could not see it. */
static enum guarded
take_guard(struct ruleset *r)
{
	enum guarded found = GUARD_NO_NEWS;

	if (job_look(&r->guard) == JOB_DONE)
		found = r->guard.result[0] != 0 ? GUARD_REFUSE : GUARD_PASS;
	else if (r->guard.state == JOB_FAILED)
		found = GUARD_UNKNOWN;
	if (!job_runs(&r->guard))
		job_drop(&r->guard);
	return found;
}

/* Rules that are flushed while others are made, which may take seconds, are put back before that goes on. */
static void
guard_make(struct ruleset *r, const struct context *x)
{
	struct steady now = steady_now();
	/* Until it has made the last place, another job would begin with just that. And not at the first make, which
	 * puts first what refuses: its own changes are all the news that there can be. */
	bool early = r->make.got == 0 || r->intact_at == 0;

	r->suspect = watch_changed(r->watch) || r->suspect;
	if (r->guard.state == JOB_NONE && !early && r->suspect && !steady_before(now, r->guard_at)) {
		r->suspect = false;
		r->guard_at = steady_add(now, APART);
		begin_guard(r, x, GUARD_MOST);
	}
	if (take_guard(r) != GUARD_PASS)
		return;
	job_drop(&r->make);
	r->patience = r->patience < PATIENCE_MOST + patience(r) ? 2 * r->patience : r->patience;
	r->blind = true;
	r->found.gate = true;
	begin_make(r, x);
}

/* False: it does not run. */
static bool
step_make(struct ruleset *r, const struct context *x)
{
	switch (job_look(&r->make)) {
	case JOB_NONE:
		return false;
	case JOB_RUNS:
		guard_make(r, x);
		return true;
	case JOB_DONE:
		take_made(r, x, (struct rules_made *)(void *)r->make.result);
		break;
	case JOB_FAILED:
		give_up_make(r, "the process that makes them ended, or took too long");
		break;
	}
	job_drop(&r->make);
	job_drop(&r->guard);
	return false;
}

/* Compares with the rules as we left them. */
static void
take_look(struct ruleset *r, const struct rules_seen *seen)
{
	r->seen = *seen;
	r->seen_at = r->look.began;
	r->blind = !seen->looked;
	if (r->intact_at == 0)
		return;
	if (seen->looked)
		r->found = rules_compare(&seen->state, &r->expected, r->applied.next);
	r->changed = r->blind || rules_differ(r->found);
	if (r->changed || r->suspect)
		return;
	watch_forget(r->watch);
	r->unsettled_until = 0;
	r->intact_at = seen->at;
}

/* True: the rules are to be made although the look has not ended. It may take seconds, for a tool that hangs, or with
 * 100,000 elements. */
static bool
guard_look(struct ruleset *r, const struct context *x)
{
	enum guarded found;

	if (r->urgent && !r->guarded && steady_since(r->look.began) >= APART + r->usual.look) {
		r->guarded = true;
		begin_guard(r, x, LOOK_SUSPECT + r->usual.look);
	}
	found = take_guard(r);
	r->found.gate = r->found.gate || found == GUARD_PASS;
	return found == GUARD_PASS || found == GUARD_UNKNOWN;
}

static void
step_look(struct ruleset *r, const struct context *x)
{
	switch (job_look(&r->look)) {
	case JOB_NONE:
		return;
	case JOB_RUNS:
		if (!guard_look(r, x))
			return;
		r->blind = r->changed = true;
		break;
	case JOB_DONE:
		take_look(r, (const struct rules_seen *)(const void *)r->look.result);
		break;
	case JOB_FAILED:
		r->blind = r->changed = true;
		break;
	}
	job_drop(&r->look);
	job_drop(&r->guard);
}

static void
begin_look(struct ruleset *r, const struct context *x)
{
	r->urgent = r->suspect;
	r->suspect = r->status_wanted = r->guarded = false;
	r->looked = steady_now();
	job_start(&r->look, rules_task_look, &x->backend, sizeof(struct rules_seen), LOOK_MOST);
}

/* Finds out whether somebody may have changed the rules since the last look. If not, they are known to be intact, once
 * they have been made. */
static void
take_news(struct ruleset *r, const struct context *x, struct steady now)
{
	int64_t asked = when_now();

	r->suspect = watch_changed(r->watch) || r->suspect;
	if (steady_between(r->stamped, now) < STAMP)
		return;
	if (r->intact_at != 0)
		r->suspect = rules_stamp(x->backend) != r->seen.stamp || r->suspect;
	r->stamped = now;
	if (!r->suspect && !r->changed && r->look.state == JOB_NONE && r->intact_at != 0)
		r->intact_at = asked;
}

static bool
make_due(const struct ruleset *r, struct steady now)
{
	int64_t wall = when_now();

	if (r->asked != r->made && r->asked != r->failed)
		return true;
	if (r->intact_at == 0 || steady_before(now, r->retry))
		return false;
	/* Further ahead than it is ever set: the clock was put back. */
	return r->changed || wall >= r->applied.next || r->applied.next > wall + RENEW;
}

static void
step(struct ruleset *r, const struct context *x, struct steady now)
{
	if (r->config == NULL || step_make(r, x))
		return;
	take_news(r, x, now);
	step_look(r, x);
	if (make_due(r, now))
		begin_make(r, x);
	else if (r->look.state == JOB_NONE && r->intact_at != 0 &&
	         (r->status_wanted || (r->suspect && steady_between(r->looked, now) >= APART) ||
	          steady_between(r->looked, now) >= CHECK))
		begin_look(r, x);
}

void
ruleset_step(struct ruleset *r, const struct context *x)
{
	r->stepped = steady_now();
	step(r, x, r->stepped);
	ruleset_doubt_publish(r, x);
}
