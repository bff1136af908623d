/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel's rules have counted against what all gates together have seen. Numbers of gates stand in memory that
 * they write: they are added up, and nothing else. */
#include <stdio.h>

#include "nfqd/gate/queue.h"
#include "supervisor.h"
#include "lib/base/when.h"

int64_t
supervisor_counted(const struct supervisor *s)
{
	struct rule_counters c;

	return rules_counters(s->backend, &c) ? (int64_t)(c.listed + c.stranger + c.deny) : -1;
}

int64_t
reconcile_seen(const struct supervisor *s)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < s->gate_count; i++)
		for (int q = 0; q < 2; q++)
			seen += atomic_load(&s->shared->gates[i].state->packets[q]);
	return (int64_t)seen;
}

/* Openings that stand in a queue and that a gate will see. */
static int64_t
waiting(const struct supervisor *s)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < 2 * s->gate_count; i++) {
		struct queue_look q;

		queue_look((uint16_t)(s->config->queue + i), &q);
		sum += q.waiting;
	}
	return sum;
}

/* What the gates saw is read first and what the kernel counted last, so that the number is never too small. */
int64_t
reconcile_missed(struct supervisor *s)
{
	int64_t seen = reconcile_seen(s) + waiting(s);
	int64_t counted = supervisor_counted(s), missed;

	if (counted < 0 || (missed = counted - s->counted_before - seen - s->missed) < 0)
		return -1;
	s->missed += missed;
	s->look = -1;
	s->even = when_now();
	return missed;
}

void
reconcile_queues(struct supervisor *s)
{
	int64_t now = when_now();
	char text[128];

	for (unsigned i = 0; i < 2 * s->gate_count; i++) {
		const char *whose = i < s->gate_count ? "listed hosts" : "strangers";
		uint16_t number = (uint16_t)(s->config->queue + i);
		struct queue_look q;
		uint64_t lost;

		if (!queue_look(number, &q))
			continue;
		lost = (uint64_t)q.dropped + q.user_dropped;
		if (lost > s->queue_lost[i]) {
			if (s->gate_count > 1)
				snprintf(text, sizeof text,
				         "queue %u of %s was full: openings were dropped by the kernel", number, whose);
			else
				snprintf(text, sizeof text,
				         "the queue of %s was full: openings were dropped by the kernel", whose);
			supervisor_gap(s, s->queues_looked, now, (int64_t)(lost - s->queue_lost[i]), true, text);
			s->missed += (int64_t)(lost - s->queue_lost[i]);
		}
		s->queue_lost[i] = lost; /* a new gate's queue begins at 0 again */
	}
	s->queues_looked = now;
}

static bool
all_gates_run(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->gate_count; i++)
		if (s->children[i].pid == 0)
			return false;
	return true;
}

/* What the rules had counted at the last look, the gates must have seen by now, two ticks later, if nothing waits for
 * them. If they did not, a queue was full: such openings of listed hosts passed, and others were dropped. Openings that
 * came since the look hide as many, but not for long: they are not in the next one twice. */
void
reconcile_settle(struct supervisor *s)
{
	int64_t missed, now = when_now();

	if (s->look < 0 || steady_since(s->counted_at) < 2 * SUPERVISOR_TICK * 1000 || !all_gates_run(s) ||
	    waiting(s) > 0)
		return;
	reconcile_queues(s); /* what the kernel dropped of them has a cause of its own */
	missed = s->look - s->counted_before - s->missed - reconcile_seen(s);
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
