/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel_policy: the policy at one moment -> what the kernel's sets and rules hold. Pure but for memory. */
#ifndef RULES_KERNEL_POLICY_H
#define RULES_KERNEL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "elements.h"
#include "lib/config/config.h"

/* It may be stricter than the policy, never wider. Prefixes within a list do not overlap, so that every kind of set
 * takes them. */
struct kernel_policy {
	struct element_list lan, deny;   /* destinations inside; destinations nobody reaches */
	struct element_list open;        /* sources that pass whatever the destination */
	struct element_list pairs;       /* sources that pass to a destination */
	struct element_list max;         /* those of `open` with a `max` on their openings to some destination */
	struct element_list max_pairs;   /* the same of `pairs` */
	struct element_list cards;       /* sources and cards that pass together, whatever the destination */
	struct element_list max_cards;   /* the same with a `max` */
	struct element_list bound_cards; /* sources and cards that pass together, to some destinations at least */
	struct element_list bound;       /* sources that pass from some cards, to some destinations at least */
	bool has_max;                    /* some line has a `max`, now or ever */
	struct element_list limited; /* `bound`, and sources of `pairs` that end: for kernels that have no such pairs */
	struct element_list users;   /* the gateway's users that pass without end, to a destination or (family 0) any */
	struct element_list users_limited; /* users with openings that only the gate can decide */
	bool users_open;                   /* all other users of the gateway pass, too (audit) */
	bool tracked;                      /* the kernel tracks connections: rules may ask for their state */
	bool closed;       /* rules without queues: all that a gate would decide is dropped, `max` does not limit */
	int64_t now, next; /* made for; when it must be made anew (RULES_FOREVER: never) */
	bool failed;       /* memory was short: do not use */
};

/* Answers to nobody, of all hosts together, that NFLOG reports in a second. */
#define ANSWERS_LOGGED 50U

/* NULL if memory is short. */
struct kernel_policy *kernel_policy_make(const struct config *c, int64_t now);
#define KERNEL_POLICY_SMALL 5000 /* elements */
/* Its sets are filled within a fraction of a second, together with the rules. */
bool kernel_policy_is_small(const struct kernel_policy *k);
void kernel_policy_free(struct kernel_policy *k); /* accepts NULL */
/* A list by its place: offsetof(struct kernel_policy, open). */
const struct element_list *kernel_policy_list(const struct kernel_policy *k, size_t place);

#endif
