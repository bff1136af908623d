/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_devices: as whom a host is judged: by its hardware address where that is known to be of one device. */
#ifndef JUDGING_DEVICES_H
#define JUDGING_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/store/store.h"

struct judging_devices;

/* The store, which must outlive it, has the table `device` with an index on mac. NULL with store_error, or if memory is
 * short. */
struct judging_devices *judging_devices_new(struct store *store);
void judging_devices_free(struct judging_devices *d); /* accepts NULL */
/* By its hardware address if, of what was seen before `end` (microseconds), that is the only one of the host, and
 * speaks for one IPv4 address and two IPv6 /64 at most; else by its address. Cheapest for hosts in the order of their
 * bytes, and one `end`. False: the store failed. */
bool judging_devices_key(struct judging_devices *d, const struct addr *host, int64_t end, struct judge_key *key);
void judging_devices_end(struct judging_devices *d); /* lets go of the table: devices may be written now */

#endif
