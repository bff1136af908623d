/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reconcile: compares the openings that the kernel's rules have counted with those that the gates have seen. Openings
 * that no gate saw are reported to the recorder as a gap with their number. */
#ifndef RECONCILE_H
#define RECONCILE_H

#include "context.h"
#include "lib/base/steady.h"
#include "nfqd/gate/nflog.h"

#define RECONCILE_NOTHING (-1)

struct reconcile {
	int64_t counted_before; /* openings counted by the rules before the run began */
	int64_t missed;         /* openings of this run that were reported as missing */
	int64_t pending;        /* the rules' count at the last reading; RECONCILE_NOTHING: it is settled */
	struct steady read_at;  /* time of that reading */
	int64_t complete_until; /* wall time until which every counted opening was seen or reported */
	uint64_t queue_lost[2 * CONFIG_WORKERS]; /* drops of each queue at the last reading */
	struct nflog_losses log_losses;          /* losses of NFLOG that were reported */
	int64_t unexplained;      /* openings that were reported as missing and may be among NFLOG's next losses */
	struct steady queues_due; /* next reading of the queues */
	int64_t queues_read;      /* wall time of the last one */
};

/* At the start of a run, `since` in wall time. Returns reconcile_counted. */
int64_t reconcile_begin(struct reconcile *r, const struct context *x, int64_t since);
/* Openings that the rules have counted since they were made; -1 if they cannot be read. */
int64_t reconcile_counted(const struct context *x);
/* The number of openings since the last call that no gate saw; -1: unknown. They now count as reported; the caller
 * writes the gap. */
int64_t reconcile_missed(struct reconcile *r, const struct context *x);
/* Once a second: gaps for packets that the kernel dropped because a queue was full or could not be delivered, and for
 * messages that NFLOG lost. */
void reconcile_queues(struct reconcile *r, const struct context *x);
/* Reads the rules' counters, and some time later, when all gates run, compares them with the gates' own. */
void reconcile_read(struct reconcile *r, const struct context *x, struct steady now);
void reconcile_settle(struct reconcile *r, const struct context *x);
/* The rules were made anew after somebody else had changed them, so the counters may have begun at 0. */
void reconcile_remade(struct reconcile *r, const struct context *x);
/* The counters fell from `before` to `after` because we made a chain anew. */
void reconcile_fell(struct reconcile *r, const struct context *x, int64_t before, int64_t after);

#endif
