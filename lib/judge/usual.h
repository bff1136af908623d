/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: finds unusual hours of a listed host by comparison with its own past alone, the hours of the 35 days up
 * to the day before yesterday. Pure, of fixed size, deterministic in the times of the rows. docs/detection.md has the
 * method. */
#ifndef JUDGE_USUAL_H
#define JUDGE_USUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/distinct.h"

#define JUDGE_USUAL_DAYS 35      /* length of the past */
#define JUDGE_USUAL_LEARN 3      /* ... days of it required before a verdict */
#define JUDGE_USUAL_HOURS 24     /* ... and hours with openings */
#define JUDGE_USUAL_TIMES 4      /* times the highest usual hour: more is unusual */
#define JUDGE_USUAL_OPENINGS 100 /* ... unless it is at most this */
#define JUDGE_USUAL_NETWORKS 32
#define JUDGE_USUAL_BURSTS 8 /* remembered for JUDGE_USUAL_MEMORY days */
#define JUDGE_USUAL_MEMORY 100
#define JUDGE_USUAL_APART 5     /* quiet days that end a burst */
#define JUDGE_USUAL_PACKED 1408 /* bytes, at most; a host listed today takes 250 */

/* The usual hour with openings, as known at one moment. */
struct judge_level {
	uint32_t days, hours;                  /* observed */
	uint32_t openings, networks;           /* per hour, on average */
	uint32_t most_openings, most_networks; /* of the highest hours */
	uint32_t most_minute;                  /* openings of the busiest minute */
	uint32_t limit_openings, limit_networks;
	bool enough; /* observed for long enough; otherwise the limits are meaningless */
	uint8_t unused[3];
};

/* Consecutive days with hours above the limit. Hours count from the epoch. */
struct judge_unusual {
	uint32_t hours;        /* their number; 0: none */
	uint32_t since, until; /* the first and the latest */
	uint32_t hour;         /* the one with most openings */
	uint32_t openings, networks;
	bool others; /* some destinations are not known by address */
	uint8_t unused[3];
	struct judge_level level;
};

struct judge_usual_day {
	uint32_t day; /* since the epoch */
	uint32_t hours, openings, networks, most_openings, most_networks, most_minute;
};

/* Days with unusual hours: what happens twice is usual. */
struct judge_usual_burst {
	uint32_t first, last;        /* days */
	uint32_t openings, networks; /* of its highest hours */
};

struct judge_usual {
	uint32_t hour, minute;                     /* since the epoch, of the latest row; hour 0: no row yet */
	uint32_t openings, of_minute, most_minute; /* in that hour, in that minute, in its busiest minute */
	uint8_t others;
	struct distinct networks; /* in that hour */
	uint8_t day_count, burst_count;
	struct judge_usual_day days[JUDGE_USUAL_DAYS + 2];   /* ordered by time; with yesterday and the day before */
	struct judge_usual_burst bursts[JUDGE_USUAL_BURSTS]; /* ordered by time */
	struct judge_unusual unusual;                        /* the latest */
};

/* Adds openings that the policy allowed in that minute to the network (NULL: unknown destinations). Rows are ordered by
 * time; a row a day older than the latest resets the host, since a clock was wrong. */
void judge_usual_row(struct judge_usual *u, int64_t minute, uint64_t openings, const struct prefix *network);
/* Call at the end of a minute: checks whether its hour is unusual so far. True if it is, and no hour of the day before
 * was. */
bool judge_usual_look(struct judge_usual *u);
/* The level at the hour of the latest row. */
struct judge_level judge_usual_level(const struct judge_usual *u);

/* Like judge_pack and judge_unpack: version first; damaged bytes return false and change nothing. */
size_t judge_usual_pack(const struct judge_usual *u, uint8_t out[JUDGE_USUAL_PACKED]);
bool judge_usual_unpack(struct judge_usual *u, const uint8_t *bytes, size_t size);

#endif
