/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "places.h"

#include "value.h"

json_t *
places_json(const struct places *s)
{
	struct country_count country[PLACES_COUNTRIES];
	size_t count = places_countries(s, country);
	json_t *list = value_array();

	for (size_t n = 0; n < count; n++)
		value_append(list, json_string(country[n].name));
	return list;
}
