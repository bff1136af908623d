/* SPDX-License-Identifier: GPL-3.0-or-later */
/* end_refused: ends connections that are open although the policy refuses them. */
#ifndef END_REFUSED_H
#define END_REFUSED_H

#include "context.h"
#include "lib/base/steady.h"
#include "nfqd/kernel/conntrack.h"

struct end_refused {
	bool due;               /* the rules have been put in force: begin anew */
	struct conntrack *walk; /* through the kernel's connections; NULL: none is under way */
	struct steady began;    /* the walk */
};

#define END_REFUSED_SLICE_US (20 * 1000)  /* between other work */
#define END_REFUSED_WHOLE_US (500 * 1000) /* before start or reload is reported as done */

/* Works for `us` microseconds. True: connections are left to be looked at. */
bool end_refused_step(struct end_refused *e, const struct context *x, int64_t us);
/* Connections are left to be looked at. */
bool end_refused_under_way(const struct end_refused *e);
void end_refused_stop(struct end_refused *e);

#endif
