/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unset: a machine without a battery boots in 1970, or at the time of its last shutdown, and sets its clock later.
 * nfqd's recorder waits for that, while events stay in the spools, and then moves their times; pcapmon counts on, and
 * makes a gap of it. Pure. */
#ifndef UNSET_H
#define UNSET_H

#include <stdbool.h>
#include <stdint.h>

#include "steady.h"

#define UNSET_WAIT (INT64_C(300) * 1000000) /* microseconds, at most: a clock may never be set */

struct unset {
	int64_t floor; /* wall time before which the clock is not set; microseconds */
	int64_t ahead; /* the wall clock's lead over the steady one when it was last seen not set; 0: it was not */
	int64_t shift; /* what times before the floor lack */
	bool now;      /* it was not set at the last look */
	int64_t lead;  /* over the time since boot, at the last unset_forward; 0: there was none */
};

/* True if the clock is not set: `now` is before this version was released, or before `known`, a time that was recorded
 * by an earlier run. After the first `false`, unset_moved holds. */
bool unset_look(struct unset *u, int64_t known, int64_t now, struct steady steady);
/* Microseconds by which a clock that seemed to be set was set forward since the last call; 0 if less than a minute. To
 * be called before each look. `boot` is the time since boot (when_boot), which goes on in a machine that is suspended.
 */
int64_t unset_forward(struct unset *u, int64_t now, int64_t boot);
/* A time of this run as it is by the clock that was set. */
int64_t unset_moved(const struct unset *u, int64_t when);

#endif
