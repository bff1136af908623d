/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of `nfqd run` share: blocks of plain numbers, each written by one of them, and the spools. */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "debts.h"
#include "lib/policy/event.h"
#include "spool.h"

#define SPOOL_EVENTS 65536 /* openings of a gate: 5 MiB; half a second at the most a queue can carry */
#define SPOOL_NOTES 1024

/* A gate's, and its successors', since the supervisor started. */
struct gate_state {
	_Atomic int64_t alive;       /* microseconds: last time round its loop */
	_Atomic uint64_t turns;      /* of its loop: a sign of life that no clock changes */
	_Atomic uint64_t packets[2]; /* openings: by NFLOG and from the queue with bypass; from the closed queue */
	_Atomic uint64_t verdicts[VERDICT_COUNT][REASON_COUNT];
	_Atomic uint64_t overruns; /* ENOBUFS: the kernel could not hand a packet over */
	_Atomic uint64_t log_lost;     /* openings of listed hosts that NFLOG could not report: gaps in its numbers */
	_Atomic uint64_t log_overruns; /* ENOBUFS of its socket */
	_Atomic uint64_t errors;   /* verdicts the kernel would not take: the packet was gone */
	_Atomic uint64_t evicted_sources, evicted_openings; /* forgotten too early by `max` (lib/pace), this gate's */
};

/* The recorder's. */
struct recorder_state {
	_Atomic int64_t committed;      /* microseconds: last commit */
	_Atomic int64_t idle;           /* ... and when there was last nothing to commit */
	_Atomic int64_t failing;        /* since when commits fail; 0: they do not */
	_Atomic uint64_t events;        /* committed */
	_Atomic uint64_t evicted;       /* retransmission memory given up early: those may be counted as attempts */
	_Atomic int64_t judged;         /* all openings before that moment are judged; 0: none are */
	_Atomic int64_t named, unnamed; /* of the shield, as remembered when it started; -1: never */
	_Atomic int64_t alive;          /* when the last one committed, also of an earlier run; -1: never */
};

#define SPOOL_FLOODS 65536 /* sources in a second */

/* What the shield dropped of one source between two looks. */
struct flood {
	struct addr source;
	uint16_t port; /* 0: one of several */
	int64_t first, last;
	uint64_t count;
};

/* What one gate shares with the supervisor and the recorder. */
struct gate_share {
	struct gate_state *state;
	struct spool *events; /* struct event, from the gate */
};

/* Each process has a copy of its own: what lies in the shared memory, a child that was taken over can change, and no
 * pointer may lie there. */
struct shared {
	struct gate_share gates[CONFIG_WORKERS];
	unsigned gate_count;
	struct debts *debts; /* of sources with a `max`, the gates' own */
	struct recorder_state *recorder;
	struct spool *notes;  /* struct note, from the supervisor */
	struct spool *floods; /* struct flood, from the supervisor */
	int64_t run;          /* names this run of the supervisor: its start, microseconds */
	int wake;             /* eventfd: a gate says that the spool fills up */
};

/* Made before the processes fork; `workers` as configured. Fatal if memory is short. */
struct shared *shared_new(unsigned workers);

#endif
