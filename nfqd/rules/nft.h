/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft: the back end that writes nft scripts. Printing for review is the same text that is applied. */
#ifndef NFT_H
#define NFT_H

#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/tool.h"
#include "kernel_policy.h"
#include "rules.h"

void nft_print(const struct config *c, const struct kernel_policy *p, FILE *out);
bool nft_usable(void); /* tool and kernel have all we need */
bool nft_stands(void); /* openings are led to the gate, and refused behind it */
bool nft_traces(void); /* our chains are there; the table may be nft_end.c's alone */
/* *made gets the state to expect: sets; rules are added. False: was logged, or memory is short. */
bool nft_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
               struct rules_state *made);
bool nft_rules_state(struct rules_state *out); /* all fields but the shield's; rules are added */
uint64_t nft_stamp(void);                      /* differs after a change for which the kernel sends no event */
bool nft_remove(void);
bool nft_counters(struct rule_counters *out);

/* Below, `sets` is the prefix of the names of the sets in the rules. nft_print_local also takes NULL: they are not
 * filled, and the gate decides. */

/* nft_midstream.c: applied after the other rules, and apart: a kernel may lack what these need, and `why` says what.
 * Their number is added to *rules. */
void nft_print_midstream(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
bool nft_apply_midstream(const struct config *c, const struct kernel_policy *p, unsigned *rules, char why[COMMAND_WHY]);

/* nft_fragments.c: the first rules of `forward`, which must be empty. */
void nft_print_fragments(const struct config *c, FILE *out);

/* nft_answers.c: rules of `forward`, before those for openings. */
void nft_print_answers(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);

/* nft_last.c: the last places, and the last of them alone. */
void nft_print_last(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
void nft_print_end(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
/* Behind iptables: resets openings of the gateway itself that its queue has accepted (iptables_local.c). */
void nft_print_end_reset(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);

/* nft_local.c. Without `local` the chains are there, but empty: deleting a base chain flushes every queue. */
void nft_print_local(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);

#endif
