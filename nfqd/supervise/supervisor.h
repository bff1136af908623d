/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervisor: the process that starts the others, maintains the kernel's rules, and never reads a packet. Its state is
 * a struct for each concern; the files of a concern know that struct and the context, not this one. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "children.h"
#include "clients.h"
#include "context.h"
#include "end_refused.h"
#include "fitting.h"
#include "reconcile.h"
#include "ruleset.h"
#include "shield_log.h"

#define SUPERVISOR_TICK_US (SECOND / 4)

enum phase {
	PHASE_FIRST,    /* a job finds out what the machine can do, and what an earlier run has left */
	PHASE_GATES,    /* they are starting */
	PHASE_RECORDER, /* rules and gates stand; the recorder may have a second before that is said */
	PHASE_RUNNING,
	PHASE_LEAVING,  /* the rules are removed, or the shield is emptied */
	PHASE_STOPPING, /* the gates are to end */
	PHASE_WRITING,  /* they have ended; the recorder writes what is left */
	PHASE_ENDED,
};

/* A reload: the kernel first, the gates second. */
struct reload {
	bool wanted;
	struct config *fresh; /* to be put in force; NULL: none is under way */
	bool in_kernel;       /* its rules are, and the gates are to take its policy */
};

struct supervisor {
	const char *path; /* of the configuration */
	struct context context;
	struct children children;
	struct clients clients;
	struct reconcile reconcile;
	struct ruleset ruleset;
	struct shield_log shield_log;
	struct end_refused end_refused;
	struct fitting fitting;
	struct reload reload;
	struct job first; /* of PHASE_FIRST */
	enum phase phase;
	struct steady phase_due; /* of PHASE_RECORDER: its end */
	bool standing;           /* our rules are in the kernel, of an earlier run at first */
	bool failed;             /* not started: see run.c */
	int64_t since, loaded;   /* wall time of the start, and of the last successful reading of the configuration */
	int64_t clock_offset;    /* microseconds by which the wall clock is ahead of the steady one; 0: not known */
	struct steady ticked;    /* last tick */
	uint64_t lost;           /* events that found no room in a spool */
	struct steady lost_at;   /* when that number last grew */
	struct steady tracking_due; /* next look whether the kernel tracks connections */
	struct job leave;           /* of PHASE_LEAVING, if there is something to do */
	int signals;                /* descriptor */
	bool remove_on_exit;
	bool stop; /* SIGTERM has come */
};

/* run.c: takes the next step from start to end, if what the phase waits for is there. */
void supervisor_step_phase(struct supervisor *s);

/* loop.c: runs until PHASE_ENDED. */
void supervisor_loop(struct supervisor *s);

/* supervise.c. Four times a second: checks the gates, the rules, the counters and the clock. */
void supervisor_tick(struct supervisor *s);
/* Reads the configuration again and puts it in force, one reload after the other. */
void supervisor_step_reload(struct supervisor *s);

/* status.c: the whole as a JSON object, the caller's to free. */
char *status_json(const struct supervisor *s);

#endif
