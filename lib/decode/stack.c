/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stack.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HOPS 4 /* few routers stand between a host and its gateway; a SYN from farther away may be a tool's */
#define KINDS (STACKS / HOPS)

/* Order of the options that all SYNs of a system have: p0f.fp's signatures, without padding and window scale. */
enum layout { MSS_SACK, MSS_SACK_TIME, MSS_TIME_SACK, OTHER_LAYOUT, LAYOUTS };

enum { TTL_64, TTL_128, TTLS };

static_assert(LAYOUTS * TTLS * HOPS == STACKS && KINDS <= TURNS_KINDS, "each has a number");

/* Without both a maximum segment size and selective acknowledgements, which all systems of today have switched on, it
 * may be a tool's. */
static bool
layout_of(const struct syn *s, enum layout *out)
{
	enum { MSS = 1, SACK_PERMITTED, TIMESTAMPS };
	static const uint8_t known[] = {[2] = MSS, [4] = SACK_PERMITTED, [8] = TIMESTAMPS};
	uint32_t order = 0, there = 0; /* two bits for each, as they come */

	for (unsigned i = 0; i < s->option_count && i < SYN_OPTIONS; i++) {
		unsigned option = s->options[i] < sizeof known ? known[s->options[i]] : 0;

		if (option == 0)
			continue;
		order = order << 2 | option;
		there |= 1U << option;
	}
	switch (order) {
	case MSS << 2 | SACK_PERMITTED:
		*out = MSS_SACK;
		break;
	case MSS << 4 | SACK_PERMITTED << 2 | TIMESTAMPS:
		*out = MSS_SACK_TIME;
		break;
	case MSS << 4 | TIMESTAMPS << 2 | SACK_PERMITTED:
		*out = MSS_TIME_SACK;
		break;
	default:
		*out = OTHER_LAYOUT;
	}
	return (there >> MSS & 1) != 0 && (there >> SACK_PERMITTED & 1) != 0;
}

uint8_t
stack_of(const struct syn *s)
{
	unsigned ttl = s->ttl <= 64 ? TTL_64 : TTL_128, hops = (ttl == TTL_64 ? 64U : 128U) - s->ttl;
	enum layout layout;

	if (s->ttl > 128 || hops >= HOPS || !layout_of(s, &layout))
		return 0;
	return (uint8_t)(1 + ((unsigned)layout * TTLS + ttl) * HOPS + hops);
}

size_t
stacks_by_turns(const uint64_t minutes[STACKS], struct stack_turns out[STACKS_MOST])
{
	uint64_t kinds[KINDS] = {0};
	uint8_t stacks[KINDS] = {0};
	size_t taken[TURNS_MOST], most;

	memset(out, 0, STACKS_MOST * sizeof *out);
	for (size_t n = STACKS; n-- > 0;) {
		kinds[n / HOPS] |= minutes[n];
		if (turns_count(minutes[n]) > 0)
			stacks[n / HOPS] = (uint8_t)(1 + n);
	}
	most = turns_find(kinds, KINDS, taken);
	for (size_t i = 0; i < most; i++)
		out[i] = (struct stack_turns){.stack = stacks[taken[i]],
		                              .minutes = (uint8_t)turns_count(kinds[taken[i]])};
	return most;
}

const char *
stack_print(uint8_t stack, char buf[STACK_TEXT])
{
	static const char *const options[LAYOUTS][TTLS] = {
	        [MSS_SACK] = {"without timestamps", "like Windows"},
	        [MSS_SACK_TIME] = {"like Linux", "with timestamps"},
	        [MSS_TIME_SACK] = {"like macOS", "like old Windows"},
	        [OTHER_LAYOUT] = {"like none known", "like none known"},
	};
	unsigned n = stack > 0 && stack <= STACKS ? stack - 1U : 0, kind = n / HOPS;

	snprintf(buf, STACK_TEXT, "TTL %u %s", (kind % TTLS == TTL_64 ? 64 : 128) - n % HOPS,
	         options[kind / TTLS][kind % TTLS]);
	return buf;
}
