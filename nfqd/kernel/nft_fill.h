/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_fill: adds elements to sets of nftables by netlink. nft reads a set of intervals before it adds to it, so 100,000
 * elements in pieces take it half a minute; this, less than a second. */
#ifndef NFT_FILL_H
#define NFT_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink.h"

#define NFT_KEY 32 /* bytes: two IPv6 addresses */

/* An element of a set with `flags interval`: the keys from `first` to `last`, which is in it. A key with several fields
 * has each of them padded to four bytes. */
struct nft_element {
	uint8_t first[NFT_KEY], last[NFT_KEY];
	uint8_t size; /* bytes of a key */
	bool fields;  /* the key has several */
	int64_t left; /* microseconds until it ends; 0: it does not */
};

struct nft_filling {
	const char *table, *set; /* of family inet; must live until nft_fill_end */
	struct netlink netlink;
	char *batch; /* one transaction, of which `used` bytes are written */
	size_t used, room;
	struct nlmsghdr *message; /* the last one; NULL: none is open */
	struct nlattr *list;      /* and its elements */
	unsigned elements, acks;  /* in the batch: elements, and messages that the kernel is to answer */
	uint32_t seq;             /* of all messages of the batch */
	int error;                /* errno of the first failure: the rest is not sent */
};

/* Elements go in transactions of at most so many: each keeps all others waiting, for 20 ms, and for some 0.2 s on a
 * machine with a load of 20. */
#define NFT_FILL_PIECE 2000

void nft_fill_begin(struct nft_filling *f, const char *table, const char *set);
void nft_fill_add(struct nft_filling *f, const struct nft_element *e);
/* Sends the rest. False with errno set: the kernel's error (EEXIST: an element overlaps another). */
bool nft_fill_end(struct nft_filling *f);

#endif
