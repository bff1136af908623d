/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's work while it runs: reloads, children that die or hang, and the periodic checks. */
#include "supervisor.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/kernel/conntrack.h"
#include "notes.h"

#define SOON SECOND             /* a child that died young is started again after this */
#define SILENT (SECOND * 3 / 2) /* a working gate has four heartbeats a second */
#define STEP SECOND             /* smallest jump of the wall clock within a tick that counts as set */
#define CHECK (5 * SECOND)      /* between readings of the rules' counters */

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

/* To every gate that runs. False: one did not accept it; the others have it. */
static bool
send_policy(struct supervisor *s, const struct policy *p)
{
	bool sent = true;

	for (unsigned i = 0; i < s->gate_count; i++)
		if (s->children[i].pid != 0)
			sent = child_send_policy(&s->children[i], p) && sent;
	return sent;
}

/* The kernel first, the gates second: a gate lets go on what it rejects, and the rules behind the queue refuse it. In
 * between, the new rules refuse what is no longer allowed, whatever a gate decides. */
static const char *
put_in_force(struct supervisor *s, const struct config *fresh)
{
	const char *why = "the kernel did not accept the new rules";

	shield_log_read(&s->shield_log, &s->context); /* a new pace empties the shield's sets */
	if (ruleset_apply(&s->ruleset, &s->context, fresh)) {
		if (send_policy(s, fresh->policy))
			return NULL;
		why = "a gate did not accept the new policy";
		send_policy(s, s->context.config->policy);
	}
	ruleset_apply(&s->ruleset, &s->context, s->context.config);
	return why;
}

const char *
supervisor_reload(struct supervisor *s)
{
	struct config *fresh = config_load(s->path);
	const char *why = "the configuration has errors";

	if (fresh != NULL && (why = needs_restart(s->context.config, fresh)) == NULL)
		why = put_in_force(s, fresh);
	if (why != NULL) {
		log_warnx("%s not reloaded, the old policy stays: %s", s->path, why);
		notes_journal(s->context.shared->notes, "refused", "%s: %s", s->path, why);
		config_free(fresh);
		return why;
	}
	/* The recorder is restarted with the new ranges and limits; the spool holds events meanwhile. */
	child_stop(s->recorder);
	config_free(s->context.config);
	s->context.config = fresh;
	if (s->shield_log.shield == NULL && fresh->pace.burst > 0)
		shield_log_start(&s->shield_log, &s->context);
	s->loaded = when_now();
	if (!child_start(s->recorder, s->context.config, s->context.shared))
		s->recorder->restart_at = steady_add(steady_now(), SOON);
	log_info("%s reloaded: %zu lines of policy", s->path, s->context.config->line_count);
	notes_journal(s->context.shared->notes, "reload", "%s: %zu lines of policy", s->path,
	              s->context.config->line_count);
	end_refused_step(&s->end_refused, &s->context, END_REFUSED_WHOLE_US);
	return NULL;
}

static void
report_gap(struct supervisor *s, const struct child *ch)
{
	char ended[64], queues[48] = "", text[256];

	child_exit_text(ch, ended, sizeof ended);
	if (ch->kind == CHILD_GATE) {
		int64_t missed = reconcile_missed(&s->reconcile, &s->context);

		if (s->gate_count > 1)
			snprintf(queues, sizeof queues, " in queues %u and %u",
			         config_queue(s->context.config, true, ch->number),
			         config_queue(s->context.config, false, ch->number));
		snprintf(text, sizeof text,
		         "the %s %s: openings of listed hosts%s passed, all others were dropped by the kernel",
		         ch->name, ended, queues);
		notes_gap_counted(s->context.shared->notes, ch->worked, when_now(), missed, text);
	} else {
		snprintf(text, sizeof text, "the recorder %s: openings waited in the spool", ended);
		notes_gap(s->context.shared->notes, ch->worked, when_now(), 0, text);
	}
}

static bool
all_gates_run(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->gate_count; i++)
		if (s->children[i].pid == 0)
			return false;
	return true;
}

/* With a gate dead, another program may bind its queue, or the NFLOG group: then the kernel refuses strangers without
 * any queue, until the gate is back. */
static bool
held(struct supervisor *s, const struct child *ch)
{
	char who[HOLDER_TEXT];

	if (ch->kind != CHILD_GATE || !holder_of_gate(s->context.config, ch->number, &s->holder))
		return false;
	if (s->ruleset.closed)
		return true;
	holder_print(&s->holder, who);
	log_warnx("%s: " RULES_CLOSED_RUNNING, who);
	notes_journal(s->context.shared->notes, "rules", "%s: " RULES_CLOSED_RUNNING, who);
	s->ruleset.closed = true;
	ruleset_apply(&s->ruleset, &s->context, s->context.config);
	return true;
}

