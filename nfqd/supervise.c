/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the supervisor does while it runs: reloads, children that die or hang, rules that are due or gone, and what it
 * tells the recorder of all that. */
#include "supervisor.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "queue.h"
#include "rules_midstream.h"
#include "when.h"

#define SOON SECOND                /* a child that died young is started again after this */
#define RENEW (24 * 3600 * SECOND) /* element timeouts of the kernel are renewed at least this often */
#define SILENT (SECOND * 3 / 2)    /* the gate gives a sign of life four times a second */
#define LOOK SECOND                /* between looks at the shield's counters */
#define CHECK (5 * SECOND)         /* between looks at the rules */

int64_t
supervisor_counted(const struct supervisor *s)
{
	struct rule_counters c;

	return rules_counters(s->backend, &c) ? (int64_t)(c.listed + c.stranger + c.deny) : -1;
}

void
supervisor_note(struct supervisor *s, const struct note *n)
{
	if (!spool_put(s->shared->notes, n))
		log_warnx("the recorder does not take notes: \"%s\" is lost", n->text);
}

void
supervisor_gap(struct supervisor *s, int64_t since, int64_t until, int64_t missing, bool counted, const char *text)
{
	struct note n = {.kind = NOTE_GAP, .counted = counted, .since = since, .until = until, .missing = missing};

	snprintf(n.text, sizeof n.text, "%s", text);
	supervisor_note(s, &n);
}

void
supervisor_journal(struct supervisor *s, const char *what, const char *format, ...)
{
	struct note n = {.kind = NOTE_JOURNAL, .since = when_now()};
	va_list args;

	snprintf(n.what, sizeof n.what, "%s", what);
	va_start(args, format);
	vsnprintf(n.text, sizeof n.text, format, args);
	va_end(args);
	supervisor_note(s, &n);
}

void
supervisor_remember(struct supervisor *s, const char *name, int64_t value)
{
	struct note n = {.kind = NOTE_MEMORY, .missing = value};

	snprintf(n.what, sizeof n.what, "%s", name);
	supervisor_note(s, &n);
}

bool
supervisor_apply_rules(struct supervisor *s, const struct config *c)
{
	int64_t now = when_now(), before = supervisor_counted(s), after;
	bool done = rules_apply(c, s->backend, now, &s->rules);
	struct note n = {.kind = NOTE_COUNTERS, .since = now};

	/* iptables counts from 0 again when a chain's text has changed. */
	if (before > 0 && (after = supervisor_counted(s)) >= 0 && after < before) {
		n.missing = after - before;
		s->counted_before += n.missing;
		s->look = -1;
		supervisor_note(s, &n);
	}
	if (s->rules.next > now + RENEW)
		s->rules.next = now + RENEW;
	s->rules_failed = !done;
	s->ending_due = s->ending_due || (done && s->rules.midstream);
	return done;
}

/* What a new configuration may not change under a running gate. */
static const char *
needs_restart(const struct config *old, const struct config *fresh)
{
	if (old->queue != fresh->queue)
		return "`queue` has changed: restart nfqd";
	if (old->mark != fresh->mark || old->mark_mask != fresh->mark_mask)
		return "`mark` has changed: restart nfqd";
	if (old->backend != fresh->backend)
		return "`backend` has changed: restart nfqd";
	if (strcmp(old->user, fresh->user) != 0)
		return "`user` has changed: restart nfqd";
	if (strcmp(old->database, fresh->database) != 0)
		return "`database` has changed: restart nfqd";
	if (strcmp(old->control, fresh->control) != 0)
		return "`control` has changed: restart nfqd";
	return NULL;
}

/* The gate first, the kernel second: in between, what the kernel lets into the listed queue is judged by the new policy
 * already, and what it does not yet is judged in the closed one. */
static const char *
put_in_force(struct supervisor *s, const struct config *fresh)
{
	if (s->child[CHILD_GATE].pid != 0 && !child_send_policy(&s->child[CHILD_GATE], fresh->policy))
		return "the gate did not take the new policy";
	fold_look(s); /* a new pace empties the shield's sets */
	if (supervisor_apply_rules(s, fresh))
		return NULL;
	if (s->child[CHILD_GATE].pid != 0)
		child_send_policy(&s->child[CHILD_GATE], s->config->policy);
	supervisor_apply_rules(s, s->config);
	return "the kernel did not take the new rules";
}

