/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cuts: the addresses of one family, cut into stretches where prefixes begin and end. */
#ifndef RULES_CUTS_H
#define RULES_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elements.h"

/* Stretch i begins at at[i], and ends before at[i + 1] or with the last address. Sorted, each once; at[0] is 0. */
struct cuts {
	uint8_t family;
	unsigned __int128 *at; /* addresses as numbers */
	size_t count;
};

/* To make them: begin, with room for `most` prefixes; cut around each; sort. Those of the other family are skipped. */
bool cuts_begin(struct cuts *cuts, uint8_t family, size_t most); /* false if memory is short */
void cuts_around(struct cuts *cuts, const struct prefix *prefix);
void cuts_sort(struct cuts *cuts);
void cuts_free(struct cuts *cuts);

struct addr cuts_addr(const struct cuts *cuts, size_t i); /* the first of stretch i */
/* The stretches of a prefix around which was cut, from *begin up to, without, *end. */
void cuts_find(const struct cuts *cuts, const struct prefix *prefix, size_t *begin, size_t *end);
/* Adds the fewest prefixes that make up the stretches from `begin` up to, without, `end`: each is the source of an
 * element that is otherwise a copy of `like`. False if memory is short. */
bool cuts_add(const struct cuts *cuts, size_t begin, size_t end, struct element_list *list, const struct element *like);

#endif
