/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces that the configuration names: what comes in at the forward hook comes in through the link with the
 * address, not through its ports, and for a VRF through the VRF. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

static bool
is_named(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->interface_count; i++)
		if (strcmp(c->interface[i], name) == 0)
			return true;
	return false;
}

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
		if (is_named(w->config, vlan->name))
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

static void
find_link(struct making *w, const char *name)
{
	const struct machine_link *link = machine_named(w->machine, name), *master;

	if (link == NULL) {
		findings_add(w, FINDING_NO_INTERFACE, name, "interface %s: there is no such interface", name);
		return;
	}
	master = machine_link(w->machine, link->master);
	if (master != NULL && has_ports(master))
		findings_add(w, FINDING_PORT, name,
		             "interface %s is a port of the %s %s, through which its packets come in: name %s", name,
		             master->kind, master->name, master->name);
	else if (master != NULL && strcmp(master->kind, "vrf") == 0)
		findings_add(w, FINDING_VRF, name,
		             "interface %s belongs to the VRF %s, through which its packets come in: name %s", name,
		             master->name, master->name);
	else if ((link->outer4 || link->outer6) && !findings_lan_here(w, link))
		findings_add(w, FINDING_OUTER, name,
		             "interface %s: the default route leads there, so what comes in is from outside; name the "
		             "interfaces of the inside",
		             name);
	else if (!link->addressed)
		find_carrier(w, link);
}

void
findings_links(struct making *w)
{
	for (size_t i = 0; i < w->config->interface_count && w->machine->asked; i++)
		find_link(w, w->config->interface[i]);
}
