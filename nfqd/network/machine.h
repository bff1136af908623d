/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine: what a policy is compared with: links, addresses and routes of the network namespace, which of them forward,
 * and whether the configured user exists. look.h asks the kernel for it. Pure. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define MACHINE_NAME 16 /* bytes of a name, with the end */
#define MACHINE_LINKS 16384
#define MACHINE_ROUTES 65536

struct machine_link {
	uint32_t index, master, parent; /* of the link that it belongs to, and of the one that carries it; 0: none */
	char name[MACHINE_NAME];        /* as the kernel has it: anything but '/' and spaces */
	char kind[MACHINE_NAME];        /* "bridge", "vlan", "vrf", ...; "" for a card */
	bool running;                   /* up, with a carrier */
	bool addressed;                 /* it has an address, other than link-local ones */
	bool forwards4, forwards6;      /* what comes in here is routed on */
	bool outer4, outer6;            /* a default route leads here: machine_find_outer */
};

/* A route of any table but the local one. One with several next hops is several. */
struct machine_route {
	struct prefix to;
	uint32_t link; /* its index; 0: what goes there is discarded (blackhole, unreachable, prohibit) */
};

struct machine {
	struct machine_link *links;
	size_t link_count;
	struct machine_route *routes;
	size_t route_count;
	bool asked;   /* links, addresses and routes are known */
	bool cut;     /* there are more than the bounds above; the rest was not read */
	bool no_user; /* the configured user does not exist */
};

void machine_free(struct machine *m);

/* NULL: there is none. */
const struct machine_link *machine_link(const struct machine *m, uint32_t index);
const struct machine_link *machine_named(const struct machine *m, const char *name);
/* The prefix is all addresses of its family, or a half of them as VPNs write it; of IPv6 also 2000::/3. */
bool machine_is_default(const struct prefix *to);
void machine_find_outer(struct machine *m);

#endif
