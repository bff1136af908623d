/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines with their links and routes from text, for tests. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include "nfqd/network/machine.h"

struct network {
	struct machine machine;
	struct machine_link links[12];
	struct machine_route routes[24];
};

/* Links, numbered from 1: "NAME[:KIND][<MASTER][^PARENT][@][!]"; @ has an address, ! is down. All but the first, lo,
 * forward. Routes: "PREFIX>LINK", or "PREFIX>0" for what is discarded. Returns n->machine. */
const struct machine *networks_machine(struct network *n, const char *links, const char *routes);

#endif
