/* SPDX-License-Identifier: GPL-3.0-or-later */
/* legacy_look: detects changes to the tables of iptables-legacy, which sends no events, without running a program.
 * Follows include/uapi/linux/netfilter_ipv4/ip_tables.h and its twin for IPv6. */
#ifndef LEGACY_LOOK_H
#define LEGACY_LOOK_H

#include <stdint.h>

/* A hash of the tables mangle and filter in both families: equal as long as no rule and no policy in them has changed,
 * whatever their counters. 0 where there are none. Needs CAP_NET_ADMIN and CAP_NET_RAW. */
uint64_t legacy_look(void);

#endif
