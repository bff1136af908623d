/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filter: the program that lets the kernel leave out what decode would not count. Pure.
 *
 * It is exact for IPv4 and IPv6, also behind up to two VLAN tags: TCP to or from one of the ports, UDP
 * to or from PORT_DNS if that is one of them, and ICMP errors.
 * What needs decode's eyes passes whole: tunnels, fragments after the first, IPv6 extension headers, more tags, PPPoE,
 * MPLS and whatever else is neither IP nor ARP. So bulk traffic that is not wrapped up costs nothing in user space. */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_PORTS 64
#define FILTER_ROOM 768 /* instructions that any filter fits into */

/* A classic BPF instruction: linux/filter.h, Documentation/networking/filter.rst. */
struct filter_step {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to jump over */
	uint32_t value;
};

/* For frames that begin with an Ethernet header or, without `ethernet`, with an IP header. `count` (<= FILTER_PORTS)
 * ports; 0: every port. Returns how many instructions were written. */
size_t filter_build(struct filter_step out[FILTER_ROOM], bool ethernet, const uint16_t *ports, size_t count);

#endif
