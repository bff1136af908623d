/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open-addressed table, at most half full. A slot is the hash with its lowest two bits replaced; 0 is free. */
#include "pairs.h"

#include <stddef.h>
#include <stdlib.h>

#define BITS UINT64_C(3)
#define SLOTS 1024 /* at first */

struct pairs {
	uint64_t *slots;
	size_t mask, used;
};

struct pairs *
pairs_new(void)
{
	struct pairs *p = calloc(1, sizeof *p);

	if (p == NULL || (p->slots = calloc(SLOTS, sizeof *p->slots)) == NULL) {
		free(p);
		return NULL;
	}
	p->mask = SLOTS - 1;
	return p;
}

void
pairs_free(struct pairs *p)
{
	if (p == NULL)
		return;
	free(p->slots);
	free(p);
}

static uint64_t *
pairs_slot(const struct pairs *p, uint64_t hash)
{
	size_t n = (size_t)(hash >> 2) & p->mask;

	while (p->slots[n] != 0 && ((p->slots[n] ^ hash) & ~BITS) != 0)
		n = (n + 1) & p->mask;
	return &p->slots[n];
}

static bool
pairs_grow(struct pairs *p)
{
	struct pairs bigger = {.mask = p->mask * 2 + 1, .used = p->used};

	bigger.slots = calloc(bigger.mask + 1, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return false;
	for (size_t n = 0; n <= p->mask; n++)
		if (p->slots[n] != 0)
			*pairs_slot(&bigger, p->slots[n]) = p->slots[n];
	free(p->slots);
	*p = bigger;
	return true;
}

bool
pairs_add(struct pairs *p, uint64_t hash, unsigned int bits, unsigned int *seen)
{
	uint64_t *slot;

	if (p->used > p->mask / 2 && !pairs_grow(p))
		return false;
	slot = pairs_slot(p, hash);
	*seen = (unsigned int)(*slot & BITS);
	if (*slot == 0) {
		*slot = hash & ~BITS;
		p->used++;
	}
	*slot |= bits;
	return true;
}
