/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cuts.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 number; /* an address as a number, of either family */

static number
number_of(const struct addr *a)
{
	number n = 0;

	for (size_t i = 0; i < addr_size(a); i++)
		n = n << 8 | a->bytes[i];
	return n;
}

static struct addr
addr_of(uint8_t family, number n)
{
	struct addr a = {.family = family};

	for (size_t i = addr_size(&a); i-- > 0; n >>= 8)
		a.bytes[i] = (uint8_t)n;
	return a;
}

bool
cuts_begin(struct cuts *cuts, uint8_t family, size_t most)
{
	*cuts = (struct cuts){.family = family, .at = calloc(most * 2 + 1, sizeof *cuts->at)};
	if (cuts->at == NULL)
		return false;
	cuts->at[cuts->count++] = 0;
	return true;
}

void
cuts_around(struct cuts *cuts, const struct prefix *prefix)
{
	struct addr last = prefix_last(prefix);

	if (prefix->addr.family != cuts->family)
		return;
	cuts->at[cuts->count++] = number_of(&prefix->addr);
	cuts->at[cuts->count++] = number_of(&last) + 1; /* past the last address: wraps to 0, or cuts_sort drops it */
}

static int
number_cmp(const void *a, const void *b)
{
	number x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

void
cuts_sort(struct cuts *cuts)
{
	size_t kept = 0;

	qsort(cuts->at, cuts->count, sizeof *cuts->at, number_cmp);
	for (size_t i = 0; i < cuts->count; i++)
		if ((kept == 0 || cuts->at[i] != cuts->at[kept - 1]) && !(cuts->family == 4 && cuts->at[i] >> 32 != 0))
			cuts->at[kept++] = cuts->at[i];
	cuts->count = kept;
}

void
cuts_free(struct cuts *cuts)
{
	free(cuts->at);
	*cuts = (struct cuts){0};
}

struct addr
cuts_addr(const struct cuts *cuts, size_t i)
{
	return addr_of(cuts->family, cuts->at[i]);
}

/* The first cut at or after `n`. */
static size_t
find_cut(const struct cuts *cuts, number n)
{
	size_t low = 0, high = cuts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cuts->at[middle] < n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
cuts_find(const struct cuts *cuts, const struct prefix *prefix, size_t *begin, size_t *end)
{
	struct addr last = prefix_last(prefix);
	number after = number_of(&last) + 1; /* 0 behind the last address of IPv6 */

	*begin = find_cut(cuts, number_of(&prefix->addr));
	*end = after == 0 ? cuts->count : find_cut(cuts, after);
}

static number
stretch_last(const struct cuts *cuts, size_t i)
{
	if (i + 1 < cuts->count)
		return cuts->at[i + 1] - 1;
	return cuts->family == 4 ? UINT32_MAX : ~(number)0;
}

bool
cuts_add(const struct cuts *cuts, size_t begin, size_t end, struct element_list *list, const struct element *like)
{
	number first = cuts->at[begin], last = stretch_last(cuts, end - 1);

	for (;;) {
		uint8_t len = cuts->family == 4 ? 32 : 128;
		number size = 1;
		struct addr a = addr_of(cuts->family, first);
		struct element e = *like;

		while (len > 0 && (first & (size * 2 - 1)) == 0 && last - first >= size * 2 - 1) {
			size *= 2;
			if (--len == 0)
				break;
		}
		e.source = prefix_of(&a, len);
		if (!elements_add(list, &e))
			return false;
		if (len == 0 || last - first == size - 1)
			return true;
		first += size;
	}
}
