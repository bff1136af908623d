/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel's rules have counted against what all gates together have seen. Numbers of gates stand in memory that
 * they write: they are added up, and nothing else. */
#include <stdio.h>

#include "nfqd/gate/nflog.h"
#include "nfqd/gate/queue.h"
#include "supervisor.h"
#include "lib/base/when.h"

#define SETTLED (NFLOG_DELAY + 2 * SUPERVISOR_TICK) /* milliseconds */

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

/* What NFLOG could not report, of all gates: openings by the numbers of its messages, and times its socket was full. */
static struct nflog_losses
log_losses(const struct supervisor *s)
{
	struct nflog_losses sum = {0, 0};

	for (unsigned i = 0; i < s->gate_count; i++) {
		sum.lost += atomic_load(&s->shared->gates[i].state->log_lost);
		sum.overruns += atomic_load(&s->shared->gates[i].state->log_overruns);
	}
	return sum;
}

/* The group by which listed hosts are reported. */
static struct nflog_look
look_at_group(const struct supervisor *s)
{
	struct nflog_look look;

	nflog_look(config_queue(s->config, true, 0), &look);
	return look;
}

/* Openings that stand in a queue and that a gate will see. */
static int64_t
queued(const struct supervisor *s)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < 2 * s->gate_count; i++) {
		struct queue_look q;

		queue_look((uint16_t)(s->config->queue + i), &q);
		sum += q.waiting;
	}
	return sum;
}

int64_t
reconcile_underway(const struct supervisor *s)
{
	return look_at_group(s).waiting;
}

/* Messages that were lost show by the number of the next one that arrives. By then the counters may have shown it, and
 * the gap may stand (s->unexplained): what is missing is not written down twice. */
static void
reconcile_nflog(struct supervisor *s, int64_t since, int64_t now)
{
	struct nflog_losses losses = log_losses(s);
	int64_t more, most;

	if (losses.lost == s->log_losses.lost)
		return;
	/* The number comes from a gate: the kernel's own count bounds it. */
	most = supervisor_counted(s) - s->counted_before - s->missed;
	more = losses.lost - s->log_losses.lost < INT32_MAX ? (int64_t)(losses.lost - s->log_losses.lost) : INT32_MAX;
	more = (more < most ? more : most) - s->unexplained;
	s->log_losses = losses;
	s->unexplained = 0;
	if (more <= 0)
		return;
	s->missed += more;
	notes_gap_counted(s->shared->notes, since, now, more,
	                  "NFLOG lost messages: openings of listed hosts passed without being logged");
}

/* What the gates saw is read first and what the kernel counted last, so that the number is never too small. */
int64_t
reconcile_missed(struct supervisor *s)
{
	int64_t seen, counted, missed;

	reconcile_nflog(s, s->queues_looked, when_now());
	seen = reconcile_seen(s) + queued(s) + reconcile_underway(s);
	counted = supervisor_counted(s);
	if (counted < 0 || (missed = counted - s->counted_before - seen - s->missed) < 0)
		return -1;
	s->missed += missed;
	s->unexplained = 0; /* a gate that has just begun knows nothing of messages that were lost before */
	s->log_losses = log_losses(s);
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
			notes_gap_counted(s->shared->notes, s->queues_looked, now, (int64_t)(lost - s->queue_lost[i]),
			                  text);
			s->missed += (int64_t)(lost - s->queue_lost[i]);
		}
		s->queue_lost[i] = lost; /* a new gate's queue begins at 0 again */
	}
	reconcile_nflog(s, s->queues_looked, now);
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

/* What the rules had counted at the last look, the gates must have seen by now, two ticks after the kernel has sent
 * what it keeps for NFLOG, if nothing waits for them. If they did not, a queue was full: such openings of listed hosts
 * passed, and others were dropped. Openings that came since the look hide as many, but not for long: they are not in the
 * next one twice. */
void
reconcile_settle(struct supervisor *s)
{
	int64_t missed, now = when_now();

	if (s->look < 0 || steady_since(s->counted_at) < SETTLED * 1000 || !all_gates_run(s) || queued(s) > 0 ||
	    look_at_group(s).unread > 0)
		return;
	reconcile_queues(s); /* what the kernel dropped of them has a cause of its own */
	missed = s->look - s->counted_before - s->missed - reconcile_seen(s);
	s->look = -1;
	if (missed < 0)
		return;
	if (missed > 0) {
		s->missed += missed;
		if (log_losses(s).overruns > s->log_losses.overruns)
			s->unexplained += missed;
		notes_gap_counted(
		        s->shared->notes, s->even, now, missed,
		        "the gate did not see all openings: those of listed hosts passed, others were dropped");
	}
	s->even = now;
}
