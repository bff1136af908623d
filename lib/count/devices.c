/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"

#define MOST 4096
#define KEY_BYTES (offsetof(struct device, mac) + 6)

static_assert(KEY_BYTES == sizeof(struct addr) + 6, "a hole in the key");

struct devices {
	struct table *table;
};

static const struct table_type type = {.size = sizeof(struct device), .key = KEY_BYTES};

struct devices *
devices_new(void)
{
	struct devices *d = calloc(1, sizeof *d);

	if (d != NULL && (d->table = table_new(&type, MOST)) != NULL)
		return d;
	free(d);
	return NULL;
}

void
devices_free(struct devices *d)
{
	if (d == NULL)
		return;
	table_free(d->table);
	free(d);
}

bool
devices_saw(struct devices *d, const struct addr *host, const uint8_t mac[6], int64_t when)
{
	struct device key = {.host = *host}, *s;
	bool is_new;

	memcpy(key.mac, mac, 6);
	if ((s = table_add(d->table, &key, &is_new)) == NULL)
		return false;
	if (is_new || when < s->first)
		s->first = when;
	if (is_new || when > s->last)
		s->last = when;
	return true;
}

const struct device *
devices_next(const struct devices *d, size_t *at)
{
	return table_at(d->table, (*at)++);
}

void
devices_clear(struct devices *d)
{
	table_clear(d->table);
}
