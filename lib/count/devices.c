/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define SLOTS 8192 /* a power of two */
#define FULL (SLOTS / 2)

struct devices {
	struct device slot[SLOTS]; /* family 0: free */
	size_t count;
	uint64_t seed;
};

struct devices *
devices_new(uint64_t seed)
{
	struct devices *d = calloc(1, sizeof *d);

	if (d != NULL)
		d->seed = seed;
	return d;
}

void
devices_free(struct devices *d)
{
	free(d);
}

bool
devices_saw(struct devices *d, const struct addr *host, const uint8_t mac[6], int64_t when)
{
	uint8_t b[23];
	struct device *s;
	size_t i;

	b[0] = host->family;
	memcpy(b + 1, host->bytes, 16);
	memcpy(b + 17, mac, 6);
	for (i = XXH3_64bits_withSeed(b, sizeof b, d->seed) & (SLOTS - 1); d->slot[i].host.family != 0;
	     i = (i + 1) & (SLOTS - 1))
		if (addr_equal(&d->slot[i].host, host) && memcmp(d->slot[i].mac, mac, 6) == 0)
			break;
	s = &d->slot[i];
	if (s->host.family == 0) {
		if (d->count == FULL)
			return false;
		d->count++;
		s->host = *host;
		memcpy(s->mac, mac, 6);
		s->first = s->last = when;
	}
	if (when < s->first)
		s->first = when;
	if (when > s->last)
		s->last = when;
	return true;
}

const struct device *
devices_next(const struct devices *d, size_t *at)
{
	while (*at < SLOTS) {
		const struct device *s = &d->slot[(*at)++];

		if (s->host.family != 0)
			return s;
	}
	return NULL;
}

void
devices_clear(struct devices *d)
{
	if (d->count > 0)
		memset(d->slot, 0, sizeof d->slot);
	d->count = 0;
}
