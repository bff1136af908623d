/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_counter: reads named counters of nftables by netlink. `nft list counters` would also read every element of every
 * set of the machine, which takes 8 s while 100,000 strangers are in the shield. */
#ifndef NFT_COUNTER_H
#define NFT_COUNTER_H

#include <stddef.h>

#include "netlink.h"

struct nft_counter {
	const char *name;
	uint64_t packets;
};

/* Fills in the packets of these counters of a table of family inet. False: one is not there, or there is no answer. */
bool nft_counters_ask(struct netlink *n, const char *table, struct nft_counter *counters, size_t count);
/* The same with a socket of its own. */
bool nft_counters_look(const char *table, struct nft_counter *counters, size_t count);

#endif
