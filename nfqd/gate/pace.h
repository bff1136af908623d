/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace: enforces `max N/minute` of an allow line: finds the openings of a listed source that exceed it.
 *
 * The debt of a source is kept in debts, which all gates share. A refused opening costs nothing. A SYN sent again
 * within ATTEMPT_WINDOW is the same opening: refused again, or passed again at no cost. Each gate has its own memory of
 * SYNs, since the kernel sends all SYNs from one source to one destination to the same gate. Bounded, and nothing
 * allocates after pace_new. Deterministic: time is a parameter, and may jump. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/steady.h"
#include "lib/count/attempts.h"
#include "nfqd/shared/debts.h"

#define PACE_RESENDS 8 /* copies of one SYN that cost nothing; Linux sends 6. Further ones are charged as new */

struct pace;

/* Room for about `openings` openings of the last 180 s. The seed makes places unpredictable to an attacker. `debts` is
 * the caller's, and outlives it. NULL if memory is short. */
struct pace *pace_new(const struct debts *debts, size_t openings, uint64_t seed);
void pace_free(struct pace *p); /* accepts NULL */

/* A SYN at `now`: true if it passes, false if it is over the limit. If the clock steps back, no tokens are added or
 * removed for that moment. */
bool pace_ask(struct pace *p, const struct flow *f, uint32_t isn, const struct limit *limit, struct steady now);

/* Entries that this gate evicted too early: sources, which get a full bucket again; openings, whose copies will be
 * charged as new ones. */
uint64_t pace_evicted_sources(const struct pace *p);
uint64_t pace_evicted_openings(const struct pace *p);

#endif
