/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look: asks the kernel for links, addresses and routes (rtnetlink), and the system for the configured user. */
#ifndef LOOK_H
#define LOOK_H

#include "lib/config/config.h"
#include "machine.h"

/* Needs no privilege. Takes milliseconds, or, while another program holds the kernel's lock of links and routes, until
 * it lets go, some seconds at most. What is not known is empty. machine_free afterwards. */
void machine_look(struct machine *m, const struct config *c);
/* The link of `m` over which packets to the address leave; NULL: there is no route, or nobody to ask. */
const struct machine_link *machine_route_to(const struct machine *m, const struct addr *to);

#endif
