/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: what a listed host opens -> whether it does what it always did. It is held against nothing but its own
 * past: the hours of the 35 days that ended the day before yesterday. Pure, of a fixed size, deterministic in the time
 * of the rows. docs/detection.md has the method. */
#ifndef JUDGE_USUAL_H
#define JUDGE_USUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/distinct.h"

#define JUDGE_USUAL_DAYS 35      /* that the past has */
#define JUDGE_USUAL_LEARN 3      /* ... of which so many must have been seen before anything is said */
#define JUDGE_USUAL_HOURS 24     /* ... and so many hours in which the host opened something */
#define JUDGE_USUAL_TIMES 4      /* the highest usual hour: more is unusual */
#define JUDGE_USUAL_OPENINGS 100 /* ... unless it is no more than this */
#define JUDGE_USUAL_NETWORKS 32
#define JUDGE_USUAL_BURSTS 8 /* that are remembered, for JUDGE_USUAL_MEMORY days */
#define JUDGE_USUAL_MEMORY 100
#define JUDGE_USUAL_APART 5     /* days without one that end a burst */
#define JUDGE_USUAL_PACKED 1408 /* bytes at most; a host that was listed today takes 250 */

/* What is usual for it in an hour in which it opens something, as known at a moment. */
struct judge_level {
	uint32_t days, hours;                  /* that were seen */
	uint32_t openings, networks;           /* of an hour, on average */
	uint32_t most_openings, most_networks; /* of the highest ones */
	uint32_t most_minute;                  /* openings of the busiest minute */
	uint32_t limit_openings, limit_networks;
	bool enough; /* for judging; else the limits mean nothing */
	uint8_t unused[3];
};

/* Hours that were more than that, with no day between them. Hours count from the epoch. */
struct judge_unusual {
	uint32_t hours;        /* how many; 0: there was none */
	uint32_t since, until; /* the first and the latest */
	uint32_t hour;         /* the one with most openings */
	uint32_t openings, networks;
	bool others; /* there were more destinations than are known by address */
	uint8_t unused[3];
	struct judge_level level;
};

struct judge_usual_day {
	uint32_t day; /* since the epoch */
	uint32_t hours, openings, networks, most_openings, most_networks, most_minute;
};

/* Days of unusual hours: what comes twice is usual. */
struct judge_usual_burst {
	uint32_t first, last;        /* days */
	uint32_t openings, networks; /* of its highest hours */
};

struct judge_usual {
	uint32_t hour, minute;                     /* since the epoch, of the latest row; hour 0: no row yet */
	uint32_t openings, of_minute, most_minute; /* in that hour, minute, and its busiest one */
	uint8_t others;
	struct distinct networks; /* in that hour */
	uint8_t day_count, burst_count;
	struct judge_usual_day days[JUDGE_USUAL_DAYS + 2];   /* by time, with yesterday and the day before */
	struct judge_usual_burst bursts[JUDGE_USUAL_BURSTS]; /* by time */
	struct judge_unusual unusual;                        /* the latest */
};

/* Openings that the policy let, in that minute, to the network; NULL: to destinations that are not known. Rows come by
 * time; what is a day older than the latest row makes the host begin anew, for a clock was wrong. */
void judge_usual_row(struct judge_usual *u, int64_t minute, uint64_t openings, const struct prefix *network);
/* To be called when a minute is over: looks whether its hour is unusual by now. True: and none of the day before was.
 */
bool judge_usual_look(struct judge_usual *u);
/* As of the hour of the latest row. */
struct judge_level judge_usual_level(const struct judge_usual *u);

/* As judge_pack and judge_unpack: a version first; damaged bytes are told, and nothing is changed then. */
size_t judge_usual_pack(const struct judge_usual *u, uint8_t out[JUDGE_USUAL_PACKED]);
bool judge_usual_unpack(struct judge_usual *u, const uint8_t *bytes, size_t size);

#endif
