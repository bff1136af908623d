/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spots: where the destinations of one host lie: how many in which country and autonomous system. */
#ifndef SPOTS_H
#define SPOTS_H

#include <stddef.h>
#include <stdint.h>

#include "geo.h"

#define SPOTS_COUNTRIES 676 /* two letters */

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

#endif
