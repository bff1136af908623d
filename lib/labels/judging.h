/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging: the rows of a database -> the judge, in a fixed order: by minute, host, first attempt. The states are the
 * same, byte for byte, whichever program judges, when, and in how many steps.
 *
 * For each host and minute the packed state is loaded, advanced and saved. The sink stores the states, in tables or in
 * memory; judging itself keeps none. */
#ifndef JUDGING_H
#define JUDGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/judge/pack.h"
#include "lib/judge/usual.h"
#include "lib/store/store.h"

struct judging_state {
	size_t size;                          /* of the judge's bytes; 0: the host is new */
	size_t usual_size;                    /* of the bytes behind them, struct judge_usual; 0: never listed */
	bool named;                           /* one of its rows had a name; in memory only */
	uint8_t label, certainty;             /* at the end of its latest minute */
	uint8_t later_label, later_certainty; /* if it stays silent for JUDGING_SILENCE from then on */
	int64_t since;                        /* when it got this label */
	int64_t tried;                        /* its latest attempt that the policy does not allow; 0: none */
	int64_t last;                         /* time of the latest row */
	double score;                         /* of the walk */
	uint32_t steps;                       /* in the current walk */
	int64_t unusual_since,
	        unusual_until; /* unusual hours, from the begin of the first to the end of the latest; 0: none */
	uint8_t bytes[JUDGE_PACKED + JUDGE_USUAL_PACKED];
};

/* After this silence a mail server would have retried: the label does not change any more. */
#define JUDGING_SILENCE (INT64_C(46) * 60 * 1000000)

/* A step of a walk. Number 1 is the first; number 0 is the sum of several. */
struct judging_step {
	uint32_t n;
	int64_t when;
	struct prefix network;
	bool fresh;
	double step, score;
};

/* A change of a label or of its certainty; if both are the same, the beginning of unusual hours. */
struct judging_change {
	int64_t at;
	uint8_t from_label, from_certainty;
	uint8_t label, certainty;
	const char *reasons; /* sentences */
};

#define JUDGING_STEPS 64 /* steps of a walk that are kept singly */

/* If a function fails, it returns false, and so does judging_run. */
struct judging_sink {
	void *arg;
	bool (*load)(void *arg, const struct judge_key *who, struct judging_state *out);
	bool (*save)(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s);
	/* The sink forgets the steps before this one if n is 1, and all if `s` is NULL. */
	bool (*step)(void *arg, const struct judge_key *who, const struct judging_step *s);
	bool (*change)(void *arg, const struct judge_key *who, const struct judging_change *c);
};

/* The place up to which a database is judged: all minutes before `minute`, and in it the hosts below `next`. */
struct judging_place {
	int64_t minute; /* since the epoch */
	uint8_t next[ADDR_AFTER];
	size_t next_size;
};

struct judging;
struct learned;
struct table;

/* `wire`: the rows are pcapmon's, else the gate's. `devices` (or NULL: `store`) has the table `device` with an index on
 * mac and host. NULL with store_error, or if memory is short. All must outlive it. */
struct judging *judging_new(struct store *store, bool wire, struct store *devices, const struct judge_parameters *p,
                            const struct judging_sink *sink);
void judging_free(struct judging *g); /* accepts NULL */
/* Judges with these names of destinations, which rows of the gate do not have. `names` must outlive it. */
void judging_learn(struct judging *g, struct learned *names);
/* From here on only rows of these hosts (a map of struct addr) are judged; NULL: of all. */
void judging_only(struct judging *g, const struct table *hosts);
/* Judges from *at up to the minute `end` (excluded), and advances *at. Stops after about `most` rows and sets *more.
 * False: the store or the sink failed, and *at is not valid. */
bool judging_run(struct judging *g, struct judging_place *at, int64_t end, size_t most, bool *more);
/* The key of a host: see judging_devices_key. */
bool judging_key(struct judging *g, const struct addr *host, int64_t end, struct judge_key *who);
/* The judgement of a state as of the end of its latest minute or, if that is at least JUDGING_SILENCE before `now`, as
 * of the end of the silence. Beyond that a label does not depend on `now`. False if the bytes are damaged. */
bool judging_verdict(struct judging *g, const struct judging_state *s, int64_t now, struct judgement *out);
/* The same without unpacking the bytes: only label, certainty, score, last, and the first and latest unusual hour are
 * filled in. */
struct judgement judging_label(const struct judging_state *s, int64_t now);
uint64_t judging_dropped(const struct judging *g); /* damaged states: their hosts began anew */

#endif
