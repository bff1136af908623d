/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "suggest.h"

#include <stdbool.h>
#include <string.h>

#include "ascii.h"

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return ascii_lower(a) == ascii_lower(b);
}

/* Optimal string alignment: Damerau and Levenshtein, no part of a word changed twice. Three rows of the table. */
size_t
suggest_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_MOST + 1], *before = rows[0], *last = rows[1], *row = rows[2], *oldest;
	size_t m = strlen(a), n = strlen(b);

	if (m > SUGGEST_MOST || n > SUGGEST_MOST)
		return SUGGEST_MOST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= m; i++) {
		oldest = before;
		before = last;
		last = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = smaller(smaller(last[j], row[j - 1]) + 1, last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
	}
	return row[n];
}

/* One word begins with the other, of at least three letters. */
static bool
begins(const char *a, const char *b)
{
	size_t length = smaller(strlen(a), strlen(b));

	for (size_t i = 0; i < length; i++)
		if (!same(a[i], b[i]))
			return false;
	return length >= 3;
}

void
suggest(struct suggestion *s, const char *word)
{
	size_t distance = suggest_distance(s->typed, word), most = strlen(s->typed) / 3;

	if (distance >= SUGGEST_MOST)
		return;
	if (most == 0)
		most = strlen(s->typed) > 1;
	if (distance > most && begins(s->typed, word))
		distance = most;
	if (distance <= most && (s->best == NULL || distance < s->distance)) {
		s->best = word;
		s->distance = distance;
	}
}
