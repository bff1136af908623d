/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judging_crowds: IPv6 sources that a single device made up. A MAC address with more than two /64 is taken for that of
 * a router, whose hosts are judged one by one; but no router brings CROWD new ones within a minute. They are still
 * judged one by one, since hosts behind the router may be among them; a report shows them as one. */
#ifndef JUDGING_CROWDS_H
#define JUDGING_CROWDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/store/store.h"

#define CROWD 256 /* /64 that are seen for the first time, at one MAC address in one minute */

struct judging_crowds;

/* From the table `device` of the store, as it was before `end` (microseconds). NULL: the store failed, or memory is
 * short. */
struct judging_crowds *judging_crowds_new(struct store *store, int64_t end);
void judging_crowds_free(struct judging_crowds *c); /* accepts NULL */
/* True, and *key is that of the device, if the address is one of a crowd. */
bool judging_crowds_key(const struct judging_crowds *c, const struct addr *host, struct judge_key *key);

#endif
