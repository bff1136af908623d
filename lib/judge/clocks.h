/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clocks: whether SYNs from one address carry the timestamps (RFC 7323) of several clocks, and so come from several
 * machines. Pure.
 *
 * A timestamp counts ticks since some moment. Systems with one clock for all connections (Linux before 4.10 and many
 * devices built with it, and any with net.ipv4.tcp_timestamps=2) have one such moment, whomever they talk to. Others
 * draw another one for each destination or connection, and say nothing here: a clock is believed when three different
 * destinations, in three minutes, agree on its begin.
 *
 * How likely others agree by chance: in an hour there are 60 readings at most, however many SYNs there are. Two of them
 * agree on a clock of 1000 ticks a second if they differ by no more than 0.61 s (0.25 s, a tick and 100 ppm of an hour)
 * either way, of 2^32 / 1000 s: p = 2.9e-7. Three do in one of three orders, 3 p^2, and there are 34,220
 * threes: 8.3e-9. With the slower clocks it is 9.7e-9 for a host and hour to have a clock that is none. Several
 * machines take two. */
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
	uint32_t value; /* TSval; 0: there is no reading */
};

/* One reading for each minute of an hour. Fills in the clocks of which any two come by turns (lib/turns.h), as
 * stacks_by_turns does; each as STACK_CLOCK. Clocks that began within ten seconds of one another are taken for one, so
 * that a clock of ours that is set does not make two of one. Returns how many; fewer than two are none. */
size_t clocks_by_turns(const struct clock_reading readings[CLOCKS_MINUTES], struct stack_turns out[STACKS_MOST]);

#endif
