/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a set of readings is a bit mask of their minutes. Readings that fit the same clock closely enough form
 * a set; sets with enough destinations are clocks, and the minutes of two clocks are tested for alternation. */
#include "clocks.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/when.h"

#define DESTINATIONS 3            /* that must agree on a clock */
#define JITTER (SECOND / 4)       /* between sending the SYN and our reading of it */
#define DRIFT 10000               /* 100 ppm between its quartz and ours, as 1 / DRIFT */
#define APART (10 * SECOND)       /* the least difference between two clocks */
#define FEWEST (2 * DESTINATIONS) /* readings required for several machines */

/* Ticks per second: Linux up to 4.13 as configured at build, since then 1000; FreeBSD 1000, formerly 100; Windows and
 * other old systems 10 (Kohno, Broido, Claffy 2005). */
static const uint32_t rates[] = {1000, 300, 250, 100, 10};

struct clock {
	uint64_t minutes;
	uint32_t rate;
	size_t first; /* minute */
};

/* The readings, interpreted as those of clocks with this rate. */
struct rated {
	const struct clock_reading *readings;
	uint32_t rate;
	uint32_t began[CLOCKS_MINUTES]; /* start of the clock in ticks; wraps like the clock */
};

static void
rate_readings(struct rated *r, const struct clock_reading *readings, uint64_t there, uint32_t rate)
{
	int64_t since = readings[__builtin_ctzll(there)].at;

	r->readings = readings;
	r->rate = rate;
	for (; there != 0; there &= there - 1) {
		size_t n = (size_t)__builtin_ctzll(there);

		r->began[n] = (uint32_t)((readings[n].at - since) * rate / SECOND) - readings[n].value;
	}
}

/* True if two clocks started within `within` microseconds of each other, plus drift. */
static bool
agree(const struct rated *r, size_t a, size_t b, int64_t within)
{
	int64_t off = (int32_t)(r->began[a] - r->began[b]), between = r->readings[a].at - r->readings[b].at;

	off = off < 0 ? -off : off;
	if (off > APART / SECOND * 2 * r->rate) /* the common case: far apart */
		return false;
	return off * SECOND <= (within + (between < 0 ? -between : between) / DRIFT) * r->rate + SECOND;
}

/* The readings in `left` that agree with `first`, with one of those, and so on. */
static uint64_t
together(const struct rated *r, uint64_t left, size_t first)
{
	uint64_t set = 0, more = UINT64_C(1) << first;

	while (more != 0) {
		size_t n = (size_t)__builtin_ctzll(more);

		set |= UINT64_C(1) << n;
		more &= more - 1;
		for (uint64_t others = left & ~set & ~more; others != 0; others &= others - 1) {
			size_t other = (size_t)__builtin_ctzll(others);

			if (agree(r, n, other, JITTER))
				more |= UINT64_C(1) << other;
		}
	}
	return set;
}

/* Distinct destinations only: systems with one offset per destination repeat it for the same destination. */
static bool
is_clock(const struct clock_reading *readings, uint64_t set)
{
	const struct addr *seen[DESTINATIONS];
	size_t count = 0;

	for (; set != 0 && count < DESTINATIONS; set &= set - 1) {
		const struct addr *destination = &readings[__builtin_ctzll(set)].destination;
		size_t n = 0;

		while (n < count && !addr_equal(seen[n], destination))
			n++;
		if (n == count)
			seen[count++] = destination;
	}
	return count == DESTINATIONS;
}

static size_t
add(struct clock *clocks, size_t count, const struct rated *r, const struct clock *more)
{
	for (size_t n = 0; n < count; n++) {
		if (clocks[n].rate == more->rate && agree(r, clocks[n].first, more->first, APART)) {
			clocks[n].minutes |= more->minutes;
			return count;
		}
	}
	clocks[count] = *more;
	return count + 1;
}

static size_t
find(const struct clock_reading *readings, uint64_t left, struct clock *clocks)
{
	struct rated rated;
	size_t count = 0;

	for (size_t r = 0; r < sizeof rates / sizeof *rates && left != 0; r++) {
		rate_readings(&rated, readings, left, rates[r]);
		for (uint64_t todo = left; todo != 0;) {
			struct clock c = {.rate = rates[r], .first = (size_t)__builtin_ctzll(todo)};

			c.minutes = together(&rated, todo, c.first);
			todo &= ~c.minutes;
			if (!is_clock(readings, c.minutes))
				continue;
			left &= ~c.minutes;
			count = add(clocks, count, &rated, &c);
		}
	}
	return count;
}

static uint16_t
hours(const struct clock_reading *reading, uint32_t rate)
{
	uint32_t ran = reading->value / rate / (uint32_t)(HOUR / SECOND);

	return ran < UINT16_MAX ? (uint16_t)ran : UINT16_MAX;
}

size_t
clocks_by_turns(const struct clock_reading readings[CLOCKS_MINUTES], struct stack_turns out[STACKS_MOST])
{
	struct clock clocks[CLOCKS_MINUTES / DESTINATIONS];
	uint64_t minutes[CLOCKS_MINUTES / DESTINATIONS], left = 0;
	size_t taken[TURNS_MOST], count, most;

	memset(out, 0, STACKS_MOST * sizeof *out);
	for (size_t n = 0; n < CLOCKS_MINUTES; n++)
		left |= (uint64_t)(readings[n].value != 0) << n;
	if (turns_count(left) < FEWEST)
		return 0;
	count = find(readings, left, clocks);
	for (size_t n = 0; n < count; n++)
		minutes[n] = clocks[n].minutes;
	most = turns_find(minutes, count, taken);
	for (size_t i = 0; i < most; i++) {
		const struct clock *c = &clocks[taken[i]];

		out[i] = (struct stack_turns){.stack = STACK_CLOCK,
		                              .minutes = (uint8_t)turns_count(c->minutes),
		                              .hours = hours(&readings[63 - __builtin_clzll(c->minutes)], c->rate)};
	}
	return most;
}
