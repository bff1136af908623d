/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inside.h"

#include <string.h>

static bool
forwards(const struct machine_link *l, uint8_t family)
{
	return family == 4 ? l->forwards4 : l->forwards6;
}

bool
inside_outer(const struct machine_link *l, uint8_t family)
{
	return family == 4 ? l->outer4 : l->outer6;
}

bool
inside_has_outer(const struct machine *m, uint8_t family)
{
	for (size_t i = 0; i < m->link_count; i++)
		if (inside_outer(&m->links[i], family))
			return true;
	return false;
}

bool
inside_begins(const struct prefix *p, const char *with)
{
	struct prefix wider = {0};

	prefix_parse(with, &wider);
	return prefix_covers(&wider, p);
}

bool
inside_is_routed(const struct prefix *p)
{
	static const char *const list[] = {"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "fe80::/10", "ff00::/8"};

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (inside_begins(p, list[i]))
			return false;
	return !machine_is_default(p);
}

bool
inside_works(const struct machine *m, const struct machine_link *l)
{
	bool bridge = strcmp(l->kind, "bridge") == 0, port = false;

	for (size_t i = 0; i < m->link_count && bridge && !port; i++)
		port = m->links[i].master == l->index && m->links[i].running;
	return l->running && (!bridge || port);
}

const struct machine_link *
inside_place(const struct machine *m, const struct machine_route *r)
{
	const struct machine_link *l = machine_link(m, r->link);

	if (l == NULL || inside_outer(l, r->to.addr.family) || !inside_is_routed(&r->to) || strcmp(l->name, "lo") == 0)
		return NULL;
	return l;
}

const struct machine_link *
inside_link(const struct machine *m, const struct machine_route *r)
{
	const struct machine_link *l = inside_place(m, r);

	if (l == NULL || !inside_works(m, l) || !forwards(l, r->to.addr.family))
		return NULL;
	/* Hosts with global addresses, too, use unique local ones among each other. */
	if (inside_begins(&r->to, "fc00::/7") && l->global6)
		return NULL;
	return l;
}
