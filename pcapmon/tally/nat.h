/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nat: one opening seen twice, before and behind source NAT: the same destination, port and initial sequence number
 * from another source within NAT_TIME. Programs with poor sequence numbers may look like it, so an opening is matched
 * once at most. Bounded; an opening that was given up for others is not recognised. */
#ifndef NAT_H
#define NAT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/count/attempts.h"
#include "lib/base/pack.h"

#define NAT_TIME INT64_C(1000000) /* microseconds */
#define NAT_BYTES (8 + 8 + 2 * PACKED_ADDR + 1)

struct nat_opening {
	uint64_t key; /* of destination, port and number; 0: free */
	int64_t when;
	struct addr source; /* that the attempt is counted for */
	struct addr view;   /* the source behind NAT; family 0: not seen yet */
	uint8_t ttl;
};

struct nat;

struct nat *nat_new(uint64_t seed); /* NULL if memory is short */
void nat_free(struct nat *t);       /* accepts NULL */
/* The opening with this destination, port and number, within NAT_TIME, or NULL. Valid until nat_put. */
struct nat_opening *nat_find(struct nat *t, const struct flow *f, uint32_t isn, int64_t when);
/* The opening is this source's. */
void nat_put(struct nat *t, const struct flow *f, uint32_t isn, int64_t when, uint8_t ttl);

/* To keep over a restart the openings that may still be matched at `now`: as fragments_pack and fragments_put_back. */
enum place_state nat_pack(const struct nat *t, size_t place, int64_t now, uint8_t out[NAT_BYTES]);
void nat_put_back(struct nat *t, const uint8_t bytes[NAT_BYTES]);

#endif
