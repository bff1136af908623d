/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy_build: plain arrays in the order of the configuration -> the flat block that policy.c searches. */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "policy.h"

struct policy_source {
	struct prefix prefix;
	struct rule rule; /* its `to` counts from the start of policy_input.to */
};
struct policy_named { /* lan, deny-to, range */
	struct prefix prefix;
	uint32_t line;
	uint32_t value, value_line; /* of a range: enum stranger; its line, or POLICY_NONE */
};
struct policy_input {
	const struct policy_source *sources, *users;
	const struct policy_named *lan, *deny, *ranges;
	const struct prefix *to;
	size_t source_count, user_count, lan_count, deny_count, range_count, to_count;
	uint32_t stranger, stranger_line;
};

/* One malloc'd block, freed by the caller; NULL if out of memory. */
struct policy *policy_build(const struct policy_input *in);

#endif
