/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "turns.h"

#include <stdbool.h>
#include <string.h>

#define OFTEN 3   /* minutes of a kind */
#define CHANGES 3 /* between two */

static bool
take_turns(uint64_t a, uint64_t b)
{
	enum { NEITHER, A, B } last = NEITHER;
	unsigned changes = 0;

	for (int n = 0; n < TURNS_MINUTES; n++) {
		bool in_a = (a >> n & 1) != 0, in_b = (b >> n & 1) != 0;

		if (in_a && in_b) {
			changes++;
			last = NEITHER;
		} else if (in_a || in_b) {
			changes += last == (in_a ? B : A);
			last = in_a ? A : B;
		}
	}
	return changes >= CHANGES;
}

/* Kinds that are seen often, those in most minutes first. */
static size_t
frequent(const uint64_t *minutes, size_t kinds, size_t out[TURNS_KINDS])
{
	size_t found = 0;

	for (size_t n = 0; n < kinds && n < TURNS_KINDS; n++) {
		size_t at = found;

		if (turns_count(minutes[n]) < OFTEN)
			continue;
		for (; at > 0 && turns_count(minutes[out[at - 1]]) < turns_count(minutes[n]); at--)
			out[at] = out[at - 1];
		out[at] = n;
		found++;
	}
	return found;
}

size_t
turns_find(const uint64_t *minutes, size_t kinds, size_t out[TURNS_MOST])
{
	size_t list[TURNS_KINDS], taken[TURNS_MOST], found = frequent(minutes, kinds, list), most = 0;

	/* From each on, for the most frequent one may take turns with nobody. */
	for (size_t first = 0; first + 1 < found; first++) {
		size_t n = 0;

		for (size_t i = first; i < found && n < TURNS_MOST; i++) {
			size_t with = 0;

			while (with < n && take_turns(minutes[taken[with]], minutes[list[i]]))
				with++;
			if (with == n)
				taken[n++] = list[i];
		}
		if (n < 2 || n <= most)
			continue;
		most = n;
		memcpy(out, taken, n * sizeof *out);
	}
	return most;
}
