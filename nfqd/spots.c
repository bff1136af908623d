/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sorted array: a host goes to some hundred systems at most, and most go to one. */
#include "spots.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

struct spot {
	uint32_t as, destinations;
	char country[2]; /* zeros: not known */
};

static int
spot_cmp(const struct spot *a, const struct spot *b)
{
	if (a->as != b->as)
		return a->as < b->as ? -1 : 1;
	return memcmp(a->country, b->country, sizeof a->country);
}

/* Where it is, or is to be. */
static size_t
find(const struct spots *s, const struct spot *wanted)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (spot_cmp(&s->list[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
spots_add(struct spots *s, const struct geo_place *p)
{
	struct spot spot = {.as = p->as, .destinations = 1};
	size_t n;

	memcpy(spot.country, p->country, sizeof spot.country);
	n = find(s, &spot);
	if (n < s->count && spot_cmp(&s->list[n], &spot) == 0) {
		s->list[n].destinations++;
		return;
	}
	if ((s->count & (s->count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
		s->list = reallocarray(s->list, s->count == 0 ? 1 : 2 * s->count, sizeof *s->list);
		if (s->list == NULL)
			fatal("report of %zu countries and systems", s->count);
	}
	memmove(&s->list[n + 1], &s->list[n], (s->count - n) * sizeof *s->list);
	s->list[n] = spot;
	s->count++;
}

void
spots_free(struct spots *s)
{
	free(s->list);
	*s = (struct spots){0};
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
spots_countries(const struct spots *s, struct country_count out[SPOTS_COUNTRIES])
{
	uint64_t sum[SPOTS_COUNTRIES] = {0};
	size_t count = 0;

	for (size_t n = 0; n < s->count; n++)
		if (s->list[n].country[0] != '\0')
			sum[(s->list[n].country[0] - 'A') * 26 + s->list[n].country[1] - 'A'] +=
			        s->list[n].destinations;
	for (size_t n = 0; n < SPOTS_COUNTRIES; n++)
		if (sum[n] > 0)
			out[count++] = (struct country_count){{(char)('A' + n / 26), (char)('A' + n % 26)}, sum[n]};
	if (count > 0)
		qsort(out, count, sizeof *out, country_cmp);
	return count;
}

size_t
spots_systems(const struct spots *s)
{
	uint32_t last = 0;
	size_t count = 0;

	for (size_t n = 0; n < s->count; n++) {
		count += s->list[n].as != last; /* 0 stands for none, and comes first */
		last = s->list[n].as;
	}
	return count;
}
