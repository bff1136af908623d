/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usual_days: hours and days of a listed host, for the tests of judge_usual. */
#ifndef USUAL_DAYS_H
#define USUAL_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/judge/usual.h"

#define DAY_0 19000 /* since the epoch */

extern struct judge_usual usual; /* the host under test */

int usual_setup(void **state);
/* So many openings to network `to`; it does not matter where else these lead. */
void usual_open(struct judge_usual *u, int64_t minute, uint32_t to, uint64_t openings);
/* An hour, a minute at a time. Returns how often unusual hours began. */
int usual_live_hour(struct judge_usual *u, uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks);
/* By day 100 to 300 openings to up to 60 networks, less at night; at the weekend next to nothing. */
int usual_live_day(struct judge_usual *u, uint32_t day, uint64_t *random);
/* An hour with one row per network. True if unusual hours begin. */
bool usual_hour(uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks);
/* Enough to judge it by: eight hours a day, of ten openings to a network. */
void usual_quiet_days(uint32_t first, uint32_t last);
/* By now. */
struct judge_level usual_level_on(uint32_t day);

#endif
