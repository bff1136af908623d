/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decide: an opening -> the decision of policy and pace, as the event for the log. No system call, no allocation. */
#ifndef DECIDE_H
#define DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/steady.h"
#include "lib/policy/event.h"
#include "lib/policy/policy.h"
#include "nflog.h"
#include "opening.h"
#include "pace.h"

struct deciding {
	const struct policy *policy;
	const struct policy *before; /* the previous one; NULL: none */
	struct pace *pace;
	bool drops;  /* what is rejected is dropped: no rule behind the queue resets it */
	int64_t now; /* microseconds since the epoch */
	struct steady steady;
};

/* An opening that waits for its verdict, which is out->verdict. `bypass`: it came through the queue that accepts
 * packets while no gate is bound, and so an opening that cannot be decoded also passes if the policy does not refuse
 * it. */
void decide_queued(const struct deciding *d, const struct opening *o, bool bypass, struct event *out);
/* An opening that the kernel has already accepted: out->verdict accepts it, whatever has changed since. Or an answer to
 * nobody, which the kernel has dropped: REASON_ANSWER. */
void decide_logged(const struct deciding *d, const struct nflogged *n, struct event *out);

#endif
