/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elements: what a set of the kernel holds. */
#ifndef RULES_ELEMENTS_H
#define RULES_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define RULES_FOREVER INT64_MAX

/* `until` is when the element must be gone (microseconds), or RULES_FOREVER. */
struct element {
	struct prefix source,
	        to; /* `to` in pairs, a destination, and with cards (policy_card); its family is 0 otherwise */
	int64_t until;
	bool max; /* only in users: a line of this user has a `max` */
};

/* What the elements of a set consist of: a source, a source and a destination, or a source and a card. */
enum element_kind { ELEMENT_ONE, ELEMENT_PAIR, ELEMENT_CARD };

struct element_list {
	struct element *items;
	size_t count, capacity;
};

bool elements_add(struct element_list *list, const struct element *e); /* false if memory is short */
size_t elements_count(const struct element_list *list, uint8_t family);
uint32_t element_user(const struct element *e); /* the user ID, of an element of users */

#endif
