/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_owner: whose a table of our name is. Another program may have made one before us, or have put chains of its own
 * into ours. */
#ifndef NFT_OWNER_H
#define NFT_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#define NFT_NAME 256 /* bytes of a name in nftables */

enum nft_owner {
	NFT_NOBODY, /* there is no such table */
	NFT_OURS,
	NFT_OTHERS /* no set in it is of any version of nfqd, or one of a name of ours is of another type */
};

/* Whose the table of family inet is; ours if it cannot be read. `set`, unless NULL, gets the name of a set of ours that
 * has another type, or "". */
enum nft_owner nft_owner(const char *table, char set[NFT_NAME]);
bool nft_chain_is_ours(const char *chain); /* the name of a chain that some version of nfqd makes */

enum nft_kind { NFT_CHAIN, NFT_SET, NFT_COUNTER, NFT_KINDS };

/* Calls `take` for each chain, set and counter of the table; `ours`: by its name. False: it could not be read. */
typedef void nft_take_name(void *arg, enum nft_kind kind, const char *name, bool ours);
bool nft_names(const char *table, nft_take_name *take, void *arg);

#endif
