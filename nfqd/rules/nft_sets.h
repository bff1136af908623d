/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_sets: the sets of the nft back end's table. With another back end the last place has those that it asks. */
#ifndef NFT_SETS_H
#define NFT_SETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kernel_policy.h"

/* `end`: of the sets that the last place asks, otherwise of all. `prefix`: of their names. */
void nft_sets_print(const struct kernel_policy *p, bool end, const char *prefix, FILE *out);
void nft_sets_print_declarations(FILE *out); /* all; those that are there keep their elements */
/* Makes them, or takes all elements from those that are there. `used`: by rules, maybe; otherwise they are made anew,
 * for the kernel takes seconds to flush 100,000 elements. */
void nft_sets_print_empty(bool end, bool used, const char *prefix, FILE *out);
bool nft_sets_fill(const struct kernel_policy *p, bool end, const char *prefix); /* empty ones; false: was logged */
void nft_sets_print_deletion(bool end, const char *prefix, FILE *out);           /* of those that are there */
/* The elements of the sets that the last place asks, and when each ends: to find out whether they have changed. */
void nft_sets_print_ends(const struct kernel_policy *p, FILE *out);
const char *const *nft_sets_names(bool end);                     /* as nft_look takes them */
uint64_t nft_sets_hash(const struct kernel_policy *p, bool end); /* of the numbers of elements, as nft_look makes it */

#endif
