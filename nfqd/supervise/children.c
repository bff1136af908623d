/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "children.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "nfqd/gate/gate.h"
#include "nfqd/record/recorder.h"
#include "notes.h"

#define SOON SECOND               /* a child that died young is started again after this */
#define LASTS (5 * SECOND)        /* a life after which the next death is not one of a row */
#define SILENT (SECOND * 3 / 2)   /* a working gate has four heartbeats a second */
#define PASSED_MOST (SECOND / 2)  /* of one check: the machine may have been suspended */
#define TAKEN_WITHIN (2 * SECOND) /* a policy by a gate */

_Static_assert(RECORDER_MESSAGE <= CHILD_MESSAGE, "a message fits");

void
children_new(struct children *s, const struct config *c)
{
	s->gate_count = c->workers;
	for (unsigned i = 0; i < s->gate_count; i++)
		s->list[i] = child_new(CHILD_GATE, i, c);
	s->recorder = &s->list[s->gate_count];
	*s->recorder = child_new(CHILD_RECORDER, 0, c);
	children_want_policy(s, c->policy);
}

void
children_want(struct children *s, bool gates, bool recorder)
{
	s->gates_wanted = gates;
	s->recorder_wanted = recorder;
}

bool
children_gates_up(const struct children *s)
{
	for (unsigned i = 0; i < s->gate_count; i++)
		if (s->list[i].state != CHILD_UP)
			return false;
	return true;
}

static bool
wanted(const struct children *s, const struct child *ch)
{
	return ch->kind == CHILD_GATE ? s->gates_wanted : s->recorder_wanted;
}

static void
report_gap(struct children *s, const struct context *x, const struct child *ch)
{
	char ended[64], queues[48] = "", text[256];

	child_exit_text(ch, ended, sizeof ended);
	if (ch->kind == CHILD_GATE) {
		if (s->gate_count > 1)
			snprintf(queues, sizeof queues, " in queues %u and %u",
			         config_queue(x->config, true, ch->number), config_queue(x->config, false, ch->number));
		snprintf(text, sizeof text,
		         "the %s %s: openings of listed hosts%s passed, all others were dropped by the kernel",
		         ch->name, ended, queues);
		reconcile_missed(s->reconcile, ch->worked, false, text);
	} else {
		snprintf(text, sizeof text, "the recorder %s: openings waited in the spool", ended);
		notes_gap(x->shared->notes, ch->worked, when_now(), 0, text);
	}
}

/* With a gate dead, another program may bind its queue, or the NFLOG group: then the kernel refuses strangers without
 * any queue, until the gate is back. */
static bool
held(struct children *s, const struct context *x, const struct child *ch)
{
	char who[HOLDER_TEXT];

	if (ch->kind != CHILD_GATE || ch->since == 0 || !holder_of_gate(x->config, ch->number, &s->holder))
		return false;
	if (s->ruleset->closed)
		return true;
	holder_print(&s->holder, who);
	log_warnx("%s: " RULES_CLOSED_RUNNING, who);
	notes_journal(x->shared->notes, "rules", "%s: " RULES_CLOSED_RUNNING, who);
	s->ruleset->closed = true;
	ruleset_want(s->ruleset, s->ruleset->config);
	return true;
}

/* The rules lead to the queues again. */
static void
reopen(struct children *s, const struct context *x)
{
	if (!s->ruleset->closed || !children_gates_up(s))
		return;
	s->ruleset->closed = false;
	ruleset_want(s->ruleset, s->ruleset->config);
	notes_journal(x->shared->notes, "rules", "all queues are nfqd's again");
}

/* One that fails again and again says so once a minute. */
static bool
death_is_news(const struct child *ch)
{
	return !ch->down_told || steady_since(ch->told_at) >= MINUTE;
}

static void
tell_death(const struct context *x, struct child *ch)
{
	char how[64], row[48] = "";

	if (!death_is_news(ch))
		return;
	if (ch->deaths > 1)
		snprintf(row, sizeof row, ", %u times in a row", ch->deaths);
	log_warnx("the %s %s%s", ch->name, child_exit_text(ch, how, sizeof how), row);
	notes_journal(x->shared->notes, "died", "the %s %s%s", ch->name, how, row);
	ch->down_told = true;
	ch->told_at = steady_now();
}

static void
tell_life(struct child *ch)
{
	if (ch->deaths > 1)
		log_info("the %s is running again, after %u failures", ch->name, ch->deaths);
	else
		log_info("the %s is running again", ch->name);
	ch->down_told = false;
}

/* Its next death begins a row. */
static void
step_row(struct child *ch)
{
	if (ch->deaths == 0 || ch->state != CHILD_UP || steady_since(ch->began) < LASTS)
		return;
	if (ch->down_told)
		tell_life(ch);
	ch->deaths = 0;
}

static void
start(struct children *s, const struct context *x, struct child *ch)
{
	if (held(s, x, ch)) {
		ch->due = steady_add(steady_now(), SOON);
		return;
	}
	ch->hushed = ch->deaths > 1 && !death_is_news(ch);
	/* It has the configuration in force, not what a reload may be about to make of it. */
	if (child_start(ch, x->config, x->shared))
		ch->policy_sent = ch->policy_taken = x->config->policy == s->policy ? s->policy_number : 0;
}

static void
ready(struct children *s, const struct context *x, struct child *ch)
{
	bool again = ch->died != 0 && !ch->renewed;

	child_ready(ch);
	ch->renewed = false;
	if (!again)
		return;
	if (ch->deaths <= 1)
		tell_life(ch);
	reopen(s, x);
	report_gap(s, x, ch);
}

