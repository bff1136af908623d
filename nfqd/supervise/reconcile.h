/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reconcile: compares the openings that the kernel's rules have counted with those that the gates have seen. Openings
 * that no gate saw are reported to the recorder as a gap with their number. */
#ifndef RECONCILE_H
#define RECONCILE_H

#include "context.h"
#include "job.h"
#include "lib/base/steady.h"
#include "nfqd/gate/nflog.h"
#include "nfqd/kernel/objects.h"

#define RECONCILE_NOTHING (-1)
#define RECONCILE_UNKNOWN (-1)

/* A gap whose number is not known yet. */
struct reconcile_missing {
	int64_t since;
	bool counting;    /* by the count that is under way; a count that was begun before does not help */
	bool unless_none; /* no gap if nothing is missing */
	char cause[256];
};

struct reconcile {
	int64_t counted_before; /* openings counted by the rules before the run began */
	int64_t audited_before; /* strangers in audit of this run that the rules' counters do not contain any more */
	int64_t missed;         /* openings of this run that were reported as missing */
	int64_t pending;        /* the rules' count at the last reading; RECONCILE_NOTHING: it is settled */
	struct steady read_at;  /* time of that reading */
	int64_t complete_until; /* wall time until which every counted opening was seen or reported */
	int64_t remade_at;      /* wall time at which counters were last lost with the rules; 0: not in this run */
	uint64_t queue_lost[2 * CONFIG_WORKERS]; /* drops of each queue at the last reading */
	struct nflog_losses log_losses;          /* losses of NFLOG that were reported */
	int64_t unexplained;      /* openings that were reported as missing and may be among NFLOG's next losses */
	struct steady queues_due; /* next reading of the queues */
	int64_t queues_read;      /* wall time of the last one */
	struct job count;         /* reads the rules' counters */
	int64_t seen_before;      /* by the gates, when it began */
	int64_t losses_since;     /* queues_read, when it began */
	struct reconcile_missing missing[CONFIG_WORKERS];
	unsigned missing_count;
};

/* At the start of a run, `since` in wall time. `counted`: openings that the rules have counted since they were made, or
 * RECONCILE_UNKNOWN. */
void reconcile_begin(struct reconcile *r, int64_t since, int64_t counted);
int64_t reconcile_sum(const struct rule_counters *c);
/* A gap from `since` until now, with the openings that no gate saw; `unless_none`: if there are any. It is written when
 * the rules' counters have been read. */
void reconcile_missed(struct reconcile *r, int64_t since, bool unless_none, const char *cause);
/* Reads the rules' counters when that is due; some time later, when all gates run, reconcile_settle compares them with
 * the gates' own. Call at each tick, and when the job's descriptor has news. */
void reconcile_step(struct reconcile *r, const struct context *x);
void reconcile_stop(struct reconcile *r);
/* Once a second: gaps for packets that the kernel dropped because a queue was full or could not be delivered, and for
 * messages that NFLOG lost. */
void reconcile_queues(struct reconcile *r, const struct context *x);
void reconcile_settle(struct reconcile *r, const struct context *x);
/* The rules were made anew after somebody else had changed them, so the counters may have begun at 0. `counted`: since.
 */
void reconcile_remade(struct reconcile *r, const struct context *x, int64_t counted);
/* Strangers that an audit lets pass: the rules count them among the listed, since they cannot tell them apart. Those of
 * an earlier run are not known. */
uint64_t reconcile_audited(const struct reconcile *r, const struct context *x);
/* The counters fell from `before` to `after` because we made a chain anew. */
void reconcile_fell(struct reconcile *r, const struct context *x, int64_t before, int64_t after);

#endif
