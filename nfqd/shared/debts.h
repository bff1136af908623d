/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debts: token buckets for sources with a `max`, in one table of memory that several processes share.
 *
 * A bucket holds one minute's tokens and refills continuously: N openings at once after a quiet minute, and one more
 * every minute/N. A source is an IPv4 address or an IPv6 /64. The table is bounded and lock-free: a process that is
 * stopped or killed at any point delays no other process, and affects no more than the opening it was asking about. */
#ifndef DEBTS_H
#define DEBTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/steady.h"

/* The `max` of an allow line. */
struct limit {
	uint16_t max;  /* openings a minute; 0: no limit, never passed to debts_take */
	uint32_t name; /* of the line; a source has a bucket for each */
};

struct debts;

/* Room for about `sources` that opened within the last minute. Call before the processes fork. The seed makes places in
 * the table unpredictable to an attacker. NULL with errno set. */
struct debts *debts_new(size_t sources, uint64_t seed);
void debts_free(struct debts *d); /* in this process; accepts NULL */

/* One opening under `limit` at `now`: true if a token was left, which is then taken. *evicted grows by the number of
 * sources that were evicted for this one before their bucket was full again. */
bool debts_take(const struct debts *d, const struct addr *source, const struct limit *limit, struct steady now,
                uint64_t *evicted);

#endif
