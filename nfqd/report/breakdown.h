/* SPDX-License-Identifier: GPL-3.0-or-later */
/* breakdown: the rows of a report by destination: sums for each country, or for each autonomous system.
 *
 * Memory: 42 to 84 bytes for each destination of all hosts together, and 32 for each pair of host and group. */
#ifndef BREAKDOWN_H
#define BREAKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/geo/geo.h"
#include "hosts.h"

enum breakdown_kind { BREAKDOWN_NONE, BREAKDOWN_COUNTRY, BREAKDOWN_SYSTEM };

struct group {
	struct geo_place place; /* the country, or number and name of the system; neither: the files do not say */
	uint64_t hosts, zombies;
	uint64_t attempts, retransmits;  /* of the side that stands for the host, as in the report */
	uint64_t blocked, allowed;       /* gate */
	uint64_t syns;                   /* gate: only counted; nearly all are of others */
	uint64_t established, leaked;    /* wire, also where the gate stands for the host */
	uint64_t destinations, networks; /* distinct, of all hosts together */
};

struct breakdown {
	enum breakdown_kind kind;
	struct group *groups; /* after breakdown_finish: most attempts first, then most destinations, then by name */
	size_t count;
	uint64_t attempts;   /* of all groups and others */
	struct group others; /* traffic to destinations not known by address; `destinations` is an estimate */
	struct breakdown_index *index;
};

/* Memory that is short ends the program (fatal). */
struct breakdown *breakdown_new(enum breakdown_kind kind, const struct geo *geo);
void breakdown_free(struct breakdown *b); /* accepts NULL */
/* A row of a report that is finished. None may be sealed. Hosts that the report does not show are left out. */
void breakdown_row(struct breakdown *b, struct report *r, const struct row *row);
void breakdown_finish(struct breakdown *b);

#endif