const char *
supervisor_reload(struct supervisor *s)
{
	struct config *fresh = config_load(s->path);
	const char *why = "the configuration has errors";

	if (fresh != NULL && (why = needs_restart(s->config, fresh)) == NULL)
		why = put_in_force(s, fresh);
	if (why != NULL) {
		log_warnx("%s not reloaded, the old policy stays: %s", s->path, why);
		supervisor_journal(s, "refused", "%s: %s", s->path, why);
		config_free(fresh);
		return why;
	}
	/* The recorder starts anew with the new ranges and limits; the spool bridges the moment. */
	child_stop(&s->child[CHILD_RECORDER]);
	config_free(s->config);
	s->config = fresh;
	if (s->shield == NULL && fresh->pace.burst > 0)
		fold_start(s);
	s->loaded = when_now();
	if (!child_start(&s->child[CHILD_RECORDER], CHILD_RECORDER, s->config, s->shared))
		s->child[CHILD_RECORDER].again = when_steady() + SOON;
	log_info("%s reloaded: %zu lines of policy", s->path, s->config->line_count);
	supervisor_journal(s, "reload", "%s: %zu lines of policy", s->path, s->config->line_count);
	established_step(s, ESTABLISHED_PATIENCE);
	return NULL;
}

static int64_t
seen_by_gates(const struct supervisor *s)
{
	return (int64_t)(atomic_load(&s->shared->gate->packets[0]) + atomic_load(&s->shared->gate->packets[1]));
}

/* How many openings no gate saw since the last time this was asked; -1 if the kernel's counters cannot be read. What
 * the gates saw is read first, so that the number is never too small. */
static int64_t
newly_missed(struct supervisor *s)
{
	int64_t seen = seen_by_gates(s);
	int64_t counted = supervisor_counted(s), missed;

	if (counted < 0 || (missed = counted - s->counted_before - seen - s->missed) < 0)
		return -1;
	s->missed += missed;
	s->look = -1;
	s->even = when_now();
	return missed;
}

/* What the kernel dropped of a queue because it was full, or because it could not hand it over. */
static void
check_queues(struct supervisor *s)
{
	static const char *const whose[] = {"listed hosts", "strangers"};
	int64_t now = when_now();
	char text[128];

	for (uint16_t i = 0; i < 2; i++) {
		struct queue_look q;
		uint64_t lost;

		if (!queue_look((uint16_t)(s->config->queue + i), &q))
			continue;
		lost = (uint64_t)q.dropped + q.user_dropped;
		if (lost > s->queue_lost[i]) {
			snprintf(text, sizeof text, "the queue of %s was full: openings were dropped by the kernel",
			         whose[i]);
			supervisor_gap(s, s->queues_looked, now, (int64_t)(lost - s->queue_lost[i]), true, text);
			s->missed += (int64_t)(lost - s->queue_lost[i]);
		}
		s->queue_lost[i] = lost; /* a new gate's queue begins at 0 again */
	}
	s->queues_looked = now;
}

static bool
packets_wait(const struct supervisor *s)
{
	struct queue_look listed, closed;

	queue_look(s->config->queue, &listed);
	queue_look((uint16_t)(s->config->queue + 1), &closed);
	return listed.waiting > 0 || closed.waiting > 0;
}

/* What the rules had counted at the last look, the gate must have seen by now, two ticks later, if nothing waits for
 * it. If it did not, a queue was full: such openings of listed hosts passed, and others were dropped. Openings that
 * came since the look hide as many, but not for long: they are not in the next one twice. */
static void
settle(struct supervisor *s)
{
	int64_t missed, now = when_now();

	if (s->look < 0 || when_steady() - s->rules_checked < 2 * SUPERVISOR_TICK * 1000 ||
	    s->child[CHILD_GATE].pid == 0 || packets_wait(s))
		return;
	check_queues(s); /* what the kernel dropped of them has a cause of its own */
	missed = s->look - s->counted_before - s->missed - seen_by_gates(s);
	s->look = -1;
	if (missed < 0)
		return;
	if (missed > 0) {
		s->missed += missed;
		supervisor_gap(s, s->even, now, missed, true,
		               "the gate did not see all openings: those of listed hosts passed, others were dropped");
	}
	s->even = now;
}

static void
tell_gap(struct supervisor *s, enum child_kind kind)
{
	struct child *ch = &s->child[kind];
	char fate[64], text[200];

	child_fate(ch, fate, sizeof fate);
	if (kind == CHILD_GATE) {
		int64_t missed = newly_missed(s);

		snprintf(text, sizeof text,
		         "the gate %s: openings of listed hosts passed, all others were dropped by the kernel", fate);
		supervisor_gap(s, ch->worked, when_now(), missed, true, text);
	} else {
		snprintf(text, sizeof text, "the recorder %s: openings waited in the spool", fate);
		supervisor_gap(s, ch->worked, when_now(), 0, false, text);
	}
}

