/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace: `max N/minute` of an allow line: which openings of a listed source go over it.
 *
 * What a source owes stands in debts, which all gates have in common. What is refused takes nothing. A SYN sent again
 * within ATTEMPT_WINDOW is the same opening: refused again, or passed again without taking more; this memory is a
 * gate's own, since the kernel gives it all SYNs of a source to a destination. Bounded, and nothing allocates after
 * pace_new. Deterministic: the time is handed in, and may jump. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/steady.h"
#include "lib/count/attempts.h"
#include "nfqd/shared/debts.h"

#define PACE_RESENDS 8 /* of one SYN that take nothing; Linux sends 6. More come from whoever means to open anew */

struct pace;

/* Room for about so many openings of the last 180 s. The seed makes places unpredictable to an attacker. `debts` is the
 * caller's, and outlives it. NULL if memory is short. */
struct pace *pace_new(const struct debts *debts, size_t openings, uint64_t seed);
void pace_free(struct pace *p); /* accepts NULL */

/* A SYN at `now`: true if it passes, false if it is over the limit. A clock
 * that steps back refills nothing for that moment and takes nothing away. */
bool pace_ask(struct pace *p, const struct flow *f, uint32_t isn, const struct limit *limit, struct steady now);

/* Given up before their time, by this gate: sources, which have a full bucket again; openings, whose resends will be
 * taken for new ones. */
uint64_t pace_evicted_sources(const struct pace *p);
uint64_t pace_evicted_openings(const struct pace *p);

#endif
