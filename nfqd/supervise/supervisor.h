/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervisor: the process that starts the others, maintains the kernel's rules, and never reads a packet. Its state is
 * a struct for each concern; the files of a concern know that struct and the context, not this one. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "children.h"
#include "context.h"
#include "end_refused.h"
#include "nfqd/kernel/holder.h"
#include "reconcile.h"
#include "ruleset.h"
#include "shield_log.h"

#define SUPERVISOR_TICK_US (SECOND / 4)

struct supervisor {
	const char *path; /* of the configuration */
	struct context context;
	struct child children[CONFIG_WORKERS + 1]; /* the gates, then the recorder */
	unsigned gate_count;
	struct child *recorder; /* the last of them */
	struct reconcile reconcile;
	struct ruleset ruleset;
	struct shield_log shield_log;
	struct end_refused end_refused;
	struct holder holder;  /* of the queue or group that a gate lacks; valid if ruleset.closed */
	int64_t since, loaded; /* wall time of the start, and of the last successful reading of the configuration */
	int64_t clock_offset;  /* microseconds by which the wall clock is ahead of the steady one; 0: not known */
	struct steady ticked;  /* last tick */
	int signals, control;  /* descriptors */
	bool remove_on_exit;
	bool stopping;
};

/* supervise.c. Reaps children that have ended; one that lived a while is started again at once. */
void supervisor_reap(struct supervisor *s);
/* Four times a second: starts children that are due, and checks the gates, the rules, the counters and the clock. */
void supervisor_tick(struct supervisor *s);
/* Reads the configuration again and puts it in force. NULL, or why the old one stays (static text). */
const char *supervisor_reload(struct supervisor *s);

/* status.c: the whole as a JSON object, the caller's to free. */
char *status_json(const struct supervisor *s);

#endif
