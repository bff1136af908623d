/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host: one host of a report: its counts, and what follows from them alone: its label and its rank. */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/companion/companion.h"
#include "lib/judge/judge.h"
#include "nfqd/query/query.h"
#include "lib/geo/places.h"

/* The counts of one side for a host and port (and, of the gate, one verdict and reason). */
struct part {
	enum side side;
	uint16_t port;
	uint8_t verdict, reason;
	uint64_t attempts, retransmits, established, refused, leaked;
	uint64_t syns; /* gate: only counted */
};

/* The counts of one side for a host. */
struct side_counts {
	uint64_t rows; /* 0: nothing */
	uint64_t attempts, retransmits;
	uint64_t blocked, allowed;                     /* gate: attempts; drop and reject, pass and audit */
	uint64_t syns;                                 /* gate: only counted, no attempts; destinations unknown */
	uint64_t established, refused, leaked, listed; /* wire */
	uint64_t peak;                                 /* attempts of the busiest minute */
	int64_t peak_minute;                           /* since the epoch; -1: a pruned minute, which is not known */
	uint64_t destinations, networks;               /* known by address, all distinct */
	uint64_t others;                               /* estimate of those that are not */
	uint64_t minute_attempts;                      /* of `minute`, while rows come in */
	int64_t minute;
};

/* Ends of a host's connections, on the wire. Times in microseconds. */
struct ends {
	uint64_t duplicates, refused_by_icmp;
	uint64_t answered, answer_time, answer_most; /* their number, sum and longest time */
	uint64_t closed_by_host, closed_by_server, reset_by_host, reset_by_server, timed_out;
	uint64_t bytes_out, bytes_in;
};

struct host {
	struct addr addr;
	char *range; /* or NULL; text from outside */
	enum side range_side;
	bool has_mac;
	uint8_t mac[6];
	int64_t mac_last;
	struct cards cards;  /* of the gate */
	int64_t cards_since; /* changes before do not count */
	struct side_counts side[SIDE_COUNT];
	uint64_t destinations, networks; /* of both sides together, known by address */
	struct places places;            /* countries and systems of its destinations, if the report has geo files */
	struct part *parts;
	size_t part_count;
	struct ends ends;
	char *leak_cause; /* the likely one of its latest leak, or NULL; text from outside */
	int64_t leak_at;
	struct companion *companion; /* side traffic, or NULL */
	int64_t companion_span;      /* the span of `companion`, microseconds */
	uint64_t unjudged;           /* attempts on the wire that the gate never judged */
	int64_t first, last;
	int64_t decided; /* the gate's latest decision, and its reason */
	uint8_t reason;
	bool judged; /* by the rows of judged_side */
	enum side judged_side;
	struct judgement judgement; /* after evidence was applied */
	bool unusual;               /* the period has unusual hours of the host: see the judgement */
};

/* The side whose counts stand for the host: the gate's where it has rows. */
const struct side_counts *host_counts(const struct host *h);
/* Distinct destinations of both sides, with the estimate of those not known by address. */
uint64_t host_destinations(const struct host *h);
bool host_estimated(const struct host *h); /* true if the number contains an estimate */
enum judge_label host_label_of(const struct host *h);
const char *host_label(const struct host *h);
/* The judgement that the label comes from; NULL if the label comes from the list, or the host was not judged. */
const struct judgement *host_judgement(const struct host *h);
/* Takes a judgement: the gate's takes precedence over the wire's, and of two of one side the worse. False: the host
 * keeps the one that it has. */
bool host_take_judgement(struct host *h, enum side side, const struct judgement *v);
/* The reason says that the policy lists the host, whether or not it kept to its pace. */
bool host_reason_listed(uint32_t reason);
/* Leaking hosts first; then zombies, unusually active ones, scanners, mail servers, monitors, roaming, misconfigured,
 * unknown, listed; the surer, the higher score, more blocked, more attempts, more SYNs, lower address. With `zombies`
 * those come first, leaking or not. */
void host_sort(struct host *hosts, size_t count, bool zombies);

#endif
