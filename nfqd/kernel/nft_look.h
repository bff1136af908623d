/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_look: reads the state of a table of ours in nftables by netlink, without running a program. Follows
 * net/netfilter/nf_tables_api.c and include/uapi/linux/netfilter/nf_tables.h. */
#ifndef NFT_LOOK_H
#define NFT_LOOK_H

#include <stdbool.h>
#include <stdint.h>

/* Equal as long as nobody has changed the table, whatever its counters. */
struct nft_state {
	uint64_t rules; /* of the table's flags, its chains with their policies, and all rules in their order */
	uint64_t sets;  /* of the numbers of elements in the sets that were asked for */
	unsigned count; /* rules */
	bool altered;   /* the table is dormant, or a chain of it has another policy than accept: never so in ours */
};

/* The table of family inet, without chains of other programs that stand in it; one that is not there has no rules.
 * False: the kernel gives no consistent answer (somebody is changing it: try again). */
bool nft_look(const char *table, const char *const sets[], struct nft_state *out);
#define NFT_NO_SET UINT64_MAX
/* The hash `sets`, extended by a set with this number of elements (NFT_NO_SET: no set of that name). */
uint64_t nft_sets_with(uint64_t sets, uint64_t elements);

#endif
