/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recording: the recorder's state, and the parts of its work between spools and rows. Only the files of the recorder
 * include it. */
#ifndef RECORDING_H
#define RECORDING_H

#include "backlog.h"
#include "lib/base/unset.h"
#include "inbox.h"
#include "lib/base/standing.h"
#include "lib/base/steady.h"
#include "lib/count/attempts.h"
#include "lib/count/rotating.h"
#include "logbook.h"
#include "recorder.h"

struct recorder {
	struct shared *shared;
	int channel;                    /* to the supervisor */
	char message[RECORDER_MESSAGE]; /* that it has not taken yet; "": none */
	bool open;                      /* the database was opened, and the work of an earlier recorder taken over */
	struct steady open_at;          /* otherwise: the next try */
	int64_t open_pause;             /* and the pause after it */
	struct unset unset;
	struct steady waited;  /* for a clock that is not set, since then */
	bool undated;          /* rows have its times: there will be a gap for their openings */
	int64_t undated_since; /* the last commit of an earlier run; 0: none */
	int64_t forward;       /* by which it was set since the last commit: a gap */
	struct logbook logbook;
	struct minutes *minutes;
	struct attempts *attempts;
	struct devices *devices;
	struct rotating *rotating;
	struct inbox inbox;             /* events */
	uint64_t note_next, flood_next; /* numbers of the first records that were not read */
	uint64_t note_done, flood_done; /* ... and that are not committed */
	int64_t named;                  /* openings dropped by the shield that are recorded */
	int64_t named_set, named_more;  /* not committed: the same by the supervisor (-1: no news), and by floods */
	bool emptied;                   /* the shield's sets were emptied: what they hold now is not recorded */
	uint64_t lost;                  /* records dropped by full spools, as recorded */
	uint64_t events_damaged, floods_damaged; /* records that were not valid, since the last commit */
	uint64_t answers, answers_done;          /* events that are no openings: not committed; committed in this run */
	bool spools_damaged;                     /* impossible numbers in shared memory: not committed */
	bool damaged;                            /* and that was logged */
	int64_t recorded;                        /* all openings ever recorded in this file, committed */
	int64_t alive, pruned;                   /* wall time of the last commit, and when the last pruning began */
	struct standing deleting;                /* the clock by which rows are pruned */
	bool pruning;                            /* it goes on */
	struct steady work_until;                /* has_time */
	struct backlog backlog;                  /* of judging */
};

/* take_over.c: once gate.db is open. */
void recording_take_over(struct recorder *r);

/* collect.c: from the spools into rows in memory, as far as these have room. */
void recording_take_events(struct recorder *r);
void recording_take_floods(struct recorder *r);
/* Numbers that no gate of ours can have left in its memory count nothing; what is lost with them will be a gap. */
void recording_mend(struct recorder *r);

/* clock.c: a clock that is not set yet. `known`: the last commit of an earlier run; 0: none. */
bool recording_clock_unset(struct recorder *r, int64_t known, int64_t now);
/* When gate.db has been opened: true while it makes sense to wait for the clock, which is not if this run has written
 * rows. */
bool recording_waits_for_clock(struct recorder *r, int64_t now, bool stopping);
/* Each tick: notes that a clock that was set, as it seemed, is set forward. */
void recording_follow_clock(struct recorder *r, int64_t now);
/* In put_all, a gap for that: with the number of openings of this run if it began lately. */
bool recording_put_forward(struct recorder *r, int64_t now);
/* When it is set, in put_all: a gap for the openings that are recorded under its earlier times. */
bool recording_put_undated(struct recorder *r, int64_t now);

/* put_notes.c: the supervisor's notes into the transaction that is open at `now`. False on an error of the database. */
bool recording_put_notes(struct recorder *r, int64_t now);
/* A gap for records in shared memory that are not valid, with a static cause: `missing` openings or MISSING_UNKNOWN. */
bool recording_put_damaged(struct recorder *r, const char *cause, int64_t now, int64_t missing);

#endif
