/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion.h"

_Static_assert(COMPANION_COUNT == 19, "every count stands in COMPANION_COLUMNS");
_Static_assert(sizeof COMPANION_VALUES == 3 * COMPANION_COLUMN_COUNT - 1, "every column has a value");

enum { NAMES = COMPANION_COUNT, HELLOS, DOMAINS, CLIENTS, LISTS }; /* columns behind the counts */
_Static_assert(LISTS + 1 == COMPANION_COLUMN_COUNT, "the last column");

struct companion
companion_column(struct statement *st)
{
	struct companion c = {0};
	const uint8_t *bytes;
	size_t size;

	for (int n = 0; n < COMPANION_COUNT; n++)
		c.count[n] = column_count(st, n);
	column_blob(st, NAMES, c.names.bytes, sizeof c.names.bytes);
	column_blob(st, HELLOS, c.hellos.bytes, sizeof c.hellos.bytes);
	column_blob(st, DOMAINS, c.domains.bytes, sizeof c.domains.bytes);
	column_blob(st, CLIENTS, c.clients.bytes, sizeof c.clients.bytes);
	if ((bytes = column_bytes(st, LISTS, &size)) != NULL)
		companion_read(bytes, size, &c);
	return c;
}

static void
bind_distinct(struct statement *st, int column, const struct distinct *d)
{
	bind_blob(st, column + 1, d->bytes, distinct_empty(d) ? 0 : sizeof d->bytes);
}

void
companion_bind(struct statement *st, const struct companion *c)
{
	uint8_t lists[COMPANION_BYTES];

	for (int n = 0; n < COMPANION_COUNT; n++)
		bind_int(st, n + 1, (int64_t)c->count[n]);
	bind_distinct(st, NAMES, &c->names);
	bind_distinct(st, HELLOS, &c->hellos);
	bind_distinct(st, DOMAINS, &c->domains);
	bind_distinct(st, CLIENTS, &c->clients);
	bind_blob(st, LISTS + 1, lists, companion_write(c, lists));
}
