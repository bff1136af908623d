/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shared: memory that the processes of `nfqd run` share: blocks of numbers, each written by one process, and the
 * spools.
 */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "debts.h"
#include "lib/policy/event.h"
#include "spool.h"

#define SPOOL_EVENTS 65536 /* openings of a gate: 5 MiB, half a second at a queue's highest rate */
#define SPOOL_NOTES 1024

/* Written by a gate and, after a restart, its successors; counted since the supervisor started. */
struct gate_state {
	_Atomic int64_t alive;       /* wall time of the last turn of its loop, microseconds */
	_Atomic uint64_t turns;      /* of its loop: these show that it works, whatever the clock does */
	_Atomic uint64_t packets[2]; /* openings: by NFLOG and from the queue with bypass; from the closed queue */
	_Atomic uint64_t audited;    /* of packets[0], openings by NFLOG: strangers, which an audit lets pass */
	_Atomic uint64_t verdicts[VERDICT_COUNT][REASON_COUNT];
	_Atomic uint64_t overruns;     /* ENOBUFS: the kernel could not deliver a packet */
	_Atomic uint64_t log_lost;     /* openings of listed hosts that NFLOG could not report: gaps in its numbers */
	_Atomic uint64_t log_overruns; /* ENOBUFS of its socket */
	_Atomic uint64_t errors;       /* verdicts that the kernel did not accept: the packet was gone */
	_Atomic uint64_t evicted_sources, evicted_openings; /* by this gate's `max`: evicted too early */
};

/* Written by the recorder. Times are wall time in microseconds. */
struct recorder_state {
	_Atomic int64_t committed;      /* last commit */
	_Atomic int64_t idle;           /* last moment with nothing to commit */
	_Atomic int64_t failing;        /* opening it or commits have failed since; 0: they do not */
	_Atomic uint64_t events;        /* committed: openings, and answers to nobody */
	_Atomic uint64_t evicted;       /* attempts evicted too early: their retransmissions count as attempts */
	_Atomic int64_t judged;         /* openings before this are judged; 0: none are */
	_Atomic int64_t opened;         /* gate.db was last opened: the numbers below hold; 0: not in this run */
	_Atomic int64_t named, unnamed; /* shield totals remembered in gate.db when it was opened; -1: none */
	_Atomic int64_t emptied;        /* 1: and its sets were emptied at the end of that run */
	_Atomic int64_t alive;          /* last commit of an earlier recorder; -1: none */
	_Atomic int64_t
	        unset; /* lead of a clock that is not set over the steady one (lib/base/unset.h); 0: it is set */
};

/* Written by the supervisor. */
struct supervisor_state {
	_Atomic int64_t doubt; /* the rules may be missing since this moment of wall time; 0: they are in place */
};

#define SPOOL_FLOODS 65536 /* sources in a second */

/* The shield's drops of one source between two readings. */
struct flood {
	struct addr source;
	uint16_t port; /* 0: unknown, as several are enforced */
	int64_t first, last;
	uint64_t count;
};

/* Memory that one gate shares with the supervisor and the recorder. */
struct gate_share {
	struct gate_state *state;
	struct spool *events; /* struct event, from the gate */
};

/* Each process has a copy of its own. No pointer may be in the shared memory itself, where a child that was taken over
 * could change it. */
struct shared {
	struct gate_share gates[CONFIG_WORKERS];
	unsigned gate_count;
	struct debts *debts; /* of sources with a `max`; the gates use them */
	struct recorder_state *recorder;
	/* The rules behind the queue that reset what a gate rejects do not stand yet: the gates drop it. Written by the
	 * supervisor's jobs; the gates read it. */
	_Atomic bool *last_missing;
	struct supervisor_state *supervisor; /* the recorder reads it */
	struct spool *notes;                 /* struct note, from the supervisor */
	struct spool *floods;                /* struct flood, from the supervisor */
	int64_t run; /* identifies this run of the supervisor: wall time of its start, microseconds */
	int wake;    /* eventfd, written by a gate whose spool fills up */
};

/* Call before the processes fork; `workers` as configured. Fatal if memory is short. */
struct shared *shared_new(unsigned workers);

/* In a child that has just been forked, before it reads any input: leaves it the memory that it works with, and of that
 * only its own end to write to. A gate keeps its own state, the writing end of its own spool, the debts, and
 * `last_missing` to read; the recorder its own state and the reading end of all spools. All else is unmapped (and
 * NULL). Fatal on failure. */
void shared_limit_gate(struct shared *s, unsigned number);
void shared_limit_recorder(struct shared *s);

#endif
