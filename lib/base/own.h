/* SPDX-License-Identifier: GPL-3.0-or-later */
/* own: the addresses of this machine, in the network namespace of the caller. */
#ifndef OWN_H
#define OWN_H

#include <ifaddrs.h>
#include <stdbool.h>

#include "addr.h"

/* The address is in a list of getifaddrs. */
bool own_among(const struct ifaddrs *list, const struct addr *a);
/* Asks the kernel. False as well if it cannot be asked. */
bool own_address(const struct addr *a);

#endif
