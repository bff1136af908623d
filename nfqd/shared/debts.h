/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debts: what each source with a `max` owes. One table in memory that several processes share.
 *
 * A bucket holds one minute's worth and refills continuously: N at once if its source was quiet for a minute, and one
 * more every minute/N. A source is an IPv4 address or an IPv6 /64. Bounded; nothing waits for anything: a process that
 * is stopped or killed at any point holds up nobody and spoils no more than the opening it was asking about. */
#ifndef DEBTS_H
#define DEBTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/steady.h"

/* What an allow line says of it. */
struct limit {
	uint16_t max;  /* a minute; 0: no limit, not to be asked about */
	uint32_t name; /* a source has one bucket for each name */
};

struct debts;

/* Room for about so many sources that opened within the last minute. Made before the processes fork. The seed makes
 * places unpredictable to an attacker. NULL with errno set. */
struct debts *debts_new(size_t sources, uint64_t seed);
void debts_free(struct debts *d); /* in this process; accepts NULL */

/* One opening under `limit` at `now`: true if there was room, and it is taken. *evicted grows by the sources that were
 * given up for this one before they had paid. */
bool debts_take(const struct debts *d, const struct addr *source, const struct limit *limit, struct steady now,
                uint64_t *evicted);

#endif
