/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spots: number of destinations of one host per country and autonomous system; and as a sentence for both programs. */
#ifndef SPOTS_H
#define SPOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo.h"

#define SPOTS_COUNTRIES 676 /* two letters */
#define SPOTS_TEXT 256

struct spots {
	struct spot *list; /* sorted by system, then country */
	size_t count;
};

struct country_count {
	char name[3];
	uint64_t destinations;
};

/* Adds a destination that is new to the host. Fatal if out of memory. */
void spots_add(struct spots *s, const struct geo_place *p);
void spots_free(struct spots *s);
/* Its countries, by number of destinations, then by name. Returns their number. */
size_t spots_countries(const struct spots *s, struct country_count out[SPOTS_COUNTRIES]);
size_t spots_systems(const struct spots *s); /* number of distinct systems */
/* "840 destinations in 41 countries (312 in US, 90 in RU, 80 in CN, 358 in others) and 97 autonomous systems"; "12 of
 * 40 destinations in US and 5 ...". False if all are in one place, or all unknown: there is no sentence. `destinations`
 * is the total of the host. */
bool spots_tell(const struct spots *s, uint64_t destinations, char text[SPOTS_TEXT]);

#endif
