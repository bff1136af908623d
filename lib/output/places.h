/* SPDX-License-Identifier: GPL-3.0-or-later */
/* places: the countries of a host's destinations as JSON. */
#ifndef OUTPUT_PLACES_H
#define OUTPUT_PLACES_H

#include <jansson.h>

#include "lib/geo/places.h"

/* An array of country codes, those with the most destinations first. Never NULL: ends the program if out of memory. */
json_t *places_json(const struct places *s);

#endif
