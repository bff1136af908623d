/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts: rows -> a report: what each host did, and what is missing. No database, no output.
 *
 * Memory: some 300 bytes a host and 16 to 32 a distinct pair of host and destination or network. */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "companion.h"
#include "geo.h"
#include "judge.h"
#include "query.h"
#include "spots.h"

/* What one side saw of a host at one port (and, of the gate, with one verdict and reason). */
struct part {
	enum side side;
	uint16_t port;
	uint8_t verdict, reason;
	uint64_t attempts, retransmits, established, refused, leaked;
};

/* What one side saw of a host. */
struct sight {
	uint64_t rows; /* 0: nothing */
	uint64_t attempts, retransmits;
	uint64_t blocked, allowed;                     /* gate: drop and reject; pass and audit */
	uint64_t established, refused, leaked, listed; /* wire */
	uint64_t peak;                                 /* attempts of the busiest minute */
	int64_t peak_minute;                           /* since the epoch; -1: a pruned minute, which is not known */
	uint64_t destinations, networks;               /* known by address, all distinct */
	uint64_t others;                               /* estimate of those that are not */
	uint64_t minute_attempts;                      /* of `minute`, while rows come in */
	int64_t minute;
};

/* How the connections of a host ended, on the wire. Times in microseconds. */
struct ends {
	uint64_t duplicates, refused_by_icmp;
	uint64_t answered, answer_time, answer_most; /* how many, their sum, the longest */
	uint64_t closed_by_host, closed_by_server, reset_by_host, reset_by_server, timed_out;
	uint64_t bytes_out, bytes_in;
};

/* Attempts that no host's row tells. */
struct pooled {
	uint64_t syns, attempts, evicted;
};

struct host {
	struct addr addr;
	char *range; /* or NULL; text from outside */
	enum side range_side;
	bool has_mac;
	uint8_t mac[6];
	int64_t mac_last;
	struct sight side[SIDE_COUNT];
	uint64_t destinations, networks; /* of both sides together, known by address */
	struct spots spots;              /* where its destinations lie, if the report has files that say so */
	struct part *parts;
	size_t part_count;
	struct ends ends;
	char *leak_cause; /* the likely one of its latest leak, or NULL; text from outside */
	int64_t leak_at;
	struct companion *companion; /* what goes along with its mail, or NULL */
	uint64_t unjudged;           /* attempts on the wire that the gate never judged */
	int64_t first, last;
	int64_t decided; /* when the gate last decided, and why */
	uint8_t reason;
	bool judged; /* by the rows of judged_side */
	enum side judged_side;
	struct judgement judgement;
	bool unusual; /* in the period there were hours that are not usual for the host: see the judgement */
};

struct report {
	int64_t since, until;
	struct host *hosts; /* after report_finish: worst first */
	size_t host_count, host_room;
	struct gap *gaps; /* by time */
	size_t gap_count, gap_room;
	uint64_t missing; /* sum of what is known */
	bool complete;
	uint64_t attempts, retransmits, blocked, allowed, leaked;
	struct pooled outside_lan, no_room;
	bool compared; /* both sides have rows, so that unjudged says something */
	uint64_t unjudged;
	uint64_t labels[LABEL_COUNT]; /* hosts by host_label_of */
	uint64_t unusual;             /* hosts of which that is true */
	struct judge_parameters parameters;
	bool again;                  /* judged from the start, with these parameters */
	bool zombies;                /* those come first, and others are not shown */
	struct companion *companion; /* of a report on one host that has no rows; or NULL */
	bool brief;                  /* destinations are told by report_destination alone, after report_finish */
	const struct geo *geo;       /* or NULL */
	struct hosts_index *index;
};

/* Memory that is short ends the program (fatal). */
struct report *report_new(int64_t since, int64_t until);
void report_free(struct report *r); /* accepts NULL */
void report_row(struct report *r, const struct row *row);
void report_gap(struct report *r, const struct gap *gap); /* takes over the cause */
/* Of hosts that have rows; others are left out. Also after report_finish. */
void report_destination(struct report *r, enum side side, const struct addr *host, const struct addr *destination);
void report_device(struct report *r, const struct addr *host, const uint8_t mac[6], int64_t last);
void report_range(struct report *r, enum side side, const struct addr *host, const char *name);
/* The gate's goes before the wire's, and of two the worse. Of hosts that have rows; others are left out. */
void report_judgement(struct report *r, enum side side, const struct addr *host, const struct judgement *v);
/* Sums up and sorts: leaking hosts first; then zombies, those that do what is not usual for them, scanners, mail
 * servers, monitors, roaming, misconfigured, unknown, listed; the surer, the higher score, more blocked, more attempts,
 * lower address. */
void report_finish(struct report *r);
struct host *report_host(struct report *r, const struct addr *host); /* NULL if it has no rows */

/* The side whose counts stand for the host: the gate's where it has rows. */
const struct sight *host_sight(const struct host *h);
/* Distinct destinations of both sides, with the estimate of those not known by address. */
uint64_t host_destinations(const struct host *h);
bool host_estimated(const struct host *h); /* whether an estimate is in it */
enum judge_label host_label_of(const struct host *h);
const char *host_label(const struct host *h);
/* The judgement if it is behind the label; NULL if that comes from the list, or from nothing. */
const struct judgement *host_judgement(const struct host *h);
size_t report_shown(const struct report *r); /* hosts that may be shown: the first so many */

#endif
