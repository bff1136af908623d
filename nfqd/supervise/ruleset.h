/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ruleset: keeps the kernel's rules as the policy wants them: makes them anew when a line of the policy begins or ends,
 * and puts back what somebody else has changed. */
#ifndef RULESET_H
#define RULESET_H

#include "context.h"
#include "end_refused.h"
#include "lib/base/steady.h"
#include "nfqd/kernel/watch.h"
#include "nfqd/rules/rules.h"
#include "reconcile.h"
#include "shield_log.h"

struct ruleset {
	struct rules_applied applied; /* `next`: when they are due again */
	bool closed;                  /* made, and to be made, as struct rules_wanted has it; the caller's */
	bool renew;                   /* the clock was set: all timeouts are due again */
	bool failed;                  /* the kernel did not take them the last time */
	struct watch *watch;          /* NULL: the kernel has no nftables */
	struct rules_state expected;  /* as we left them */
	uint64_t stamp;               /* rules_stamp when they were last found as expected */
	bool suspect;                 /* somebody may have changed them since */
	int64_t intact_at;            /* wall time when they were last known to be as expected; 0: never made */
	struct steady checked;        /* last comparison with the kernel */
	struct steady stamped;        /* last look at rules_stamp */
	unsigned failures;            /* comparisons in a row that failed right after we made the rules */
	struct steady retry;          /* earliest moment to put them back again */
	/* Called after each change of the rules. */
	struct reconcile *reconcile;
	struct shield_log *shield_log;
	struct end_refused *end_refused;
};

/* Call while the process has all capabilities. */
void ruleset_start(struct ruleset *r);
/* Puts `c` in force, which need not be the context's yet. False: the kernel did not take it, which was logged. */
bool ruleset_apply(struct ruleset *r, const struct context *x, const struct config *c);
/* The wall clock was set: the kernel's timeouts are no longer those of the policy. */
void ruleset_clock_set(struct ruleset *r);
/* Call when the watch has news, and at each tick. */
void ruleset_maintain(struct ruleset *r, const struct context *x);
/* Compares with the kernel now, and finds rules of other programs. */
bool ruleset_intact(const struct ruleset *r, const struct context *x, struct others *others);

#endif
