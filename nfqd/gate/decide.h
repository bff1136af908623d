/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decide: an opening -> what the policy says about it, as the event that the log gets. No system call, no allocation:
 * nothing but policy, pace and the packet. */
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
	const struct policy *before; /* the one that was in force before it; NULL: none */
	struct pace *pace;
	int64_t now;    /* microseconds since the epoch */
	struct steady steady;
};

/* An opening that waits for its verdict, which is out->verdict. `bypass`: it came through a queue that lets pass while
 * nobody listens, and so passes as well if it cannot be read and the policy has nothing against it. */
void decide_queued(const struct deciding *d, const struct opening *o, bool bypass, struct event *out);
/* An opening that the kernel has let pass already. out->verdict lets pass, whatever has changed since. */
void decide_logged(const struct deciding *d, const struct nflogged *n, struct event *out);

#endif
