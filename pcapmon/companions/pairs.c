/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts of lan, and their entries in both tables. */
#include "parts.h"

bool
companions_in_lan(const struct companions *c, const struct addr *a)
{
	return c->o.lan == NULL || policy_is_lan(c->o.lan, a);
}

void
companions_make_room(struct companions *c, struct companion_table *t)
{
	if (t == c->o.rows)
		c->o.flush(c->o.arg);
}

/* If there is no room even after all rows were written, hosts of no interest are dropped. */
static struct companion *
entry_in(struct companions *c, struct companion_table *t, int64_t when, const struct addr *host)
{
	struct companion *entry = t != NULL ? companion_table_entry(t, when, host) : NULL;

	if (t == NULL || entry != NULL)
		return entry;
	companions_make_room(c, t);
	if ((entry = companion_table_entry(t, when, host)) != NULL)
		return entry;
	if (t != c->o.rows) {
		c->lost++;
		return NULL;
	}
	c->lost += companion_table_clear(t, NULL, NULL);
	return companion_table_entry(t, when, host);
}

struct pair
companions_pair(struct companions *c, int64_t when, const struct addr *host)
{
	return (struct pair){{entry_in(c, c->o.rows, when, host), entry_in(c, c->o.totals, when, host)}};
}

void
pair_count(struct pair pair, enum companion_count what)
{
	for (int i = 0; i < 2; i++)
		if (pair.of[i] != NULL)
			pair.of[i]->count[what]++;
}
