/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gates' numbers stand in memory that they write, so they are added up and used for nothing else. */
#include "reconcile.h"

#include <stdio.h>

#include "nfqd/gate/queue.h"
#include "lib/base/when.h"
#include "nfqd/rules/rules.h"
#include "notes.h"
#include "ruleset_jobs.h"

#define SETTLED                                                                                                        \
	(NFLOG_DELAY * INT64_C(1000) + SECOND / 2) /* after a reading, until the gates have seen what it counted */
#define COUNT_EVERY (5 * SECOND)                   /* between readings of the rules' counters */
#define COUNT_APART (SECOND / 4)                   /* the same, if a number is waited for */
#define COUNT_MOST (3 * SECOND)                    /* of a reading */
#define QUEUES_EVERY SECOND                        /* between readings of the queues' drops */

int64_t
reconcile_sum(const struct rule_counters *c)
{
	return (int64_t)(c->listed + c->stranger + c->deny);
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

/* Strangers in audit among them. */
static int64_t
audited_by_gates(const struct context *x)
{
	uint64_t audited = 0;

	for (unsigned i = 0; i < x->shared->gate_count; i++)
		audited += atomic_load(&x->shared->gates[i].state->audited);
	return (int64_t)audited;
}

uint64_t
reconcile_audited(const struct reconcile *r, const struct context *x)
{
	int64_t audited = audited_by_gates(x);

	return audited > r->audited_before ? (uint64_t)(audited - r->audited_before) : 0;
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
 * and the gap may be written (r->unexplained): such openings are not reported twice. `counted`: by the rules, by now.
 */
static void
report_log_losses(struct reconcile *r, const struct context *x, int64_t counted)
{
	struct nflog_losses losses = log_losses(x);
	int64_t more, most, now = when_now();

	if (losses.lost == r->log_losses.lost)
		return;
	/* The number comes from a gate: the kernel's own count bounds it. */
	most = counted - r->counted_before - r->missed;
	more = losses.lost - r->log_losses.lost < INT32_MAX ? (int64_t)(losses.lost - r->log_losses.lost) : INT32_MAX;
	more = (more < most ? more : most) - r->unexplained;
	r->log_losses = losses;
	r->unexplained = 0;
	if (more <= 0)
		return;
	r->missed += more;
	notes_gap_counted(x->shared->notes, r->losses_since, now, more,
	                  "NFLOG lost messages: openings of listed hosts passed without being logged");
}

/* Openings since the last report that no gate saw; -1: unknown. From now on they are reported. `seen`: by the gates,
 * read before the kernel's number, so that the result is never too small. */
static int64_t
take_missed(struct reconcile *r, const struct context *x, int64_t seen, int64_t counted)
{
	int64_t missed;

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
reconcile_missed(struct reconcile *r, int64_t since, bool unless_none, const char *cause)
{
	struct reconcile_missing *m = &r->missing[r->missing_count];

	if (r->missing_count == CONFIG_WORKERS)
		return;
	r->missing_count++;
	*m = (struct reconcile_missing){.since = since, .unless_none = unless_none};
	snprintf(m->cause, sizeof m->cause, "%s", cause);
}

/* The gaps that waited for this count, the first of which gets the number. */
static void
report_missing(struct reconcile *r, const struct context *x, int64_t counted)
{
	unsigned left = 0;

	for (unsigned i = 0; i < r->missing_count; i++) {
		struct reconcile_missing *m = &r->missing[i];
		int64_t missed;

		if (!m->counting) {
			r->missing[left++] = *m;
			continue;
		}
		missed = take_missed(r, x, r->seen_before, counted);
		if (r->remade_at != 0 && r->remade_at >= m->since) /* counters went with the rules meanwhile */
			missed = NOTE_UNKNOWN;
		if (missed > 0 || !m->unless_none)
			notes_gap_counted(x->shared->notes, m->since, when_now(), missed, m->cause);
	}
	r->missing_count = left;
}

static void
begin_count(struct reconcile *r, const struct context *x, struct steady now)
{
	for (unsigned i = 0; i < r->missing_count; i++)
		r->missing[i].counting = true;
	r->seen_before = seen_by_gates(x) + queued(x) + underway(x);
	r->losses_since = r->queues_read;
	r->read_at = now;
	job_start(&r->count, rules_task_count, &x->backend, sizeof(struct rules_count), COUNT_MOST);
}

static void
take_count(struct reconcile *r, const struct context *x, int64_t counted)
{
	if (counted >= 0)
		report_log_losses(r, x, counted);
	report_missing(r, x, counted);
	if (r->pending < 0 && counted >= 0)
		r->pending = counted;
	r->read_at = steady_now();
}

void
reconcile_step(struct reconcile *r, const struct context *x)
{
	const struct rules_count *c = (const struct rules_count *)(const void *)r->count.result;
	struct steady now = steady_now();
	bool asked = r->missing_count > 0 || log_losses(x).lost != r->log_losses.lost;

	switch (job_look(&r->count)) {
	case JOB_NONE:
		if (steady_between(r->read_at, now) >= (asked ? COUNT_APART : COUNT_EVERY))
			begin_count(r, x, now);
		return;
	case JOB_RUNS:
		return;
	case JOB_DONE:
		take_count(r, x, c->known ? reconcile_sum(&c->counters) : RECONCILE_UNKNOWN);
		break;
	case JOB_FAILED:
		take_count(r, x, RECONCILE_UNKNOWN);
		break;
	}
	job_drop(&r->count);
}

void
reconcile_stop(struct reconcile *r)
{
	job_drop(&r->count);
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
	if (log_losses(x).lost != r->log_losses.lost) /* the next count reports them, with their cause */
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
reconcile_begin(struct reconcile *r, int64_t since, int64_t counted)
{
	*r = (struct reconcile){.counted_before = counted >= 0 ? counted : 0,
	                        .pending = RECONCILE_NOTHING,
	                        .complete_until = since,
	                        .queues_read = since};
	r->count.fd = -1;
}

void
reconcile_remade(struct reconcile *r, const struct context *x, int64_t counted)
{
	int64_t seen = seen_by_gates(x) + underway(x);

	job_drop(&r->count); /* it may have counted before */
	if (counted >= 0)
		r->counted_before = counted - seen - r->missed;
	r->audited_before = audited_by_gates(x);
	r->complete_until = r->remade_at = when_now();
	r->pending = RECONCILE_NOTHING;
	notes_rules(x->shared->notes, r->complete_until, counted, seen);
}

void
reconcile_fell(struct reconcile *r, const struct context *x, int64_t before, int64_t after)
{
	job_drop(&r->count);
	r->counted_before += after - before;
	r->audited_before = audited_by_gates(x);
	r->pending = RECONCILE_NOTHING;
	notes_counters(x->shared->notes, when_now(), after - before);
}
