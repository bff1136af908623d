/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts: rows -> a report: the counts of each host, and the gaps. No database, no output.
 *
 * Memory: some 1,000 bytes a host and 16 to 32 a distinct pair of host and destination or network. */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/companion/companion.h"
#include "lib/geo/geo.h"
#include "host.h"
#include "lib/judge/judge.h"
#include "misfits.h"
#include "nfqd/query/query.h"

/* Attempts that are in no row of a host. */
struct pooled {
	uint64_t syns, attempts, evicted;
};

/* Gaps that are not in the list, which has the weightiest 1000. */
struct more_gaps {
	uint64_t count, losses; /* of them with a number, or an unknown number, of missing attempts */
	uint64_t missing;       /* sum of what is known */
	bool unknown;           /* of one the number is unknown */
};

struct report {
	int64_t since, until;
	struct host *hosts; /* after report_finish: worst first */
	size_t host_count, host_room;
	struct gap *gaps; /* by time */
	size_t gap_count;
	struct more_gaps more_gaps;
	uint64_t missing;          /* sum of what is known */
	int64_t began[SIDE_COUNT]; /* since when a side is recorded; 0: since before the period, or not known */
	bool sources[SIDE_COUNT];  /* there is one of that side */
	bool complete;             /* ... since then */
	uint64_t attempts, retransmits, syns, blocked, allowed, leaked;
	struct pooled outside_lan, no_room;
	struct misfits misfits; /* from misfits_read */
	bool compared;          /* both sides have rows, so that unjudged is known */
	uint64_t unjudged;
	uint64_t labels[LABEL_COUNT]; /* hosts by host_label_of */
	uint64_t unusual;             /* hosts with unusual hours */
	struct judge_parameters parameters;
	bool again;                    /* judged from the start, with these parameters */
	bool zombies;                  /* those come first, and others are not shown */
	struct companion *companion;   /* of a report on one host that has no rows; or NULL */
	bool brief;                    /* destinations come from report_destination alone, after report_finish */
	const struct geo *geo;         /* or NULL */
	const struct entries *entries; /* which addresses share an entry (entries.h); NULL: none do */
	struct hosts_index *index;
};

/* Memory that is short ends the program (fatal). */
struct report *report_new(int64_t since, int64_t until);
void report_free(struct report *r); /* accepts NULL */
void report_row(struct report *r, const struct row *row);
void report_gap(struct report *r, const struct gap *gap); /* takes over the cause */
/* One of the sources of a side is written since then; 0: not known. */
void report_began(struct report *r, enum side side, int64_t when);
/* For hosts that have rows; others are ignored. Also after report_finish. */
void report_destination(struct report *r, enum side side, const struct addr *host, const struct addr *destination);
void report_device(struct report *r, enum side side, const struct addr *host, const struct card *card);
void report_range(struct report *r, enum side side, const struct addr *host, const char *name);
/* See host_take_judgement; `who` was judged, NULL: as before. For hosts that have rows; others are ignored. */
void report_judgement(struct report *r, enum side side, const struct addr *host, const struct judge_key *who,
                      const struct judgement *v);
void report_finish(struct report *r);                                /* sums up and sorts (host_sort) */
struct host *report_host(struct report *r, const struct addr *host); /* NULL if it has no rows */
size_t report_shown(const struct report *r);                         /* hosts that may be shown, from the first on */

#endif
