/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lives: random behaviour of a host, and the same as minute rows; for the tests of the classifier. */
#ifndef LIVES_H
#define LIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/judge/judge.h"

#define LIFE_SECOND INT64_C(1000000)
#define LIFE_MINUTE (60 * LIFE_SECOND)
#define LIFE_HOUR (60 * LIFE_MINUTE)
#define LIFE_BEGIN (INT64_C(1700000000) * LIFE_SECOND)
#define LIFE_EVENTS 4096

struct life_event {
	int64_t when;
	struct addr to; /* family 0: not known */
	uint16_t port;
	bool again;    /* a retransmission */
	uint32_t syns; /* not 0: no attempt, so many SYNs that were only counted; to and port are 0 */
};

struct life {
	struct life_event list[LIFE_EVENTS];
	size_t count;
};

uint64_t life_random(uint64_t *state);
/* An address of network `n`; `server` selects one of its addresses. */
struct addr life_address(uint32_t n, uint8_t server, bool v6);
/* One row of one attempt. */
struct judge_row life_row(int64_t when, const struct addr *to, uint16_t port);
/* Sums up [from, to) of events into rows, one for each destination and port, and hands them over in their order. first
 * and last are of attempts, or with `mixed` of everything. */
void life_feed(struct judge *j, const struct life_event *list, size_t count, bool mixed);
/* All of it, in rows of `span` microseconds, which divides a minute. */
void life_play(struct judge *j, const struct life *l, int64_t span, bool mixed);
/* Up to 400 attempts to up to `networks` networks, at a pace from many a minute to a few a day, with retransmissions
 * and SYNs that were only counted. */
void life_make(struct life *l, uint64_t *state, uint32_t networks);

#endif
