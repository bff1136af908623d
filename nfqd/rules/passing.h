/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passing: until when a source of a policy passes. */
#ifndef RULES_PASSING_H
#define RULES_PASSING_H

#include <stdint.h>

#include "lib/policy/policy.h"

enum passing { PASSING_NOT, PASSING_FREE, PASSING_MAX };

/* The question about a source. PASSING_FREE: does it pass? PASSING_MAX: does it pass, with a `max`? */
struct passing_wanted {
	enum passing least;
	const struct prefix *to; /* to this destination; NULL: whatever the destination, and a `max` to some of them */
	const struct prefix *card; /* from this card (policy_card); NULL: from one that no line names */
};

/* The time when the answer stops being yes (microseconds): 0 if it is no at `now`, RULES_FOREVER if no line ends it.
 * *next is brought forward to the next time after `now` at which a line that the source depends on begins or ends. */
int64_t passing_until(const struct policy *p, const struct passing_wanted *what, const struct addr *source, int64_t now,
                      int64_t *next);

/* The time until which the source passes to some destinations from this card, or from some card (NULL), because a line
 * has cards; 0: it does not. */
int64_t passing_bound(const struct policy *p, const struct prefix *card, const struct addr *source, int64_t now);
/* The time until which the source passes from some card, or to some destinations for a limited time; 0: it does not. */
int64_t passing_limited(const struct policy *p, const struct addr *source, int64_t now);

#endif
