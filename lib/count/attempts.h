/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts: which SYN is a new attempt and which a retransmission.
 *
 * An attempt is a distinct (source, destination, ports, initial sequence number); the same SYN again within
 * ATTEMPT_WINDOW of the first is a retransmission. Bounded: where unexpired entries take all 32 places that one may
 * have, the one worth least is evicted, and that is counted; a SYN that could then be either is in doubt. Nothing
 * allocates after attempts_new. */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/when.h"

#define ATTEMPT_WINDOW (3 * MINUTE) /* microseconds */
#define ATTEMPTS_ALIKE 4            /* open attempts of one flow: with more, they replace each other, not others */

/* A connection as its opener sees it. */
struct flow {
	struct addr src, dst;
	uint16_t sport, dport;
};

/* Stored in wire.db: append, never renumber. */
enum attempt_state {
	ATTEMPT_OPEN,
	ATTEMPT_ANSWERED,
	ATTEMPT_ESTABLISHED,
	ATTEMPT_REFUSED,
	ATTEMPT_CROSSED /* the opener acknowledged a SYN of the other end, which has to acknowledge its own */
};

struct attempt {
	uint64_t flow; /* seeded hash of struct flow; 0 = free entry */
	int64_t first; /* microseconds */
	uint32_t isn;
	/* The rest may be changed by the caller; attempts_syn sets it to zero. */
	uint32_t last; /* of its SYNs, microseconds after the first */
	uint32_t peer; /* the initial sequence number of the other end, once it answered */
	uint16_t id;   /* of the packet of the last SYN */
	uint16_t data; /* bytes that came with the SYN (TCP Fast Open) and may be acknowledged with it */
	uint8_t state; /* enum attempt_state */
	uint8_t marks;
};

struct attempts;

/* Room for `entries` attempts of the last 180 s, and half as many again before any is evicted. The seed makes buckets
 * unpredictable to an attacker; a fixed one makes a test repeatable. NULL if memory is short. */
struct attempts *attempts_new(size_t entries, uint64_t seed);
void attempts_free(struct attempts *t);

/* A SYN. The entry is valid until the next call; *is_new says whether it is an attempt or a retransmission. */
struct attempt *attempts_syn(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_new);
/* Call it before attempts_syn: a SYN that this takes for new may be a retransmission of an attempt that was evicted. */
bool attempts_doubt(struct attempts *t, const struct flow *f, int64_t when);
/* The attempt a SYN-ACK or RST answers: `isn` is its acknowledgement minus one, more if it
 * takes data of the SYN. NULL if there is none. */
struct attempt *attempts_answer(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when);
/* The answered or crossed attempt that a later segment of the opener belongs to: the one whose ISN lies just below seq.
 * NULL if there is none. */
struct attempt *attempts_follow(struct attempts *t, const struct flow *f, uint32_t seq, int64_t when);
uint64_t attempts_evicted(const struct attempts *t); /* entries evicted before their time */

/* Number of attempts of the flow (attempts_flow), which differ only in the ISN, that are open or crossed and began
 * within `span` of `when`. */
unsigned attempts_alike(const struct attempts *t, uint64_t flow, int64_t when, int64_t span);

/* The attempt of exactly this SYN, or NULL. */
struct attempt *attempts_find(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when);

/* For entries that survive a restart in a file: the entry at a place, or NULL after the last (a free one has flow 0);
 * the place of an entry; and restoring one, which replaces that of the same flow and ISN, or the one worth least. The
 * seed must be the same. */
struct attempt *attempts_at(struct attempts *t, size_t place);
size_t attempts_place(const struct attempts *t, const struct attempt *a);
void attempts_put_back(struct attempts *t, const struct attempt *a);
/* The seeded hash of a flow, as in attempt.flow; never 0. */
uint64_t attempts_flow(const struct attempts *t, const struct flow *f);

#endif
