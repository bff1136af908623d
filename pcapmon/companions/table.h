/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion_table: side traffic of hosts, per hour and host, or per host alone.
 *
 * A host with look-ups alone takes some 200 bytes. One that also connects to mail servers or mailboxes has an entry of
 * 1,300 more, from a pool of its own. Bounded; nothing allocates after companion_table_new. */
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

/* Room for that many hosts and entries. NULL if memory is short. */
struct companion_table *companion_table_new(size_t hosts, size_t entries, bool by_hour);
void companion_table_free(struct companion_table *t); /* accepts NULL */

/* A look-up, or the answer to one: the name is NULL if it is not to be counted. */
struct companion_lookup {
	int64_t when;
	const struct addr *host;
	const void *name;
	size_t name_size;
};
/* One more of COMPANION_MX to COMPANION_BLOCKLIST_LOOKUPS, and the name. False: the table is full. */
bool companion_table_lookup(struct companion_table *t, const struct companion_lookup *l, enum companion_count what);
/* The entry, for everything else; its counts of look-ups are not used. NULL: the table is full. */
struct companion *companion_table_entry(struct companion_table *t, int64_t when, const struct addr *host);

/* The row at a place; false behind the last. */
bool companion_table_at(const struct companion_table *t, size_t place, struct companion_row *out);
/* Forgets all rows, or those that `keep` refuses. Returns how many were forgotten. */
size_t companion_table_clear(struct companion_table *t, bool (*keep)(void *arg, const struct companion_row *row),
                             void *arg);

#endif
