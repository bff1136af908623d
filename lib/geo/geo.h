/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geo: an address -> the country it is said to be in, and the autonomous system that announces it. From one or more
 * files in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), in the layout of MaxMind (country.iso_code,
 * autonomous_system_number) or in the flat one of free databases (country_code). The only file that knows libmaxminddb.
 *
 * The files come from outside: what is broken is told and left out. They are copied into memory, some 5 to 10
 * milliseconds for the free ones, so that it does not matter what becomes of them meanwhile. Whoever is to see another
 * file opens it anew: each report does. */
#ifndef GEO_H
#define GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define GEO_FILES 8
#define GEO_NAME 64
#define GEO_TEXT 40

struct geo_place {
	char country[3];     /* two capital letters (ISO 3166-1), or "" */
	uint32_t as;         /* number; 0: not known */
	char name[GEO_NAME]; /* who has that number: text from outside, perhaps cut; or "" */
};

struct geo;

/* Opens the first GEO_FILES; one that cannot be used is told in a line on standard error, and left out: without any
 * file every look-up finds nothing. NULL if memory is short. */
struct geo *geo_new(const char *const *paths, size_t count);
void geo_free(struct geo *g); /* accepts NULL */
/* Of several files the first that knows speaks, for the country and for the system each. */
struct geo_place geo_find(const struct geo *g, const struct addr *a);
size_t geo_count(const struct geo *g); /* files that are open; 0: nothing can be known. Accepts NULL */

/* "US, AS15169", or that it is not known; without the name. */
const char *geo_print(const struct geo_place *p, char buf[GEO_TEXT]);

#endif
