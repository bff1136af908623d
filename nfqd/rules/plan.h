/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: the policy at one moment -> what the kernel's sets and rules hold. Pure but for memory. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"

#define RULES_FOREVER INT64_MAX

/* What a kernel set holds. `until` is when the element must be gone (microseconds), or RULES_FOREVER. */
struct element {
	struct prefix source, to; /* `to` only in pairs */
	int64_t until;
	bool max; /* only in users: a line of this user has a `max` */
};

struct element_list {
	struct element *items;
	size_t count, capacity;
};

/* The kernel's view of a policy at one moment. It may be stricter than the policy, never wider. Prefixes within a
 * list do not overlap, so that every kind of set takes them. */
struct plan {
	struct element_list lan, deny; /* destinations inside; destinations nobody reaches */
	struct element_list open;      /* sources that pass whatever the destination */
	struct element_list pairs;     /* sources that pass to a destination */
	struct element_list max;       /* of those in `open`, whose openings to some destination have a `max` */
	struct element_list max_pairs; /* the same of `pairs` */
	bool has_max;                  /* some line has a `max`, now or ever */
	struct element_list limited;   /* sources of which only the gate knows what passes, beside open and pairs */
	struct element_list users;     /* of the gateway who pass, to a destination or (family 0) to any; without end */
	struct element_list users_limited; /* of whom only the gate knows what passes */
	bool users_open;               /* all the others of the gateway pass, too (audit) */
	int64_t now, next;             /* made for; when it must be made anew (RULES_FOREVER: never) */
	bool failed;                   /* memory was short: do not use */
};

struct plan *plan_make(const struct config *c, int64_t now); /* NULL if memory is short */
void plan_free(struct plan *p);
uint32_t plan_user(const struct element *e); /* of plan.users */
size_t plan_count(const struct element_list *list, uint8_t family);

#endif
