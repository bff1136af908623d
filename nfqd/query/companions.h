/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companions: side traffic of a host in wire.db -> struct companion. */
#ifndef QUERY_COMPANIONS_H
#define QUERY_COMPANIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/companion/companion.h"
#include "lib/companion/name.h"
#include "query.h"

struct companion_reading;

/* A few of the names and recipient domains that a host looked up and connected to. */
struct looked_up {
	size_t count;
	struct looked_up_name {
		enum naming_kind kind;
		char text[NAMING_TEXT]; /* letters, digits and . - _ \ only */
	} list[(NAMINGS - 1) * NAMING_SPELLED];
};

/* Side traffic of a host. */
struct companion_found {
	struct companion *sum; /* freed by the caller; NULL if there is none */
	int64_t span; /* microseconds from the start of its first hour to the end of its last; 0 if there is none */
	struct looked_up looked_up; /* by kind, the latest first */
};

/* Uses the sources (in the same transactions) and the query of a reading; all must outlive it. NULL on error, with the
 * reason in why. */
struct companion_reading *companion_reading_open(const struct source *sources, size_t count, const struct query *query,
                                                 char *why, size_t why_size);
/* The host's side traffic in the hours that overlap the query's period. False on error, with the reason in why; *out is
 * then empty. */
bool companion_reading_host(struct companion_reading *r, const struct addr *host, struct companion_found *out,
                            char *why, size_t why_size);
/* Calls back for each host with more than lookups (mail sent or received), once per source. */
bool companion_reading_speakers(struct companion_reading *r, void (*found)(void *arg, const struct addr *host),
                                void *arg, char *why, size_t why_size);
void companion_reading_close(struct companion_reading *r); /* accepts NULL */
/* Adds a name, if it is not there and there is room for its kind. */
void looked_up_add(struct looked_up *to, const struct looked_up_name *name);

#endif
