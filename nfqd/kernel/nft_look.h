/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_look: what stands in a table of ours in nftables, by netlink and without running a program. Follows
 * net/netfilter/nf_tables_api.c and include/uapi/linux/netfilter/nf_tables.h. */
#ifndef NFT_LOOK_H
#define NFT_LOOK_H

#include <stdbool.h>
#include <stdint.h>

/* Equal as long as nobody has changed the table, whatever it has counted. */
struct nft_sight {
	uint64_t rules; /* of the table's flags, its chains with their policies, and all rules in their order */
	uint64_t sets;  /* of the numbers of elements in the sets that were asked for */
	unsigned count; /* rules */
	bool altered;   /* the table sleeps, or a chain of it does not accept what passes it: we never make such */
};

/* The table of family inet; one that is not there has no rules. False: the kernel gives no answer that holds together
 * (somebody is changing it: look again). */
bool nft_look(const char *table, const char *const sets[], struct nft_sight *out);
#define NFT_NO_SET UINT64_MAX
/* What `sets` becomes when a set with this number of elements (NFT_NO_SET: none of that name) joins those before. */
uint64_t nft_sets_with(uint64_t sets, uint64_t elements);

#endif
