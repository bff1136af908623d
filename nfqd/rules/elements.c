/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "elements.h"

#include <stdlib.h>

bool
elements_add(struct element_list *list, const struct element *e)
{
	struct element *items = list->items;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;

		if ((items = reallocarray(items, capacity, sizeof *items)) == NULL)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *e;
	return true;
}

size_t
elements_count(const struct element_list *list, uint8_t family)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].source.addr.family == family;
	return count;
}

/* The policy keeps users as prefixes: see lib/policy/policy.h. */
uint32_t
element_user(const struct element *e)
{
	const uint8_t *b = e->source.addr.bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
