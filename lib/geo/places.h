/* SPDX-License-Identifier: GPL-3.0-or-later */
/* places: number of destinations of one host per country and autonomous system, and the sentence about them. */
#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo.h"

#define PLACES_COUNTRIES 676 /* two letters */
#define PLACES_TEXT 256

struct places {
	struct place_count *list; /* sorted by system, then country */
	size_t count;
};

struct country_count {
	char name[3];
	uint64_t destinations;
};

/* Adds a destination that is new to the host. Fatal if out of memory. */
void places_add(struct places *s, const struct geo_place *p);
void places_free(struct places *s);
/* Its countries, by number of destinations, then by name. Returns their number. */
size_t places_countries(const struct places *s, struct country_count out[PLACES_COUNTRIES]);
size_t places_systems(const struct places *s); /* number of distinct systems */
/* "840 destinations in 41 countries (312 in US, 90 in RU, 80 in CN, 358 in others) and 97 autonomous systems"; "12 of
 * 40 destinations in US and 5 ...". False if all are in one place, or all unknown: there is no sentence. `destinations`
 * is the total of the host. */
bool places_sentence(const struct places *s, uint64_t destinations, char text[PLACES_TEXT]);

#endif
