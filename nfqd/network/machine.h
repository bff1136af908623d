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
	bool global6;                   /* another one leads here, to global IPv6 addresses: likewise */
};

/* A route of any table but the local one. One with several next hops is several. */
struct machine_route {
	struct prefix to;
	uint32_t link; /* its index; 0: what goes there is discarded (blackhole, unreachable, prohibit) */
};

struct machine {
	struct machine_link *links; /* by index: machine_sort_links */
	size_t link_count;
	struct machine_route *routes;
	size_t route_count;
	bool asked;   /* links, addresses and routes are known */
	bool cut;     /* there are more than the bounds above; the rest was not read */
	bool no_user; /* the configured user does not exist */
};

void machine_free(struct machine *m);

void machine_sort_links(struct machine *m);
/* NULL: there is none. */
struct machine_link *machine_link(const struct machine *m, uint32_t index);
const struct machine_link *machine_named(const struct machine *m, const char *name);
/* The link's VRF, or NULL; and the name that its packets come in by. */
const struct machine_link *machine_vrf(const struct machine *m, const struct machine_link *link);
const char *machine_incoming(const struct machine *m, const struct machine_link *link);
static inline bool
machine_is_outer(const struct machine_link *link)
{
	return link->outer4 || link->outer6;
}
/* The prefix is all addresses of its family, or a half of them as VPNs write it; of IPv6 also 2000::/3. */
bool machine_is_default(const struct prefix *to);
void machine_find_outer(struct machine *m);

#endif
