/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging: the rows of a database -> the judge, whole minutes at a time, in one order: by minute, host, first attempt.
 * So whoever judges, when, and in how many steps, comes to the same states, byte for byte.
 *
 * Of each host and minute the packed state is loaded, moved on and saved: what is known of hosts is in the hands of the
 * sink, a table or memory, and nothing is kept here. */
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
	size_t size;              /* of bytes that are the judge's; 0: nothing is known of it */
	size_t usual_size;        /* ... and of those behind them: what is usual for it; 0: was never listed */
	uint8_t label, certainty; /* at the end of its latest minute */
	uint8_t later_label, later_certainty; /* if it stays silent for JUDGING_SILENCE from then on */
	int64_t since;                        /* it has this label */
	int64_t tried;                        /* its latest attempt that the policy does not let; 0: none */
	int64_t last;                         /* row that was judged */
	double score;                         /* of the walk */
	uint32_t steps;                       /* of the walk as it stands */
	int64_t unusual_since,
	        unusual_until; /* unusual hours, from the begin of the first to the end of the latest; 0: none */
	uint8_t bytes[JUDGE_PACKED + JUDGE_USUAL_PACKED];
};

/* What a mail server would have done by then does not change any more. */
#define JUDGING_SILENCE (INT64_C(46) * 60 * 1000000)

/* A step of a walk, as it is kept: number 1 is the first, 0 stands for several that are added up. */
struct judging_step {
	uint32_t n;
	int64_t when;
	struct prefix network;
	bool fresh;
	double step, score;
};

/* A label, or its certainty, that is not what it was; or, where they are the same, unusual hours that begin. */
struct judging_change {
	int64_t at;
	uint8_t from_label, from_certainty;
	uint8_t label, certainty;
	const char *reasons; /* sentences */
};

#define JUDGING_STEPS 64 /* of a walk that are kept one by one */

/* Functions return false when they cannot; then judging_run does, too. */
struct judging_sink {
	void *arg;
	bool (*load)(void *arg, const struct judge_key *who, struct judging_state *out);
	bool (*save)(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s);
	/* The sink forgets the steps before this one if n is 1, and all if `s` is NULL. */
	bool (*step)(void *arg, const struct judge_key *who, const struct judging_step *s);
	bool (*change)(void *arg, const struct judge_key *who, const struct judging_change *c);
};

/* How far a database is judged: all minutes before this one, and of it the hosts before these bytes. */
struct judging_place {
	int64_t minute; /* since the epoch */
	uint8_t next[ADDR_AFTER];
	size_t next_size;
};

struct judging;

/* `wire`: the rows are pcapmon's, else the gate's. `devices` (or NULL: `store`) has the table `device` with an index on
 * mac. NULL with store_error, or if memory is short. All must outlive it. */
struct judging *judging_new(struct store *store, bool wire, struct store *devices, const struct judge_parameters *p,
                            const struct judging_sink *sink);
void judging_free(struct judging *g); /* accepts NULL */
/* Judges minutes before `end`, from *at on, which it moves; ends after some `most` rows, and *more is true then. False:
 * the store or the sink failed, and *at is of no use. */
bool judging_run(struct judging *g, struct judging_place *at, int64_t end, size_t most, bool *more);
/* As whom a host is judged: by its hardware address if, of what was seen before `end` (microseconds), that is the only
 * one of the host, and speaks for one IPv4 address and two IPv6 /64 at most. */
bool judging_who(struct judging *g, const struct addr *host, int64_t end, struct judge_key *who);
/* What the judge says of a state: as of the end of its latest minute or, if that is JUDGING_SILENCE before `now`, of
 * then. A label does not depend on the moment of asking any further. False if the bytes are no state. */
bool judging_verdict(struct judging *g, const struct judging_state *s, int64_t now, struct judgement *out);
/* The same in short, without looking into the bytes: label, certainty, score, last, and of unusual hours the
 * first and the latest alone are filled in. */
struct judgement judging_label(const struct judging_state *s, int64_t now);
uint64_t judging_dropped(const struct judging *g); /* states that could not be read: their hosts began anew */

#endif
