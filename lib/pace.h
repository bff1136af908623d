/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace: `max N/minute` of an allow line: which openings of a listed source go over it.
 *
 * A source has a bucket that holds one minute's worth and refills continuously: N at once if it was quiet for a minute,
 * and one more every minute/N. A source is an IPv4 address or an IPv6 /64. What is refused takes nothing. A SYN sent
 * again within ATTEMPT_WINDOW is the same opening: refused again, or passed again without taking more. Bounded, and
 * nothing allocates after pace_new. Deterministic: the time is handed in, and may jump. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attempts.h"

#define PACE_RESENDS 8 /* of one SYN that take nothing; Linux sends 6. More come from whoever means to open anew */

/* What an allow line says of it. */
struct limit {
	uint16_t max;  /* a minute; 0: no limit, not to be asked about */
	uint32_t name; /* a source has one bucket for each name */
};

struct pace;

/* Room for about so many sources that opened within the last minute, and openings of the last 180 s. The seed makes
 * buckets unpredictable to an attacker. NULL if memory is short. */
struct pace *pace_new(size_t sources, size_t openings, uint64_t seed);
void pace_free(struct pace *p); /* accepts NULL */

/* A SYN at `now` (microseconds; best of a clock that nobody sets): true if it passes, false if it is over the limit.
 * A clock that steps back refills nothing for that moment and takes nothing away. */
bool pace_ask(struct pace *p, const struct flow *f, uint32_t isn, const struct limit *limit, int64_t now);

/* Given up before their time, since pace_new: sources, which have a full bucket again; openings, whose resends will be
 * taken for new ones. */
uint64_t pace_evicted_sources(const struct pace *p);
uint64_t pace_evicted_openings(const struct pace *p);

#endif
