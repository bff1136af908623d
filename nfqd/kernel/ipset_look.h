/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipset_look: the number of elements in our ipsets, read by netlink without running a program: ipset sends no events.
 * Follows include/uapi/linux/netfilter/ipset/ip_set.h. */
#ifndef IPSET_LOOK_H
#define IPSET_LOOK_H

#include <stdbool.h>
#include <stdint.h>

/* Equal as long as no number of elements has changed. */
struct ipset_state {
	uint64_t lan;     /* of the sets nfqd_lan*: without them nothing is asked for */
	uint64_t rest;    /* of the others, which choose the queue */
	uint64_t unended; /* sets of a change that has not ended */
};

bool ipset_look(struct ipset_state *out); /* false: the kernel gives no answer */
/* Adds a set's elements to the counts. */
void ipset_state_add(struct ipset_state *s, const char *name, uint32_t elements);

#endif
