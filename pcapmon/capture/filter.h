/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filter: the BPF program by which the kernel drops packets that decode would not count. Pure.
 *
 * It is exact for IPv4 and IPv6, also behind up to two VLAN tags: TCP to or from one of the ports, UDP to or from
 * PORT_DNS if that is one of them, and ICMP errors. Packets that only decode can judge pass whole: tunnels, TCP in
 * fragments, IPv6 extension headers, more tags, PPPoE, MPLS and whatever else decode looks into. So bulk traffic that
 * is not encapsulated costs nothing in user space. */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>
#include <stdint.h>

#define FILTER_PORTS 64
#define FILTER_ROOM 512 /* instructions of the longest filter */

/* The header that a frame begins with. The kernel keeps a cooked header's protocol aside and shows what comes after the
 * header; libpcap moves the offsets of a program for the frame as it will be seen. */
enum filter_link { FILTER_ETHERNET, FILTER_IP, FILTER_COOKED, FILTER_COOKED_2, FILTER_LINKS };

/* A classic BPF instruction: linux/filter.h, Documentation/networking/filter.rst. */
struct filter_step {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to jump over */
	uint32_t value;
};

/* `count` (<= FILTER_PORTS) ports; 0: every port. Returns how many instructions were written. */
size_t filter_build(struct filter_step out[FILTER_ROOM], enum filter_link link, const uint16_t *ports, size_t count);

#endif
