/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spots: where the destinations of one host lie: how many in which country and autonomous system; and in words, for
 * both programs. */
#ifndef SPOTS_H
#define SPOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo.h"

#define SPOTS_COUNTRIES 676 /* two letters */
#define SPOTS_TEXT 256

struct spots {
	struct spot *list; /* by system, then country */
	size_t count;
};

struct country_count {
	char name[3];
	uint64_t destinations;
};

/* A destination that was not yet counted. Memory that is short ends the program (fatal). */
void spots_add(struct spots *s, const struct geo_place *p);
void spots_free(struct spots *s);
/* Its countries, those with the most destinations first, then by name. Returns how many. */
size_t spots_countries(const struct spots *s, struct country_count out[SPOTS_COUNTRIES]);
size_t spots_systems(const struct spots *s); /* distinct ones */
/* "840 destinations in 41 countries (312 in US, 90 in RU, 80 in CN, 358 in others) and 97 autonomous systems"; "12 of
 * 40 destinations in US and 5 ...". False: all of it is in one place, or nothing is known, and there is nothing to be
 * said. `destinations` are all of the host. */
bool spots_tell(const struct spots *s, uint64_t destinations, char text[SPOTS_TEXT]);

#endif
