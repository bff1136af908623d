/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion_table: what goes along with spam, per hour and host, or per host alone.
 *
 * A host with look-ups alone takes some 200 bytes; one that also speaks to mail servers or mailboxes 1,300, for which
 * there is room of its own. Bounded; nothing allocates after companion_table_new. */
#ifndef COMPANION_TABLE_H
#define COMPANION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/companion/companion.h"

struct companion_row {
	int64_t hour; /* since the epoch; 0 in a table by host alone */
	struct addr host;
	struct companion companion;
};

struct companion_table;

/* Room for so many hosts, and for `talking` of them that speak. NULL if memory is short. */
struct companion_table *companion_table_new(size_t hosts, size_t talking, bool by_hour);
void companion_table_free(struct companion_table *t); /* accepts NULL */

/* One more of COMPANION_MX to COMPANION_BLOCKLIST_LOOKUPS, and the name if it is not NULL. False: the table is full. */
bool companion_table_lookup(struct companion_table *t, int64_t when, const struct addr *host, enum companion_count what,
                            const void *name, size_t name_size);
/* For everything else; what stands in it about look-ups is not looked at. NULL: the table is full. */
struct companion *companion_table_talk(struct companion_table *t, int64_t when, const struct addr *host);

/* The row at a place; false behind the last. */
bool companion_table_at(const struct companion_table *t, size_t place, struct companion_row *out);
/* Forgets all rows but those that `keep` (or NULL) wants. Returns how many it forgot. */
size_t companion_table_clear(struct companion_table *t, bool (*keep)(void *arg, const struct companion_row *row),
                             void *arg);

#endif