static void
take_message(struct children *s, const struct context *x, struct child *ch, const char *message)
{
	_Static_assert(GATE_READY == RECORDER_READY, "told by the same byte");

	if (message[0] == GATE_READY && ch->state == CHILD_STARTING)
		ready(s, x, ch);
	else if (ch->kind == CHILD_GATE && message[0] == GATE_POLICY)
		ch->policy_taken = ch->policy_sent;
	else if (ch->kind == CHILD_GATE)
		ch->policy_refused = ch->policy_sent;
	else if (message[0] == RECORDER_WORKS)
		s->database_why[0] = '\0';
	else if (message[0] == RECORDER_FAILS)
		text_safe(message[1] != '\0' ? message + 1 : "no reason is known", false, s->database_why,
		          sizeof s->database_why);
}

/* The last moment at which the child is known to have worked. It wrote that moment itself, so it is only believed if it
 * lies within the child's life. */
static int64_t
last_worked(const struct context *x, const struct child *ch)
{
	int64_t when = ch->kind == CHILD_GATE ? atomic_load(&x->shared->gates[ch->number].state->alive)
	                                      : atomic_load(&x->shared->recorder->committed);

	if (when >= ch->since && when <= ch->died)
		return when;
	return ch->since < ch->died ? ch->since : ch->died;
}

/* One that lived a while is started again at once. */
static void
ended(const struct children *s, const struct context *x, struct child *ch)
{
	struct steady now = steady_now();

	ch->worked = last_worked(x, ch);
	ch->due = ch->planned || steady_between(ch->began, now) >= SOON ? now : steady_add(now, SOON);
	ch->renewed = ch->planned;
	ch->planned = false;
	if (ch->renewed || !wanted(s, ch))
		return;
	ch->deaths++;
	tell_death(x, ch);
}

static void
step_policy(const struct children *s, struct child *gate)
{
	struct steady now = steady_now();

	if (gate->state != CHILD_UP)
		return;
	if (gate->policy_sent != s->policy_number) {
		gate->policy_sent = s->policy_number;
		gate->policy_due = steady_add(now, TAKEN_WITHIN);
		if (!child_send_policy(gate, s->policy))
			gate->policy_refused = gate->policy_sent;
	} else if (gate->policy_taken != gate->policy_sent && !steady_before(now, gate->policy_due)) {
		gate->policy_refused = gate->policy_sent;
	}
}

static void
step(struct children *s, const struct context *x, struct child *ch)
{
	char message[CHILD_MESSAGE + 1];

	while (ch->state != CHILD_DOWN && child_receive(ch, message) > 0)
		take_message(s, x, ch, message);
	if (child_reap(ch))
		ended(s, x, ch);
	if (ch->state == CHILD_DOWN ? wanted(s, ch) : ch->state != CHILD_UP)
		if (!steady_before(steady_now(), ch->due))
			ch->state == CHILD_DOWN ? start(s, x, ch) : child_kill(ch);
	if (ch->kind == CHILD_GATE)
		step_policy(s, ch);
	step_row(ch);
}

void
children_step(struct children *s, const struct context *x)
{
	for (struct child *ch = s->list; ch <= s->recorder; ch++)
		step(s, x, ch);
}

struct steady
children_due(const struct children *s)
{
	struct steady due = STEADY_NEVER;

	for (const struct child *ch = s->list; ch <= s->recorder; ch++) {
		bool owes_policy = ch->state == CHILD_UP && ch->kind == CHILD_GATE &&
		                   ch->policy_taken != ch->policy_sent && ch->policy_refused != ch->policy_sent;
		struct steady own = owes_policy ? ch->policy_due : ch->due;

		if (ch->state == CHILD_UP ? owes_policy : ch->state != CHILD_DOWN || wanted(s, ch))
			due = steady_earlier(own, due);
	}
	return due;
}

/* Replaces a gate that hangs. The packets in its queues are lost with it, but their senders retransmit. Only time in
 * which the supervisor itself ran counts, so that a gate is not blamed when the whole machine was suspended. */
static void
check_gate(const struct context *x, struct child *gate, int64_t passed)
{
	uint64_t turns = atomic_load(&x->shared->gates[gate->number].state->turns);

	if (gate->state != CHILD_UP || turns != gate->turns) {
		gate->turns = turns;
		gate->silent = 0;
		return;
	}
	gate->silent += passed < PASSED_MOST ? passed : PASSED_MOST;
	if (gate->silent < SILENT)
		return;
	log_warnx("the %s has not responded for %.1f s: replacing it", gate->name,
	          (double)gate->silent / (double)SECOND);
	kill(gate->pid, SIGKILL);
	gate->silent = 0;
}

void
children_check(struct children *s, const struct context *x, int64_t passed)
{
	for (unsigned i = 0; i < s->gate_count; i++)
		check_gate(x, &s->list[i], passed);
}

void
children_want_policy(struct children *s, const struct policy *p)
{
	s->policy = p;
	s->policy_number++;
}

enum children_policy
children_policy_state(const struct children *s)
{
	enum children_policy state = POLICY_TAKEN;

	for (unsigned i = 0; i < s->gate_count; i++) {
		const struct child *gate = &s->list[i];

		if (gate->state == CHILD_UP && gate->policy_refused == s->policy_number)
			return POLICY_REFUSED;
		if (gate->state == CHILD_UP && gate->policy_taken != s->policy_number)
			state = POLICY_PENDING;
	}
	return state;
}

void
children_renew_recorder(struct children *s)
{
	struct child *ch = s->recorder;

	ch->planned = ch->state != CHILD_DOWN;
	child_stop(ch);
}
