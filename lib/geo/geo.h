/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geo: address -> country and the autonomous system that announces it, from one or more files in MaxMind's format
 * (https://maxmind.github.io/MaxMind-DB/), in MaxMind's layout (country.iso_code, autonomous_system_number) or in the
 * flat one of free databases (country_code). The only user of libmaxminddb.
 *
 * Files come from outside: a damaged one is logged and left out. They are copied into memory, in 5 to 10 ms for the
 * free ones, so that later changes to a file have no effect; each report opens them anew. */
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
	uint32_t as;         /* number; 0: unknown */
	char name[GEO_NAME]; /* its holder: text from outside, possibly truncated; or "" */
};

struct geo;

/* Opens the first GEO_FILES files; logs and leaves out each that cannot be used. Without any file every lookup finds
 * nothing. NULL if out of memory. */
struct geo *geo_new(const char *const *paths, size_t count);
void geo_free(struct geo *g); /* accepts NULL */
/* Country and system each come from the first file that has them. */
struct geo_place geo_find(const struct geo *g, const struct addr *a);
size_t geo_count(const struct geo *g); /* number of open files. Accepts NULL */

/* "US, AS15169", or "an unknown location"; without the name. */
const char *geo_print(const struct geo_place *p, char buf[GEO_TEXT]);

#endif
