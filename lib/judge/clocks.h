/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clocks: detects several machines behind one address by the TCP timestamps (RFC 7323) of several clocks in its SYNs.
 * Pure.
 *
 * A timestamp counts ticks since some start. Systems with one clock for all connections (Linux before 4.10 and many
 * devices built with it, and any with net.ipv4.tcp_timestamps=2) have one start for all destinations. Others choose one
 * per destination or connection and show nothing here: a clock counts once three different destinations, in three
 * minutes, agree on its start.
 *
 * Probability of agreement by chance: an hour has at most 60 readings, whatever the number of SYNs. Two of them agree
 * on a clock of 1000 ticks a second if they differ by at most 0.61 s (0.25 s, a tick and 100 ppm of an hour) either
 * way, out of 2^32 / 1000 s: p = 2.9e-7. Three do so in one of three orders, 3 p^2, and there are 34,220
 * triples: 8.3e-9. With the slower clocks, a false clock has a probability of 9.7e-9 per host and hour. Several
 * machines require two. */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/decode/stack.h"

#define CLOCKS_MINUTES TURNS_MINUTES

struct clock_reading {
	int64_t at; /* microseconds */
	struct addr destination;
	uint32_t value; /* TSval; 0: no reading */
};

/* Takes one reading per minute of an hour. Fills in the clocks of which any two alternate (lib/decode/turns.h), like
 * stacks_by_turns, each as STACK_CLOCK. Clocks that started within ten seconds of each other count as one, so that
 * setting our own clock does not double one. Returns their number; fewer than two mean none. */
size_t clocks_by_turns(const struct clock_reading readings[CLOCKS_MINUTES], struct stack_turns out[STACKS_MOST]);

#endif
