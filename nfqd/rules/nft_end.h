/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_end: the last places that nft adds to the iptables back end. At postrouting, `end` of nft_last.c drops: rules of
 * others in an iptables chain may come before ours, and a firewall that is loaded anew flushes them all; neither
 * reaches this one. At output, behind table filter, `end_reset` resets what the queue of iptables_local.c has accepted,
 * for that skips the rest of filter. Where nft or the kernel cannot do it, there is none. */
#ifndef NFT_END_H
#define NFT_END_H

#include <stdbool.h>
#include <stdio.h>

#include "rules.h"

void nft_end_print(const struct config *c, const struct kernel_policy *p, FILE *out);
/* As the functions of a back end (nft.h); *rules and *out get its own added. What is there already is left alone unless
 * `anew` or `renew`. */
bool nft_end_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
                   unsigned *rules);
void nft_end_expect(const struct kernel_policy *p, struct rules_state *made); /* adds its sets, after the back end's */
bool nft_end_usable(void); /* the machine can have it, and the table is ours or nobody's */
void nft_end_probe(void);  /* as rules_probe */
bool nft_end_stands(void);
bool nft_end_state(struct rules_state *out);
bool nft_end_traces(void); /* the table is there; nft_remove removes it */

#endif
