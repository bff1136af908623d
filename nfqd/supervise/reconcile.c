/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gates' numbers stand in memory that they write, so they are added up and used for nothing else. */
#include "reconcile.h"

#include <stdio.h>

#include "nfqd/gate/queue.h"
#include "lib/base/when.h"
#include "nfqd/rules/rules.h"
#include "notes.h"

#define SETTLED                                                                                                        \
	(NFLOG_DELAY * INT64_C(1000) + SECOND / 2) /* after a reading, until the gates have seen what it counted */
#define QUEUES_EVERY SECOND                        /* between readings of the queues' drops */

int64_t
reconcile_counted(const struct context *x)
{
	struct rule_counters c;

	return rules_counters(x->backend, &c) ? (int64_t)(c.listed + c.stranger + c.deny) : -1;
}

/* Openings that gates of this run have seen. */
static int64_t
seen_by_gates(const struct context *x)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < x->shared->gate_count; i++)
		for (int q = 0; q < 2; q++)
			seen += atomic_load(&x->shared->gates[i].state->packets[q]);
	return (int64_t)seen;
}

/* Losses of NFLOG, summed over all gates. */
static struct nflog_losses
log_losses(const struct context *x)
{
	struct nflog_losses sum = {0, 0};

	for (unsigned i = 0; i < x->shared->gate_count; i++) {
		sum.lost += atomic_load(&x->shared->gates[i].state->log_lost);
		sum.overruns += atomic_load(&x->shared->gates[i].state->log_overruns);
	}
	return sum;
}

/* The group by which listed hosts are reported. */
static struct nflog_look
look_at_group(const struct context *x)
{
	struct nflog_look look;

	nflog_look(config_queue(x->config, true, 0), &look);
	return look;
}

/* Openings that wait in a queue for a gate. */
static int64_t
queued(const struct context *x)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < 2 * x->shared->gate_count; i++) {
		struct queue_look q;

		queue_look((uint16_t)(x->config->queue + i), &q);
		sum += q.waiting;
	}
	return sum;
}

/* Openings of listed hosts that the kernel still holds for NFLOG. A gate will see them. */
static int64_t
underway(const struct context *x)
{
	return look_at_group(x).waiting;
}

/* A gate finds lost messages by the number of the next one that arrives. By then the counters may have shown the loss,
 * and the gap may be written (r->unexplained): such openings are not reported twice. */
static void
reconcile_nflog(struct reconcile *r, const struct context *x, int64_t since, int64_t now)
{
	struct nflog_losses losses = log_losses(x);
	int64_t more, most;

	if (losses.lost == r->log_losses.lost)
		return;
	/* The number comes from a gate: the kernel's own count bounds it. */
	most = reconcile_counted(x) - r->counted_before - r->missed;
	more = losses.lost - r->log_losses.lost < INT32_MAX ? (int64_t)(losses.lost - r->log_losses.lost) : INT32_MAX;
	more = (more < most ? more : most) - r->unexplained;
	r->log_losses = losses;
	r->unexplained = 0;
	if (more <= 0)
		return;
	r->missed += more;
	notes_gap_counted(x->shared->notes, since, now, more,
	                  "NFLOG lost messages: openings of listed hosts passed without being logged");
}

/* The gates' numbers are read first and the kernel's last, so that the result is never too small. */
int64_t
reconcile_missed(struct reconcile *r, const struct context *x)
{
	int64_t seen, counted, missed;

	reconcile_nflog(r, x, r->queues_read, when_now());
	seen = seen_by_gates(x) + queued(x) + underway(x);
	counted = reconcile_counted(x);
	if (counted < 0 || (missed = counted - r->counted_before - seen - r->missed) < 0)
		return -1;
	r->missed += missed;
	r->unexplained = 0; /* a gate that has just started knows nothing of messages that were lost before */
	r->log_losses = log_losses(x);
	r->pending = RECONCILE_NOTHING;
	r->complete_until = when_now();
	return missed;
}

void
reconcile_queues(struct reconcile *r, const struct context *x)
{
	int64_t now = when_now();
	char text[128];

	for (unsigned i = 0; i < 2 * x->shared->gate_count; i++) {
		const char *whose = i < x->shared->gate_count ? "listed hosts" : "strangers";
		uint16_t number = (uint16_t)(x->config->queue + i);
		struct queue_look q;
		uint64_t lost;

		if (!queue_look(number, &q))
			continue;
		lost = (uint64_t)q.dropped + q.user_dropped;
		if (lost > r->queue_lost[i]) {
			if (x->shared->gate_count > 1)
				snprintf(text, sizeof text,
				         "queue %u of %s was full: openings were dropped by the kernel", number, whose);
			else
				snprintf(text, sizeof text,
				         "the queue of %s was full: openings were dropped by the kernel", whose);
			notes_gap_counted(x->shared->notes, r->queues_read, now, (int64_t)(lost - r->queue_lost[i]),
			                  text);
			r->missed += (int64_t)(lost - r->queue_lost[i]);
		}
		r->queue_lost[i] = lost; /* a new gate's queue begins at 0 again */
	}
	reconcile_nflog(r, x, r->queues_read, now);
	r->queues_read = now;
	r->queues_due = steady_add(steady_now(), QUEUES_EVERY);
}

/* The gates must have seen by now what the rules had counted at the last reading: the kernel has sent what it held for
 * NFLOG, and nothing waits in the queues. If they have not, a queue was full: such openings of listed hosts passed,
 * others were dropped. Openings that came after the reading hide as many missing ones, but only once: the next reading
 * counts them itself. */
void
reconcile_settle(struct reconcile *r, const struct context *x)
{
	int64_t missed, now = when_now();

	if (r->pending < 0 || steady_since(r->read_at) < SETTLED || queued(x) > 0 || look_at_group(x).unread > 0)
		return;
	reconcile_queues(r, x); /* drops by the kernel have a cause of their own */
	missed = r->pending - r->counted_before - r->missed - seen_by_gates(x);
	r->pending = RECONCILE_NOTHING;
	if (missed < 0)
		return;
	if (missed > 0) {
		r->missed += missed;
		if (log_losses(x).overruns > r->log_losses.overruns)
			r->unexplained += missed;
		notes_gap_counted(
		        x->shared->notes, r->complete_until, now, missed,
		        "some openings did not reach the gate: those of listed hosts passed, others were dropped");
	}
	r->complete_until = now;
}

void
reconcile_read(struct reconcile *r, const struct context *x, struct steady now)
{
	if (r->pending < 0)
		r->pending = reconcile_counted(x);
	r->read_at = now;
}

int64_t
reconcile_begin(struct reconcile *r, const struct context *x, int64_t since)
{
	int64_t counted = reconcile_counted(x);

	*r = (struct reconcile){.counted_before = counted >= 0 ? counted : 0,
	                        .pending = RECONCILE_NOTHING,
	                        .complete_until = since,
	                        .queues_read = since};
	return counted;
}

void
reconcile_remade(struct reconcile *r, const struct context *x)
{
	int64_t seen = seen_by_gates(x) + underway(x), counted = reconcile_counted(x);

	if (counted >= 0)
		r->counted_before = counted - seen - r->missed;
	r->complete_until = when_now();
	r->pending = RECONCILE_NOTHING;
	notes_rules(x->shared->notes, r->complete_until, counted, seen);
}

void
reconcile_fell(struct reconcile *r, const struct context *x, int64_t before, int64_t after)
{
	r->counted_before += after - before;
	r->pending = RECONCILE_NOTHING;
	notes_counters(x->shared->notes, when_now(), after - before);
}
