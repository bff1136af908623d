/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_devices: the key of a host: its MAC address if that belongs to one device, else its address. */
#ifndef JUDGING_DEVICES_H
#define JUDGING_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/store/store.h"

struct judging_devices;

/* The store, which must outlive it, has the table `device` with an index on mac and host. NULL with store_error, or if
 * memory is short. */
struct judging_devices *judging_devices_new(struct store *store);
void judging_devices_free(struct judging_devices *d); /* accepts NULL */
/* The MAC address if, before `end` (microseconds), the host had no other, and that one had at most one IPv4
 * address and two IPv6 /64; else the host's address. Cheapest for hosts in the order of their bytes and a constant
 * `end`. False: the store failed. */
bool judging_devices_key(struct judging_devices *d, const struct addr *host, int64_t end, struct judge_key *key);
void judging_devices_end(struct judging_devices *d); /* ends the reading of the table, so that it can be written */

#endif
