/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stacks.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HOPS 4 /* few routers stand between a host and its gateway; what comes from farther may be a tool's */
#define KINDS (STACKS / HOPS)
#define MINUTES 60
#define OFTEN 3   /* minutes of a kind */
#define CHANGES 3 /* between two */

/* Order of the options that all SYNs of a system have: p0f.fp's signatures, without padding and window scale. */
enum layout { MSS_SACK, MSS_SACK_TIME, MSS_TIME_SACK, OTHER_LAYOUT, LAYOUTS };

enum { TTL_64, TTL_128, TTLS };

static_assert(LAYOUTS * TTLS * HOPS == STACKS, "each has a number");

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

/* A kind, in an hour. */
struct kind {
	struct stack_turns turns;
	uint64_t minutes;
};

static unsigned
count(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

static bool
take_turns(uint64_t a, uint64_t b)
{
	enum { NEITHER, A, B } last = NEITHER;
	unsigned changes = 0;

	for (int n = 0; n < MINUTES; n++) {
		bool in_a = (a >> n & 1) != 0, in_b = (b >> n & 1) != 0;

		if (in_a && in_b) {
			changes++;
			last = NEITHER;
		} else if (in_a || in_b) {
			changes += last == (in_a ? B : A);
			last = in_a ? A : B;
		}
	}
	return changes >= CHANGES;
}

/* Kinds that are seen often, those in most minutes first. */
static size_t
frequent(const uint64_t minutes[STACKS], struct kind out[KINDS])
{
	size_t found = 0;

	for (size_t n = 0; n < KINDS; n++) {
		struct kind kind = {0};
		size_t at = found;

		for (size_t hops = HOPS; hops-- > 0;) {
			uint64_t more = minutes[n * HOPS + hops] & ((UINT64_C(1) << MINUTES) - 1);

			kind.minutes |= more;
			if (more != 0)
				kind.turns.stack = (uint8_t)(1 + n * HOPS + hops);
		}
		kind.turns.minutes = (uint8_t)count(kind.minutes);
		if (kind.turns.minutes < OFTEN)
			continue;
		for (; at > 0 && out[at - 1].turns.minutes < kind.turns.minutes; at--)
			out[at] = out[at - 1];
		out[at] = kind;
		found++;
	}
	return found;
}

size_t
stacks_by_turns(const uint64_t minutes[STACKS], struct stack_turns out[STACKS_MOST])
{
	struct kind list[KINDS], taken[STACKS_MOST];
	size_t found = frequent(minutes, list), most = 0;

	memset(out, 0, STACKS_MOST * sizeof *out);
	/* From each on, for the most frequent one may take turns with nobody. */
	for (size_t first = 0; first + 1 < found; first++) {
		size_t n = 0;

		for (size_t i = first; i < found && n < STACKS_MOST; i++) {
			size_t with = 0;

			while (with < n && take_turns(taken[with].minutes, list[i].minutes))
				with++;
			if (with == n)
				taken[n++] = list[i];
		}
		if (n < 2 || n <= most)
			continue;
		most = n;
		for (size_t i = 0; i < n; i++)
			out[i] = taken[i].turns;
	}
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