static void
start_child(struct supervisor *s, enum child_kind kind)
{
	struct child *ch = &s->child[kind];

	ch->restarts++;
	if (!child_start(ch, kind, s->config, s->shared)) {
		ch->again = when_steady() + SOON;
		return;
	}
	log_info("the %s runs again", child_names[kind]);
	tell_gap(s, kind);
}

/* Children that have ended. One that lived a while is started again at once. */
void
supervisor_reap(struct supervisor *s)
{
	int64_t steady = when_steady();

	for (enum child_kind kind = 0; kind < CHILD_COUNT; kind++) {
		struct child *ch = &s->child[kind];
		char fate[64];

		if (ch->pid == 0 || waitpid(ch->pid, &ch->status, WNOHANG) != ch->pid)
			continue;
		close(ch->channel);
		ch->pid = 0;
		ch->died = when_now();
		ch->worked = kind == CHILD_GATE ? atomic_load(&s->shared->gate->alive)
		                                : atomic_load(&s->shared->recorder->committed);
		if (ch->worked == 0) /* it died before it did anything */
			ch->worked = ch->since;
		log_warnx("the %s %s", child_names[kind], child_fate(ch, fate, sizeof fate));
		supervisor_journal(s, "died", "the %s %s", child_names[kind], fate);
		if (steady - ch->began >= SOON)
			start_child(s, kind);
		else
			ch->again = steady + SOON;
	}
}

/* A gate that hangs is worth less than a new one: what waits in its queues is let go, and healed by retransmission.
 * Only time in which we run ourselves counts: if the whole machine was asleep, nobody is to blame. */
static void
check_gate(struct supervisor *s, int64_t steady)
{
	int64_t beat = atomic_load(&s->shared->gate->beat), passed = steady - s->ticked;

	if (s->child[CHILD_GATE].pid == 0 || beat != s->beat) {
		s->beat = beat;
		s->silent = 0;
		return;
	}
	s->silent += passed < 2 * SUPERVISOR_TICK * 1000 ? passed : 2 * SUPERVISOR_TICK * 1000;
	if (s->silent < SILENT)
		return;
	log_warnx("the gate has given no sign of life for %.1f s: it is replaced", (double)s->silent / (double)SECOND);
	kill(s->child[CHILD_GATE].pid, SIGKILL);
	s->silent = 0;
}

/* Somebody may have taken our rules away: they are put back, and what went by uncounted becomes a gap. */
static void
check_rules(struct supervisor *s)
{
	int64_t now = when_now();
	struct note n = {.kind = NOTE_RULES};
	struct shield_totals totals;

	bool shield = s->shield == NULL || shield_totals(s->shield, &totals);

	if (rules_present(s->backend) && shield) {
		s->rules_seen = now;
		if (!s->rules.tracked && midstream_tracked()) /* since now: somebody's NAT has come */
			supervisor_apply_rules(s, s->config);
		return;
	}
	log_warnx("the kernel rules are not in place any more: they are put back");
	if (!supervisor_apply_rules(s, s->config))
		return;
	supervisor_gap(s, s->rules_seen, when_now(), -1, false,
	               "somebody removed the kernel rules: openings went by uncounted until they were put back");
	supervisor_journal(s, "rules", "removed by somebody else, put back");
	if (!shield)
		fold_begin(s);
	n.until = seen_by_gates(s);
	n.missing = supervisor_counted(s);
	if (n.missing >= 0)
		s->counted_before = n.missing - n.until - s->missed;
	n.since = s->rules_seen = s->even = when_now();
	s->look = -1;
	supervisor_note(s, &n);
}

void
supervisor_tick(struct supervisor *s)
{
	int64_t now = when_now(), steady = when_steady();

	check_gate(s, steady);
	s->ticked = steady;
	for (enum child_kind kind = 0; kind < CHILD_COUNT; kind++)
		if (s->child[kind].pid == 0 && steady >= s->child[kind].again)
			start_child(s, kind);
	/* Further off than it was ever set: the clock was put back. */
	if ((now >= s->rules.next || s->rules.next > now + RENEW) && !supervisor_apply_rules(s, s->config))
		s->rules.next = now + 10 * SECOND;
	settle(s);
	if (steady - s->shield_checked >= LOOK) {
		fold_look(s);
		check_queues(s);
		s->shield_checked = steady;
	}
	if (steady - s->rules_checked >= CHECK) {
		check_rules(s);
		if (s->look < 0)
			s->look = supervisor_counted(s);
		s->rules_checked = steady;
	}
}
