/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fitting: whether the policy in force fits the network, all the time. The kernel tells of each change of a link or an
 * address; a job then looks, once there has been none for a while. */
#ifndef FITTING_H
#define FITTING_H

#include "context.h"
#include "job.h"
#include "nfqd/network/findings.h"

#define FITTING_QUIET (2 * SECOND) /* without a change before it looks: an interface comes in several steps */

struct fitting {
	int fd;              /* has news of links and addresses; -1: the kernel does not tell */
	struct job job;      /* of a look */
	bool again;          /* something has changed since the job began */
	bool looked;         /* `found` is of a look, or the first one has failed */
	struct steady since; /* the first change that no look has seen */
	struct steady due;   /* the next look */
	struct findings found;
	unsigned told;            /* lines of the log since ... */
	struct steady told_since; /* ... then */
};

/* Before privileges are dropped. */
void fitting_start(struct fitting *f);
/* The policy has changed: looks at once. */
void fitting_anew(struct fitting *f);
/* Reads the news, begins and ends looks. What appears and what is gone is a line in log and journal. Never waits. */
void fitting_step(struct fitting *f, const struct context *x);
struct steady fitting_due(const struct fitting *f);
void fitting_stop(struct fitting *f);

#endif
