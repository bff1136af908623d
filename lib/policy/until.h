/* SPDX-License-Identifier: GPL-3.0-or-later */
/* until: the end of what lines of a policy let pass. */
#ifndef POLICY_UNTIL_H
#define POLICY_UNTIL_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

/* A kind of allow line. */
struct policy_line {
	/* `ends`: a time ends what the line lets pass: its own end, or the beginning of a block line before it. */
	bool (*is)(const struct policy *p, const struct rule *rule, bool ends, const void *arg);
	const void *arg;
};

/* The time (microseconds) until which a line of this kind, in force at `now`, lets sources at `a` pass: INT64_MAX if no
 * line ends it, 0 if none lets them pass. */
int64_t policy_until(const struct policy *p, const struct addr *a, int64_t now, const struct policy_line *wanted);

#endif
