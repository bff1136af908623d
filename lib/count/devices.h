/* SPDX-License-Identifier: GPL-3.0-or-later */
/* devices: which hardware address spoke for which host, between two flushes. Bounded, no allocation after
 * devices_new. */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct device {
	struct addr host;
	uint8_t mac[6];
	int64_t first, last; /* microseconds; since the last devices_clear */
};

struct devices;

struct devices *devices_new(void);    /* NULL if memory is short */
void devices_free(struct devices *d); /* accepts NULL */
/* False when there is no room: write down what is there, clear, and say it again. */
bool devices_saw(struct devices *d, const struct addr *host, const uint8_t mac[6], int64_t when);
/* Those seen since devices_clear, in the order in which they came. NULL after the last; *at starts at 0. */
const struct device *devices_next(const struct devices *d, size_t *at);
void devices_clear(struct devices *d);

#endif
