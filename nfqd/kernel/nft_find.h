/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_find: what is there in nftables, by netlink. nft itself reads all elements of a table's sets before it lists any
 * part of it, which takes a second for 100,000. */
#ifndef NFT_FIND_H
#define NFT_FIND_H

#include <stdbool.h>

/* All of family inet. False also if the kernel cannot be asked. */
bool nft_find_chain(const char *table, const char *chain);
bool nft_find_set(const char *table, const char *set);
/* A rule of the chain has this text: in its comment, or as the name of a chain or set that it uses. */
bool nft_find_rule(const char *table, const char *chain, const char *text);

#endif
