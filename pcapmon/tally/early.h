/* SPDX-License-Identifier: GPL-3.0-or-later */
/* early: answers that were captured before the SYN they answer, as where the captures of two taps are merged. Kept for
 * EARLY_TIME. Bounded: an answer replaces another one at its place, but no refusal replaces a SYN-ACK. */
#ifndef EARLY_H
#define EARLY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/pack.h"

#define EARLY_TIME INT64_C(50000) /* microseconds */

#define EARLY_BYTES (8 + 8 + 4 + 4 + 1)

/* The strongest last. */
enum early_kind { EARLY_NONE, EARLY_ICMP, EARLY_RESET, EARLY_SYN_ACK };

struct early_answer {
	uint64_t flow; /* as in struct attempt; with isn it is the key */
	uint32_t isn;  /* of the SYN that it answers */
	uint32_t peer; /* of a SYN-ACK: its sequence number */
	int64_t when;
	enum early_kind kind;
};

struct early;

struct early *early_new(uint64_t seed); /* NULL if memory is short */
void early_free(struct early *e);       /* accepts NULL */
void early_put(struct early *e, const struct early_answer *a);
/* Takes out the answer to this SYN. False if there is none within EARLY_TIME of `when`. */
bool early_take(struct early *e, uint64_t flow, uint32_t isn, int64_t when, struct early_answer *out);

/* A SYN-ACK of the flow with these numbers was put, and no SYN took it within EARLY_TIME, as far as it has kept its
 * place. It is taken out. */
bool early_unclaimed(struct early *e, const struct early_answer *synack);

/* For memory_rows, as nat_pack and nat_put_back. */
enum place_state early_pack(const struct early *e, size_t place, int64_t now, uint8_t out[EARLY_BYTES]);
void early_put_back(struct early *e, const uint8_t bytes[EARLY_BYTES]);

#endif
