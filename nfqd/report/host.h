/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host: one host of a report: its counts, and what follows from them alone: its label and its rank. */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "lib/base/addr.h"
#include "lib/companion/companion.h"
#include "lib/judge/judge.h"
#include "nfqd/query/companions.h"
#include "nfqd/query/query.h"
#include "lib/geo/places.h"

/* The addresses of a host that has several, the latest first. */
struct host_addresses {
	const struct addr *list;
	size_t count;
};

struct host {
	struct addr addr;                       /* the latest, if it has several */
	const struct host_addresses *addresses; /* NULL: it has one */
	char *range;                            /* or NULL; text from outside */
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
	struct looked_up *looked_up; /* names of its destinations, or NULL; text from outside, but harmless */
	uint64_t unjudged;           /* attempts on the wire that the gate never judged */
	int64_t first, last;
	int64_t decided; /* the gate's latest decision, and its reason */
	uint8_t reason;
	bool judged;  /* by the rows of judged_side */
	bool weighed; /* its evidence was applied, by evidence_apply_all */
	enum side judged_side;
	struct judge_key who;       /* under which it was judged */
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
/* Its addresses, the latest first: `*count` of them, at least one. */
const struct addr *host_addresses(const struct host *h, size_t *count);
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
