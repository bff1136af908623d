/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sorted array: a host contacts a few hundred systems at most, and most contact one. */
#include "places.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/text.h"

#define NAMED 3 /* countries in a sentence */

struct place_count {
	uint32_t as, destinations;
	char country[2]; /* zeros: unknown */
};

static int
place_cmp(const struct place_count *a, const struct place_count *b)
{
	if (a->as != b->as)
		return a->as < b->as ? -1 : 1;
	return memcmp(a->country, b->country, sizeof a->country);
}

/* Its index, or the index at which to insert it. */
static size_t
find(const struct places *s, const struct place_count *wanted)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (place_cmp(&s->list[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
places_add(struct places *s, const struct geo_place *p)
{
	struct place_count place = {.as = p->as, .destinations = 1};
	size_t n;

	memcpy(place.country, p->country, sizeof place.country);
	n = find(s, &place);
	if (n < s->count && place_cmp(&s->list[n], &place) == 0) {
		s->list[n].destinations++;
		return;
	}
	if ((s->count & (s->count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
		s->list = reallocarray(s->list, s->count == 0 ? 1 : 2 * s->count, sizeof *s->list);
		if (s->list == NULL)
			fatal("cannot store %zu countries and systems of one host", s->count);
	}
	memmove(&s->list[n + 1], &s->list[n], (s->count - n) * sizeof *s->list);
	s->list[n] = place;
	s->count++;
}

void
places_free(struct places *s)
{
	free(s->list);
	*s = (struct places){0};
}

static int
country_cmp(const void *left, const void *right)
{
	const struct country_count *a = left, *b = right;

	if (a->destinations != b->destinations)
		return a->destinations > b->destinations ? -1 : 1;
	return strcmp(a->name, b->name);
}

size_t
places_countries(const struct places *s, struct country_count out[PLACES_COUNTRIES])
{
	uint64_t sum[PLACES_COUNTRIES] = {0};
	size_t count = 0;

	for (size_t n = 0; n < s->count; n++)
		if (s->list[n].country[0] != '\0')
			sum[(s->list[n].country[0] - 'A') * 26 + s->list[n].country[1] - 'A'] +=
			        s->list[n].destinations;
	for (size_t n = 0; n < PLACES_COUNTRIES; n++)
		if (sum[n] > 0)
			out[count++] = (struct country_count){{(char)('A' + n / 26), (char)('A' + n % 26)}, sum[n]};
	if (count > 0)
		qsort(out, count, sizeof *out, country_cmp);
	return count;
}

size_t
places_systems(const struct places *s)
{
	uint32_t last = 0;
	size_t count = 0;

	for (size_t n = 0; n < s->count; n++) {
		count += s->list[n].as != last; /* 0 means none and sorts first */
		last = s->list[n].as;
	}
	return count;
}

static void say(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, PLACES_TEXT - used, format, args);
	va_end(args);
}

static void
say_countries(char *text, uint64_t destinations, const struct country_count *country, size_t count)
{
	char buf[TEXT_NUMBER + 32];
	uint64_t all = 0, named = 0;

	for (size_t n = 0; n < count; n++) {
		all += country[n].destinations;
		named += n < NAMED ? country[n].destinations : 0;
	}
	if (all < destinations)
		say(text, "%s of ", text_number(all, buf));
	say(text, "%s in ", text_count(destinations, "destination", buf));
	if (count == 1) {
		say(text, "%s", country[0].name);
		return;
	}
	say(text, "%zu countries", count);
	for (size_t n = 0; n < count && n < NAMED; n++)
		say(text, "%s%s in %s", n == 0 ? " (" : ", ", text_number(country[n].destinations, buf),
		    country[n].name);
	if (all > named)
		say(text, ", %s in others", text_number(all - named, buf));
	say(text, ")");
}

bool
places_sentence(const struct places *s, uint64_t destinations, char text[PLACES_TEXT])
{
	struct country_count country[PLACES_COUNTRIES];
	size_t countries = places_countries(s, country), systems = places_systems(s);

	text[0] = '\0';
	if (countries < 2 && systems < 2)
		return false;
	if (countries > 0)
		say_countries(text, destinations, country, countries);
	else
		say(text, "destinations");
	if (systems > 1)
		say(text, "%s %zu autonomous systems", countries > 0 ? " and" : " in", systems);
	return true;
}
