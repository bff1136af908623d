/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suggest: the word of a list that was meant by a mistyped one. Pure. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

#define SUGGEST_MOST 32 /* bytes of a word; longer ones are like no other */

/* The best word so far. Begin with {.typed = ...}. */
struct suggestion {
	const char *typed;
	const char *best; /* NULL: none was near enough */
	size_t distance;
};

/* Compares one word of the list, which must stay valid. The first of several that are equally near is taken. */
void suggest(struct suggestion *s, const char *word);
/* Letters to insert, delete, replace or swap with their neighbour until one word is the other, whatever their case.
 * SUGGEST_MOST if one of them is longer than that. */
size_t suggest_distance(const char *a, const char *b);

#endif
