/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_ours: our tables beside what is another program's (nfqd/kernel/nft_owner.h). */
#ifndef RULES_NFT_OURS_H
#define RULES_NFT_OURS_H

#include <stdbool.h>

/* False, a trouble with `consequence`: the table of this name is another program's. */
bool nft_ours(const char *table, const char *consequence);
bool nft_ours_free(const char *table);   /* it is not there, or ours: nothing is told */
bool nft_ours_stands(const char *table); /* it is there, and ours */
/* Removes ours. Chains of other programs that stand in it stay, and so does another program's table. */
bool nft_ours_remove(const char *table);
void nft_ours_tell_left(const char *table); /* what nft_ours_remove leaves is logged */

#endif
