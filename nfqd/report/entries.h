/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entries: the IPv6 addresses that share an entry of a report, because the judge takes them for one host: those of a
 * device that is known by its MAC address, else those of a /64. Only the report joins them: databases keep the rows of
 * each address. Pure.
 *
 * Listed addresses have entries of their own, and so have IPv4 addresses, since a line of the policy names them. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "hosts.h"

struct entries;

/* From a finished report in which each address has its entry. NULL: no address shares one. Memory that is short ends
 * the program (fatal). */
struct entries *entries_find(const struct report *r);
void entries_free(struct entries *e); /* accepts NULL */
/* The addresses of the entry of this one, valid as long as `e`; NULL: it has its own, or `e` is NULL. */
const struct host_addresses *entries_of(const struct entries *e, const struct addr *address);

#endif
