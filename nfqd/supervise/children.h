/* SPDX-License-Identifier: GPL-3.0-or-later */
/* children: the gates and the recorder together. Each is started when it is due, and again when it has died or hangs;
 * each gate is given the policy that is wanted. All of it in steps that do not wait: what a child owes us (to be ready,
 * to take a policy, to end) has a moment by which it must have come. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "child.h"
#include "context.h"
#include "nfqd/kernel/holder.h"
#include "reconcile.h"
#include "ruleset.h"

struct children {
	struct child list[CONFIG_WORKERS + 1]; /* the gates, then the recorder */
	unsigned gate_count;
	struct child *recorder; /* the last of them */
	const struct policy *policy;
	unsigned policy_number;               /* of `policy`, from 1 */
	char database_why[2 * CHILD_MESSAGE]; /* gate.db cannot be opened or written, printable; "": it can */
	struct holder holder;                 /* of the queue or group that a gate lacks; valid if ruleset->closed */
	bool gates_wanted, recorder_wanted;   /* to be started (again) when they are down */
	struct reconcile *reconcile;
	struct ruleset *ruleset;
};

enum children_policy { POLICY_PENDING, POLICY_TAKEN, POLICY_REFUSED };

/* None runs yet; `c` has the policy that is wanted. */
void children_new(struct children *s, const struct config *c);
/* Wants the gates, the recorder, or both to run: they are started in the next step. */
void children_want(struct children *s, bool gates, bool recorder);
/* Reaps, receives, starts, kills. Call whenever a channel has news, a child has ended, or children_due has passed. */
void children_step(struct children *s, const struct context *x);
struct steady children_due(const struct children *s);
/* Four times a second, `passed` microseconds after the last time: replaces gates that hang. */
void children_check(struct children *s, const struct context *x, int64_t passed);
bool children_gates_up(const struct children *s); /* all of them */

/* All gates are to take this policy, which must live until another one is wanted. */
void children_want_policy(struct children *s, const struct policy *p);
/* Of the gates that run. One that does not answer within 2 s has refused. */
enum children_policy children_policy_state(const struct children *s);
/* Restarts the recorder, for another configuration. */
void children_renew_recorder(struct children *s);

#endif
