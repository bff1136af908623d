/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opening: a packet as a gate gets it from the kernel, through a queue or by NFLOG. */
#ifndef OPENING_H
#define OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h> /* before the kernel's own */

#include <linux/netfilter.h>

#define OPENING_COPY 65535 /* bytes of a packet: extension headers may fill all of it before the TCP header */

struct opening {
	const uint8_t *bytes; /* from the network header on; owned by the reader, valid until its next read */
	size_t size;
	uint8_t mac[6]; /* of the sender; valid if has_mac */
	bool has_mac;
	bool local;    /* sent by the gateway itself */
	bool has_user; /* then `user` is whose process sent it */
	uint32_t user;
};

/* The hooks at which our rules take openings of the gateway itself alone; iptables has two (iptables_local.c). */
static inline bool
opening_is_local(unsigned hook)
{
	return hook == NF_INET_LOCAL_OUT || hook == NF_INET_POST_ROUTING;
}

#endif
