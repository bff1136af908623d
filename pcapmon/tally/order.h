/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order: sorts packets with the same timestamp, independent of their arrival: openings first, then answers, then the
 * rest, ends last. Among packets of different stamps nothing moves. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"

#define ORDER_ROOM 4096 /* packets of one timestamp; more of them are sorted in groups of this size */

struct order;

struct order *order_new(void);    /* NULL if memory is short */
void order_free(struct order *o); /* accepts NULL */
/* Keeps the packet (not its payload). False when the kept ones have another timestamp, or there is no room: take them
 * all, and call it again. */
bool order_put(struct order *o, const struct packet *p, int64_t when);
/* The kept packets in order, and their stamp. Afterwards none is kept; valid until the next order_put. */
const struct packet *order_take(struct order *o, size_t *count, int64_t *when);

#endif
