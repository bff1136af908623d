/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rotating: sources that a device makes up. Once a MAC address has brought ROTATING_MOST new IPv6 addresses in a minute
 * with openings that the policy refuses, further ones count as one host: the link-local address that belongs to the MAC
 * address (RFC 4291, appendix A). It goes on for as long as every minute brings as many. What was known before keeps
 * its own rows, also behind a router with that MAC address. Bounded and without allocation after rotating_new: of a
 * full bucket the address that was seen longest ago is forgotten, and is new if it comes again. */
#ifndef ROTATING_H
#define ROTATING_H

#include <stdint.h>

#include "lib/base/addr.h"

#define ROTATING_MOST 1024

struct rotating;

struct rotating *rotating_new(uint64_t seed); /* NULL if memory is short */
void rotating_free(struct rotating *r);       /* accepts NULL */
/* A refused opening of the host, from this MAC address, at `when` in microseconds. */
void rotating_saw(struct rotating *r, const struct addr *host, const uint8_t mac[6], int64_t when);
/* The host is listed: from now on it has its own rows. */
void rotating_keep(struct rotating *r, const struct addr *host);
/* The host whose rows have the traffic of this one: usually itself. Accepts NULL: always itself. */
struct addr rotating_host(const struct rotating *r, const struct addr *host);

#endif
