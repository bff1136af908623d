/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

void
machine_free(struct machine *m)
{
	free(m->links);
	free(m->routes);
	m->links = NULL;
	m->routes = NULL;
	m->link_count = m->route_count = 0;
	m->cut = false;
}

static int
by_index(const void *left, const void *right)
{
	const struct machine_link *a = left, *b = right;

	return (a->index > b->index) - (a->index < b->index);
}

void
machine_sort_links(struct machine *m)
{
	if (m->link_count > 0)
		qsort(m->links, m->link_count, sizeof *m->links, by_index);
}

struct machine_link *
machine_link(const struct machine *m, uint32_t index)
{
	const struct machine_link key = {.index = index};

	if (index == 0 || m->link_count == 0)
		return NULL;
	return bsearch(&key, m->links, m->link_count, sizeof *m->links, by_index);
}

const struct machine_link *
machine_vrf(const struct machine *m, const struct machine_link *link)
{
	const struct machine_link *master = machine_link(m, link->master);

	return master != NULL && strcmp(master->kind, "vrf") == 0 ? master : NULL;
}

const char *
machine_incoming(const struct machine *m, const struct machine_link *link)
{
	const struct machine_link *vrf = machine_vrf(m, link);

	return vrf != NULL ? vrf->name : link->name;
}

const struct machine_link *
machine_named(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->link_count; i++)
		if (strcmp(m->links[i].name, name) == 0)
			return &m->links[i];
	return NULL;
}

bool
machine_is_default(const struct prefix *to)
{
	return to->len <= (to->addr.family == 4 ? 1 : 3);
}

/* Of a prefix that is not all addresses: RFC 4291, 2000::/3. */
static bool
is_global6(const struct prefix *to)
{
	return to->addr.family == 6 && (to->addr.bytes[0] & 0xe0) == 0x20;
}

void
machine_find_outer(struct machine *m)
{
	for (size_t i = 0; i < m->route_count; i++) {
		const struct machine_route *r = &m->routes[i];
		struct machine_link *l = machine_link(m, r->link);

		if (l == NULL)
			continue;
		if (!machine_is_default(&r->to)) {
			l->global6 = l->global6 || is_global6(&r->to);
			continue;
		}
		l->outer4 = l->outer4 || r->to.addr.family == 4;
		l->outer6 = l->outer6 || r->to.addr.family == 6;
	}
}
