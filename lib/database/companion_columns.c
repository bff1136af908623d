/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion_columns.h"

_Static_assert(COMPANION_COUNT == 19, "every count stands in COMPANION_COLUMNS");

struct companion
companion_column(struct statement *st)
{
	struct companion c = {0};
	const uint8_t *bytes;
	size_t size;

	for (int n = 0; n < COMPANION_COUNT; n++)
		c.count[n] = column_count(st, n);
	column_blob(st, COMPANION_COUNT, c.names.bytes, sizeof c.names.bytes);
	column_blob(st, COMPANION_COUNT + 1, c.hellos.bytes, sizeof c.hellos.bytes);
	column_blob(st, COMPANION_COUNT + 2, c.domains.bytes, sizeof c.domains.bytes);
	column_blob(st, COMPANION_COUNT + 3, c.clients.bytes, sizeof c.clients.bytes);
	if ((bytes = column_bytes(st, COMPANION_COUNT + 4, &size)) != NULL)
		companion_read(bytes, size, &c);
	return c;
}
