/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_elements: the elements of a list, for a set of nftables: as text for a person, and by netlink into the kernel. */
#ifndef NFT_ELEMENTS_H
#define NFT_ELEMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "elements.h"

/* Empties a set ("inet nfqd open4") and fills it with the elements of its family. */
void nft_print_elements(FILE *out, const char *set, uint8_t family, const struct element_list *list, int64_t now);
/* Adds those of its family to a set that has none of them. False: was logged, or the set is lost. */
bool nft_fill_elements(const char *table, const char *set, uint8_t family, const struct element_list *list,
                       int64_t now);
/* After a failure: is a set gone that we have just made? Then somebody else has deleted it, and nobody has refused it.
 */
bool nft_set_is_lost(const char *table, const char *set);
bool nft_sets_are_lost(void); /* any was */
void nft_sets_forget_lost(void);

#endif
