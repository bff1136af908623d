/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the processes of `nfqd run` share: blocks of plain numbers, each written by one of them, and the spools. */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "event.h"
#include "spool.h"

#define SPOOL_EVENTS 65536 /* openings: 5 MiB; half a second at the most a queue can carry */
#define SPOOL_NOTES 1024

/* The gate's, since the supervisor started. */
struct gate_state {
	_Atomic int64_t alive;       /* microseconds: last time round its loop */
	_Atomic int64_t beat;        /* the same in microseconds of CLOCK_MONOTONIC, which nobody sets */
	_Atomic uint64_t packets[2]; /* taken from the listed and from the closed queue */
	_Atomic uint64_t verdicts[VERDICT_COUNT][REASON_COUNT];
	_Atomic uint64_t overruns; /* ENOBUFS: the kernel could not hand a packet over */
	_Atomic uint64_t errors;   /* verdicts the kernel would not take: the packet was gone */
};

/* The recorder's. */
struct recorder_state {
	_Atomic int64_t committed; /* microseconds: last commit */
	_Atomic int64_t failing;   /* since when commits fail; 0: they do not */
	_Atomic uint64_t events;   /* committed */
	_Atomic uint64_t evicted;  /* retransmission memory given up early: those may be counted as attempts */
};

enum note_kind {
	NOTE_JOURNAL, /* since, what, text */
	NOTE_GAP,     /* since, until, text, missing */
	NOTE_RULES, /* the rules were made anew: missing: openings they have counted since, until: and gates of this run
	               seen */
	NOTE_COUNTERS, /* the rules' counters jumped without an opening; missing: by how much, mostly less than 0 */
	NOTE_START, /* since: this run began; missing: openings the kernel's rules had counted by then, -1 without rules
	             */
};

/* What the supervisor has to say to the database. */
struct note {
	uint32_t kind; /* enum note_kind */
	bool counted;  /* of a gap: the missing ones are among those that the kernel's rules count */
	int64_t since, until;
	int64_t missing; /* -1: unknown */
	char what[16];
	char text[256];
};

/* Each process has a copy of its own: what lies in the shared memory, a child that was taken over can change, and no
 * pointer may lie there. */
struct shared {
	struct gate_state *gate;
	struct recorder_state *recorder;
	struct spool *events; /* struct event, from the gate */
	struct spool *notes;  /* struct note, from the supervisor */
	int64_t run;          /* names this run of the supervisor: its start, microseconds */
	int wake;             /* eventfd: the gate says that the spool fills up */
};

#endif
