/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crowd: which hosts are told apart. There is room for CROWD_HOSTS; the rest is counted together.
 *
 * Where there is no room, a newcomer gets in only when it comes a second time, and only in place of a host that made
 * fewer attempts: a flood of random sources comes once each, and so pushes out nobody. Nothing allocates after
 * crowd_new. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define CROWD_HOSTS 131072

struct crowd;

struct crowd *crowd_new(uint64_t seed); /* NULL if memory is short */
void crowd_free(struct crowd *c);       /* accepts NULL */
bool crowd_has(struct crowd *c, const struct addr *host);
/* An attempt of the host: false if there is no room for it. A host that had to go for it is in *evicted, which else has
 * family 0. */
bool crowd_attempt(struct crowd *c, const struct addr *host, struct addr *evicted);
/* The host has proved that it exists (an established connection), and gets a place that no flood takes. */
void crowd_proved(struct crowd *c, const struct addr *host, struct addr *evicted);
uint64_t crowd_evicted(const struct crowd *c);

#endif
