/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twins: one opening seen twice, before and behind source NAT: another source, but the same destination, port and
 * initial sequence number within TWIN_TIME. Programs that choose their numbers badly may look like it, so an opening
 * has one twin at most. Bounded; a twin whose place was taken is not recognised. */
#ifndef TWINS_H
#define TWINS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/count/attempts.h"
#include "lib/base/pack.h"

#define TWIN_TIME INT64_C(1000000) /* microseconds */
#define TWIN_BYTES (8 + 8 + 2 * PACKED_ADDR + 1)

struct twin {
	uint64_t key; /* of destination, port and number; 0: free */
	int64_t when;
	struct addr source; /* whose attempt it is */
	struct addr view;   /* what NAT made of the source; family 0: not seen yet */
	uint8_t ttl;
};

struct twins;

struct twins *twins_new(uint64_t seed); /* NULL if memory is short */
void twins_free(struct twins *t);       /* accepts NULL */
/* The opening with this destination, port and number, within TWIN_TIME, or NULL. Valid until twins_put. */
struct twin *twins_find(struct twins *t, const struct flow *f, uint32_t isn, int64_t when);
/* The opening is this source's. */
void twins_put(struct twins *t, const struct flow *f, uint32_t isn, int64_t when, uint8_t ttl);

/* For who keeps over a restart what waits at `now`, as fragments_pack and fragments_put_back. */
enum place_state twins_pack(const struct twins *t, size_t place, int64_t now, uint8_t out[TWIN_BYTES]);
void twins_put_back(struct twins *t, const uint8_t bytes[TWIN_BYTES]);

#endif
