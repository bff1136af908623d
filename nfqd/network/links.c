/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces that the configuration names: what comes in at the forward hook comes in through the link with the
 * address, not through its ports, and for a VRF through the VRF. */
#include "lib/base/link.h"
#include "parts.h"

#include <stdio.h>
#include <string.h>

/* The master's kinds whose members are ports. */
static bool
has_ports(const struct machine_link *master)
{
	static const char *const kinds[] = {"bridge", "bond", "team", "openvswitch"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(master->kind, kinds[i]) == 0)
			return true;
	return false;
}

static void
find_carrier(struct making *w, const struct machine_link *link)
{
	const struct machine *m = w->machine;
	char list[4 * MACHINE_NAME] = "", more[32] = "";
	unsigned count = 0;
	size_t used = 0;

	for (size_t i = 0; i < m->link_count; i++) {
		const struct machine_link *vlan = &m->links[i];

		if (vlan->parent != link->index || strcmp(vlan->kind, "vlan") != 0)
			continue;
		if (config_has_link(w->config->interface, w->config->interface_count, vlan->name))
			return;
		if (++count <= 3)
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "",
			                         vlan->name);
	}
	if (count > 3)
		snprintf(more, sizeof more, " and %u more", count - 3);
	if (count > 0)
		findings_add(w, FINDING_CARRIER, link->name,
		             "interface %s has no address and carries VLANs, whose packets come in through %s%s: name "
		             "these",
		             link->name, list, more);
}

/* Of both keywords: the link is there, and packets pass it as itself. False: it was told. */
static bool
is_usable(struct making *w, const char *keyword, const char *name)
{
	const struct machine_link *link = machine_named(w->machine, name);
	const struct machine_link *master = link != NULL ? machine_link(w->machine, link->master) : NULL;

	if (link == NULL)
		findings_add(w, FINDING_NO_INTERFACE, name, "%s %s: there is no such interface", keyword, name);
	else if (master != NULL && has_ports(master))
		findings_add(w, FINDING_PORT, name,
		             "%s %s is a port of the %s %s, through which its packets pass: name %s", keyword, name,
		             master->kind, master->name, master->name);
	return link != NULL && (master == NULL || !has_ports(master));
}

static void
find_interface(struct making *w, const char *name)
{
	const struct machine_link *link = machine_named(w->machine, name), *vrf;

	if (!is_usable(w, "interface", name))
		return;
	if ((vrf = machine_vrf(w->machine, link)) != NULL)
		findings_add(w, FINDING_VRF, name,
		             "interface %s belongs to the VRF %s, through which its packets come in: name %s", name,
		             vrf->name, vrf->name);
	else if (machine_is_outer(link) && !findings_lan_here(w, link))
		findings_add(w, FINDING_OUTER, name,
		             "interface %s: the default route leads there, so what comes in is from outside; name the "
		             "interfaces of the inside",
		             name);
	else if (!link->addressed)
		find_carrier(w, link);
}

/* None of the outside's interfaces has a default route, but others have. */
static void
find_inner(struct making *w)
{
	const struct config *c = w->config;
	const struct machine_link *outer = NULL;

	for (size_t i = 0; i < w->machine->link_count; i++) {
		const struct machine_link *l = &w->machine->links[i];

		if (!machine_is_outer(l))
			continue;
		if (config_has_link(c->outside, c->outside_count, l->name))
			return;
		outer = l;
	}
	if (outer != NULL)
		findings_add(
		        w, FINDING_INNER, c->outside[0],
		        "outside %s: no default route leads there, but through %s; name the interfaces of the outside",
		        c->outside[0], outer->name);
}

void
findings_links(struct making *w)
{
	const struct config *c = w->config;
	bool usable = c->outside_count > 0;

	if (!w->machine->asked)
		return;
	for (size_t i = 0; i < c->interface_count; i++)
		if (!link_is_pattern(c->interface[i]))
			find_interface(w, c->interface[i]);
	for (size_t i = 0; i < c->outside_count; i++)
		if (!link_is_pattern(c->outside[i]))
			usable = is_usable(w, "outside", c->outside[i]) && usable;
	if (usable)
		find_inner(w);
}
