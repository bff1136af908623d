/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracked: the hosts that have rows of their own. There is room for TRACKED_HOSTS; the others share a pool.
 *
 * When there is no room, a new host is admitted only at its second attempt, and only in place of a host that made fewer
 * attempts: each source of a random flood is seen once, so the flood evicts nobody. Nothing allocates after
 * tracked_new. */
#ifndef TRACKED_H
#define TRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define TRACKED_HOSTS 131072

struct tracked;

struct tracked *tracked_new(uint64_t seed); /* NULL if memory is short */
void tracked_free(struct tracked *c);       /* accepts NULL */
bool tracked_has(struct tracked *c, const struct addr *host);
/* An attempt of the host: false if there is no room for it. A host that had to go for it is in *evicted, which else has
 * family 0. */
bool tracked_attempt(struct tracked *c, const struct addr *host, struct addr *evicted);
/* The host has proved that it exists by an established connection, and gets a place that no flood can take. */
void tracked_proved(struct tracked *c, const struct addr *host, struct addr *evicted);
uint64_t tracked_evicted(const struct tracked *c);

#endif
