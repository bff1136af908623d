/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's work while it runs: reloads and the periodic checks. */
#include "supervisor.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/shared/publish.h"
#include "notes.h"
#include "lib/base/notify.h"

#define STEP SECOND        /* smallest jump of the wall clock within a tick that counts as set */
#define CHECK (5 * SECOND) /* between looks whether the kernel tracks connections now */

/* The changed setting that a running gate cannot apply, or NULL. */
static const char *
needs_restart(const struct config *old, const struct config *fresh)
{
	char was[JUDGE_PARAMETERS_TEXT], is[JUDGE_PARAMETERS_TEXT];

	if (old->queue != fresh->queue || old->workers != fresh->workers)
		return "`queue` has changed: restart nfqd";
	if (old->backend != fresh->backend)
		return "`backend` has changed: restart nfqd";
	if (strcmp(old->user, fresh->user) != 0)
		return "`user` has changed: restart nfqd";
	if (strcmp(old->database, fresh->database) != 0)
		return "`database` has changed: restart nfqd";
	if (strcmp(old->control, fresh->control) != 0)
		return "`control` has changed: restart nfqd";
	if (strcmp(judge_parameters_print(&old->judge, was), judge_parameters_print(&fresh->judge, is)) != 0)
		return "`judge` has changed: restart nfqd";
	return NULL;
}

static void
end_reload(struct supervisor *s, const char *why)
{
	char text[256];

	if (why != NULL) {
		log_warnx("%s not reloaded, the old policy stays: %s", s->path, why);
		notes_journal(s->context.shared->notes, "refused", "%s: %s", s->path, why);
	}
	snprintf(text, sizeof text, why == NULL ? "{\"reloaded\": true}" : "{\"reloaded\": false, \"why\": \"%s\"}",
	         why);
	clients_reload_ended(&s->clients, text);
	notify("READY=1");
}

/* The kernel first, the gates second: a gate lets go on what it rejects, and the rules behind the queue refuse it. In
 * between, the new rules refuse what is no longer allowed, whatever a gate decides. */
static void
begin_reload(struct supervisor *s)
{
	struct config *fresh = config_load(s->path);
	const char *why = "the configuration has errors";

	s->reload.wanted = false;
	clients_reload_begins(&s->clients);
	notify("RELOADING=1");
	if (fresh != NULL && (why = needs_restart(s->context.config, fresh)) == NULL) {
		publish_policy(fresh, when_now());
		s->reload.fresh = fresh;
		s->reload.in_kernel = false;
		ruleset_want(&s->ruleset, fresh);
		return;
	}
	config_free(fresh);
	end_reload(s, why);
}

static void
put_in_force(struct supervisor *s)
{
	config_free(s->context.config);
	s->context.config = s->reload.fresh;
	s->reload.fresh = NULL;
	publish_settled(s->context.config);
	if (s->shield_log.shield == NULL && s->context.config->pace.burst > 0)
		shield_log_start(&s->shield_log, &s->context);
	s->loaded = when_now();
	fitting_anew(&s->fitting);
	/* With the new ranges and limits; the spool holds events meanwhile. */
	children_renew_recorder(&s->children);
	log_info("%s reloaded: %zu lines of policy", s->path, s->context.config->line_count);
	notes_journal(s->context.shared->notes, "reload", "%s: %zu lines of policy", s->path,
	              s->context.config->line_count);
	end_refused_step(&s->end_refused, &s->context, END_REFUSED_WHOLE_US);
	end_reload(s, NULL);
}

static void
take_back(struct supervisor *s, const char *why)
{
	struct config *fresh = s->reload.fresh;

	if (s->reload.in_kernel)
		children_want_policy(&s->children, s->context.config->policy);
	ruleset_want(&s->ruleset, s->context.config);
	publish_policy(s->context.config, when_now());
	s->reload.fresh = NULL;
	config_free(fresh);
	end_reload(s, why);
}

static void
step_kernel(struct supervisor *s)
{
	switch (ruleset_state(&s->ruleset)) {
	case RULESET_DONE:
		s->reload.in_kernel = true;
		children_want_policy(&s->children, s->reload.fresh->policy);
		break;
	case RULESET_REFUSED:
		take_back(s, "the kernel did not accept the new rules");
		break;
	case RULESET_PENDING:
		break;
	}
}

static void
step_gates(struct supervisor *s)
{
	children_step(&s->children, &s->context);
	switch (children_policy_state(&s->children)) {
	case POLICY_TAKEN:
		put_in_force(s);
		break;
	case POLICY_REFUSED:
		take_back(s, "a gate did not accept the new policy");
		break;
	case POLICY_PENDING:
		break;
	}
}

void
supervisor_step_reload(struct supervisor *s)
{
	if (s->reload.fresh == NULL && s->reload.wanted)
		begin_reload(s);
	if (s->reload.fresh != NULL && !s->reload.in_kernel)
		step_kernel(s);
	if (s->reload.fresh != NULL && s->reload.in_kernel)
		step_gates(s);
}

/* The wall clock was set, or the machine was suspended. Moments that we remember in wall time move with it, so that
 * gaps begin and end correctly; rows that are recorded keep their times. */
static void
check_clock(struct supervisor *s)
{
	int64_t now = when_now(), ahead = now - steady_now().us,
	        by = s->clock_offset != 0 ? ahead - s->clock_offset : 0;

	s->clock_offset = ahead;
	if (by < STEP && by > -STEP)
		return;
	s->reconcile.complete_until += by;
	s->reconcile.queues_read += by;
	s->shield_log.read_at += by;
	ruleset_clock_set(&s->ruleset, by);
	log_warnx("the clock was set %s by %.1f s", by > 0 ? "forward" : "back",
	          (double)(by > 0 ? by : -by) / (double)SECOND);
	notes_journal(s->context.shared->notes, "clock", "set %s by %.1f s", by > 0 ? "forward" : "back",
	              (double)(by > 0 ? by : -by) / (double)SECOND);
	if (by < 0)
		notes_gap(s->context.shared->notes, now, now - by, 0,
		          "the clock was set back: these times occur twice, nothing is missing");
}

static void
check_kernel(struct supervisor *s, struct steady steady)
{
	if (children_gates_up(&s->children))
		reconcile_settle(&s->reconcile, &s->context);
	if (!steady_before(steady, s->shield_log.due))
		shield_log_read(&s->shield_log, &s->context);
	if (!steady_before(steady, s->reconcile.queues_due))
		reconcile_queues(&s->reconcile, &s->context);
	if (!steady_before(steady, s->tracking_due)) {
		s->tracking_due = steady_add(steady, CHECK);
		ruleset_find_tracking(&s->ruleset);
	}
}

static void
check_spools(struct supervisor *s, struct steady now)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < s->children.gate_count; i++)
		lost += spool_lost(s->context.shared->gates[i].events);
	if (lost > s->lost)
		s->lost_at = now;
	s->lost = lost;
}

void
supervisor_tick(struct supervisor *s)
{
	struct steady steady = steady_now();

	notify_alive();
	log_catch_up();
	notes_catch_up(s->context.shared->notes);
	check_clock(s);
	check_spools(s, steady);
	children_check(&s->children, &s->context, steady_between(s->ticked, steady));
	s->ticked = steady;
	if (s->phase == PHASE_RECORDER || s->phase == PHASE_RUNNING)
		check_kernel(s, steady);
}