/* The rules lead to the queues again. */
static void
reopen(struct supervisor *s)
{
	if (!s->ruleset.closed || !all_gates_run(s))
		return;
	s->ruleset.closed = false;
	ruleset_apply(&s->ruleset, &s->context, s->context.config);
	notes_journal(s->context.shared->notes, "rules", "all queues are nfqd's again");
}

static void
start_child(struct supervisor *s, struct child *ch)
{
	if (held(s, ch)) {
		ch->restart_at = steady_add(steady_now(), SOON);
		return;
	}
	ch->restarts++;
	if (!child_start(ch, s->context.config, s->context.shared)) {
		ch->restart_at = steady_add(steady_now(), SOON);
		return;
	}
	log_info("the %s is running again", ch->name);
	reopen(s);
	report_gap(s, ch);
}

/* The last moment at which the child is known to have worked. It wrote that moment itself, so it is only believed if it
 * lies within the child's life. */
static int64_t
last_worked(const struct supervisor *s, const struct child *ch)
{
	int64_t when = ch->kind == CHILD_GATE ? atomic_load(&s->context.shared->gates[ch->number].state->alive)
	                                      : atomic_load(&s->context.shared->recorder->committed);

	if (when >= ch->since && when <= ch->died)
		return when;
	return ch->since < ch->died ? ch->since : ch->died;
}

void
supervisor_reap(struct supervisor *s)
{
	struct steady steady = steady_now();

	for (struct child *ch = s->children; ch <= s->recorder; ch++) {
		char ended[64];

		if (ch->pid == 0 || waitpid(ch->pid, &ch->status, WNOHANG) != ch->pid)
			continue;
		close(ch->channel);
		ch->pid = 0;
		ch->died = when_now();
		ch->worked = last_worked(s, ch);
		log_warnx("the %s %s", ch->name, child_exit_text(ch, ended, sizeof ended));
		notes_journal(s->context.shared->notes, "died", "the %s %s", ch->name, ended);
		if (steady_between(ch->began, steady) >= SOON)
			start_child(s, ch);
		else
			ch->restart_at = steady_add(steady, SOON);
	}
}

/* Replaces a gate that hangs. The packets in its queues are lost with it, but their senders retransmit. Only time in
 * which the supervisor itself ran counts, so that a gate is not blamed when the whole machine was suspended. */
static void
check_gate(const struct supervisor *s, struct child *gate, struct steady steady)
{
	uint64_t turns = atomic_load(&s->context.shared->gates[gate->number].state->turns);
	int64_t passed = steady_between(s->ticked, steady);

	if (gate->pid == 0 || turns != gate->turns) {
		gate->turns = turns;
		gate->silent = 0;
		return;
	}
	gate->silent += passed < 2 * SUPERVISOR_TICK_US ? passed : 2 * SUPERVISOR_TICK_US;
	if (gate->silent < SILENT)
		return;
	log_warnx("the %s has not responded for %.1f s: replacing it", gate->name,
	          (double)gate->silent / (double)SECOND);
	kill(gate->pid, SIGKILL);
	gate->silent = 0;
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
	s->ruleset.intact_at += by;
	ruleset_clock_set(&s->ruleset);
	log_warnx("the clock was set %s by %.1f s", by > 0 ? "forward" : "back",
	          (double)(by > 0 ? by : -by) / (double)SECOND);
	notes_journal(s->context.shared->notes, "clock", "set %s by %.1f s", by > 0 ? "forward" : "back",
	              (double)(by > 0 ? by : -by) / (double)SECOND);
	if (by < 0)
		notes_gap(s->context.shared->notes, now, now - by, 0,
		          "the clock was set back: these times occur twice, nothing is missing");
}

void
supervisor_tick(struct supervisor *s)
{
	struct steady steady = steady_now();

	log_catch_up();
	check_clock(s);
	for (unsigned i = 0; i < s->gate_count; i++)
		check_gate(s, &s->children[i], steady);
	s->ticked = steady;
	for (struct child *ch = s->children; ch <= s->recorder; ch++)
		if (ch->pid == 0 && !steady_before(steady, ch->restart_at))
			start_child(s, ch);
	ruleset_maintain(&s->ruleset, &s->context);
	if (all_gates_run(s))
		reconcile_settle(&s->reconcile, &s->context);
	if (!steady_before(steady, s->shield_log.due))
		shield_log_read(&s->shield_log, &s->context);
	if (!steady_before(steady, s->reconcile.queues_due))
		reconcile_queues(&s->reconcile, &s->context);
	if (steady_between(s->reconcile.read_at, steady) >= CHECK) {
		if (!s->ruleset.applied.tracked && conntrack_tracks()) /* newly: a NAT rule loaded conntrack, say */
			ruleset_apply(&s->ruleset, &s->context, s->context.config);
		reconcile_read(&s->reconcile, &s->context, steady);
	}
}
