/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order: packets of one stamp, in an order that does not depend on how they came: openings first, then answers, then
 * the rest, ends last. Among packets of different stamps nothing moves. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"

#define ORDER_ROOM 4096 /* packets of one stamp; of more, each so many are ordered by themselves */

struct order;

struct order *order_new(void);    /* NULL if memory is short */
void order_free(struct order *o); /* accepts NULL */
/* Keeps the packet (not its payload). False when those that are kept have another stamp, or there is no room: take them
 * all, and say it again. */
bool order_put(struct order *o, const struct packet *p, int64_t when);
/* The kept packets in order, and their stamp. Afterwards none is kept; valid until the next order_put. */
const struct packet *order_take(struct order *o, size_t *count, int64_t *when);

#endif
