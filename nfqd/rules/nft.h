/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft: the back end that writes nft scripts. Printing for review is the same text that is applied. */
#ifndef NFT_H
#define NFT_H

#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/tool.h"
#include "kernel_policy.h"

void nft_print(const struct config *c, const struct kernel_policy *p, FILE *out);
bool nft_usable(void); /* tool and kernel can do all we need */
bool nft_traces(void); /* anything of ours is there */
/* `anew`: also what seems to stand already. *made gets what can be known beforehand of what then stands: lan, sets;
 * rules are added to. */
bool nft_apply(const struct config *c, const struct kernel_policy *p, bool anew, struct rules_sight *made);
bool nft_sight(struct rules_sight *out); /* all but the shield; rules are added to */
uint64_t nft_stamp(void);                /* changes if something changes that the kernel tells nobody of */
bool nft_remove(void);
bool nft_counters(struct rule_counters *out);

/* Below, `sets` stands before the names of the sets that rules ask. nft_midstream.c: apart from the other rules and after them: a kernel that cannot do these goes without, and `why`
 * says why. *rules grows by how many then stand. */
void nft_print_midstream(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
bool nft_apply_midstream(const struct config *c, const struct kernel_policy *p, unsigned *rules, char why[COMMAND_WHY]);

/* nft_fragments.c: the first rules of `forward`, which must be empty. */
void nft_print_fragments(const struct config *c, FILE *out);

/* nft_last.c: the last places. */
void nft_print_last(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);

/* nft_local.c. The chains are there also without `local`, empty: a base chain that is taken away flushes every queue. */
void nft_print_local(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);

#endif
