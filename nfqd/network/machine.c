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

const struct machine_link *
machine_link(const struct machine *m, uint32_t index)
{
	for (size_t i = 0; i < m->link_count && index != 0; i++)
		if (m->links[i].index == index)
			return &m->links[i];
	return NULL;
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

void
machine_find_outer(struct machine *m)
{
	for (size_t i = 0; i < m->route_count; i++) {
		const struct machine_route *r = &m->routes[i];

		for (size_t j = 0; j < m->link_count && machine_is_default(&r->to); j++)
			if (r->link != 0 && m->links[j].index == r->link) {
				m->links[j].outer4 = m->links[j].outer4 || r->to.addr.family == 4;
				m->links[j].outer6 = m->links[j].outer6 || r->to.addr.family == 6;
			}
	}
}
