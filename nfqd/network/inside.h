/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside: what is behind this machine. A default route shows where the outside is; what any other route leads to, over
 * a link where no default route of that family leads, is inside: its hosts may reach the outside through this machine.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include "machine.h"

bool inside_outer(const struct machine_link *l, uint8_t family); /* a default route leads there */
bool inside_has_outer(const struct machine *m, uint8_t family);  /* some link is one */
/* The link over which the route leads inside, or NULL. */
const struct machine_link *inside_place(const struct machine *m, const struct machine_route *r);
/* The same, if openings from there can go outside now: the link works and forwards. NULL also for unique local IPv6
 * addresses beside global ones, which are used inside alone. */
const struct machine_link *inside_link(const struct machine *m, const struct machine_route *r);
/* The link has a carrier, and a bridge a port that works: without ports some kernels say that it runs. */
bool inside_works(const struct machine *m, const struct machine_link *l);
/* A route of some network: no default one, and not of addresses that no router forwards. */
bool inside_is_routed(const struct prefix *to);
bool inside_begins(const struct prefix *p, const char *with); /* the prefix lies in this one */

#endif
