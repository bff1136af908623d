/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ruleset: keeps the kernel's rules as the policy wants them: makes them anew when a line of the policy begins or ends,
 * and puts back what somebody else has changed. Tools run in jobs, so nothing here waits. */
#ifndef RULESET_H
#define RULESET_H

#include "context.h"
#include "end_refused.h"
#include "job.h"
#include "lib/base/steady.h"
#include "nfqd/kernel/watch.h"
#include "nfqd/shared/note.h"
#include "reconcile.h"
#include "ruleset_jobs.h"
#include "shield_log.h"

enum ruleset_state {
	RULESET_PENDING, /* the kernel does not have them yet */
	RULESET_DONE,
	RULESET_REFUSED /* the kernel did not take them, which was logged */
};

struct ruleset {
	const struct config *config;  /* wanted in force, which need not be the context's */
	bool closed;                  /* to be made as struct rules_wanted has it; the caller's */
	unsigned asked, made, failed; /* numbers of requests: the last one, the last one done, the last one refused */
	struct rules_applied applied; /* `next`: when they are due again */
	bool renew;                   /* the clock was set: all timeouts are due again */
	struct troubles troubles;     /* of the last time that they were made; they are logged */
	bool applied_all;             /* and all of them were made nevertheless */
	struct watch *watch;          /* NULL: the kernel has no nftables */
	struct rules_state expected;  /* as we left them */
	struct rules_seen seen;       /* the last look at them, and when it began */
	struct steady seen_at;
	struct steady looked;          /* the beginning of the last look, whatever became of it */
	bool suspect;                  /* somebody may have changed them since */
	bool changed;                  /* somebody has: they are to be put back */
	struct rules_difference found; /* and so, if the last look has seen it */
	char who[64];                  /* has changed them, as far as known when they were last made */
	bool blind;                    /* the last look did not end, or could not see */
	bool urgent;                   /* the look was begun because of that */
	bool status_wanted;            /* a look is wanted now, for whoever asks */
	int64_t intact_at;             /* wall time when they were last known to be as expected; 0: never made */
	struct steady stamped;         /* last look at rules_stamp */
	struct steady stepped;         /* last step */
	unsigned failures;             /* comparisons in a row that failed right after we made the rules */
	struct steady retry;           /* earliest moment to put them back again */
	bool emptied;                  /* the shield was gone when they were last made */
	unsigned making;               /* the request that the making job serves */
	bool renewing;                 /* and it makes all timeouts anew */
	int64_t unled_at;              /* the last gap for openings that no rule led to the gate ends here; or 0 */
	bool doubted;                  /* when it began, somebody might have changed them since the last look */
	bool tracked, told_untracked;  /* the kernel tracks connections; it is logged that it does not so far */
	bool told_unmade;              /* logged: the job that makes them does not start, or does not end */
	struct note_start start;       /* as this run found the rules; told once they are made */
	int64_t unsettled_since,
	        unsettled_until; /* wall time by a clock that was set while it was not known that they stood */
	struct job look, make;
	struct job guard;        /* beside them, if they take long: do the rules refuse strangers? */
	bool guarded;            /* the look has had one */
	struct steady guard_at;  /* the earliest moment of the next guard */
	struct rules_pace usual; /* of this machine, from rules_probe */
	int64_t patience;        /* with a making job, before one that leaves strangers pass is begun anew */
	/* Called after each change of the rules. */
	struct reconcile *reconcile;
	struct shield_log *shield_log;
	struct end_refused *end_refused;
};

#define RULESET_JOBS 3

/* Call while the process has all capabilities. */
void ruleset_start(struct ruleset *r);
/* From rules_probe; call before rules are asked for. */
void ruleset_set_usual(struct ruleset *r, struct rules_pace usual);
/* Asks for the rules of `c`, which must live until others are asked for. */
void ruleset_want(struct ruleset *r, const struct config *c);
enum ruleset_state ruleset_state(const struct ruleset *r); /* of the last request */
/* The wall clock was set forward by `by` microseconds: the kernel's timeouts are no longer those of the policy. */
void ruleset_clock_set(struct ruleset *r, int64_t by);
/* If the kernel tracks connections newly (a NAT rule loaded conntrack, say), the rules for those are made, too. */
void ruleset_find_tracking(struct ruleset *r);
/* Does what can be done now. Call when a descriptor has news, and at each tick. */
void ruleset_step(struct ruleset *r, const struct context *x);
struct steady ruleset_due(const struct ruleset *r);
/* The descriptors of the jobs; -1: it does not run. */
void ruleset_waits(const struct ruleset *r, int out[RULESET_JOBS]);
/* True if the last look began after `since`; otherwise one is under way. */
bool ruleset_seen_since(struct ruleset *r, struct steady since);
/* By the last look. */
bool ruleset_intact(const struct ruleset *r);
bool ruleset_remade(const struct ruleset *r); /* somebody may have changed them, and they are being made */
void ruleset_stop(struct ruleset *r, const struct context *x);

#endif
