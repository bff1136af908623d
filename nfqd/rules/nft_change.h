/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_change: rules and their sets put in place of those that stand.
 *
 * Rules change in one step, sets do not: during a transaction a look-up in a set may miss an element that is there
 * before and after it (seen on Linux 6.1, in 100 reloads under traffic), and the rules are in force before the new
 * elements of some kinds of sets are seen (6.18). So the rules that choose the openings to judge are plain comparisons,
 * and no set changes while a rule uses it: other sets are filled, the rules move to them, the plain sets are emptied
 * and filled, and the rules move back, each in a transaction of its own. */
#ifndef NFT_CHANGE_H
#define NFT_CHANGE_H

#include <stdbool.h>
#include <stdio.h>

#include "kernel_policy.h"

struct nft_change {
	/* The rules, with this prefix of the names of their sets. */
	void (*print)(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
	const char *mark; /* comment of a rule that comes last in `end_local`; or NULL */
	bool end;         /* they ask the sets of the last place alone (nft_sets.h) */
	bool stand;       /* such rules stand, and are asked by packets */
	bool midstream;   /* so do those of nft_apply_midstream, which use the same sets */
};

/* The number of rules, without those of midstream, is added to *rules. False: was logged, a set
 * is lost (nft_elements.h), or memory is short. */
bool nft_change(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, unsigned *rules);

/* The other sets are there: a change was cut short. */
bool nft_change_unended(void);
/* Deletes them, if no rule asks them. `end`: as above. */
void nft_change_tidy(bool end);

#endif
