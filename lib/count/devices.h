/* SPDX-License-Identifier: GPL-3.0-or-later */
/* devices: pairs of host and MAC address seen between two flushes. Bounded; no allocation after devices_new. */
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
/* False if the table is full: write its entries, call devices_clear, and call again. */
bool devices_saw(struct devices *d, const struct addr *host, const uint8_t mac[6], int64_t when);
/* The entries since devices_clear, in order of arrival. NULL after the last; *at starts at 0. */
const struct device *devices_next(const struct devices *d, size_t *at);
void devices_clear(struct devices *d);

#endif
