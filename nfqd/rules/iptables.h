/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iptables: the back end that writes for iptables-restore and ip6tables-restore; ipset.c has the sets of its chains.
 * Each function does the same as its namesake in nft.h. */
#ifndef IPTABLES_H
#define IPTABLES_H

#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/tool.h"
#include "kernel_policy.h"
#include "rules.h"

void iptables_print(const struct config *c, const struct kernel_policy *p, FILE *out);
bool iptables_usable(void);
bool iptables_traces(void);
bool iptables_stand(void); /* the chains and the jumps to them, of both families; or they cannot be read */
bool iptables_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
                    struct rules_state *made);
bool iptables_remove(void);
void iptables_tell_left(void); /* what it leaves, ipsets too, is logged */

/* iptables_midstream.c */
void iptables_print_midstream(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
bool iptables_apply_midstream(const struct config *c, const struct kernel_policy *p, unsigned *rules,
                              char why[COMMAND_WHY]);

/* iptables_last.c: the rules of filter's chains, which reset, and of mangle's NFQD-END and the chains behind it. */
void iptables_print_reset(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out);
void iptables_print_end(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out);

/* iptables_fragments.c: the rules of mangle's NFQD-HIDDEN and the chain behind it. */
void iptables_print_fragments(const struct config *c, uint8_t family, FILE *out);

/* iptables_answers.c: the rules of mangle's NFQD-BACK and the chains behind it. */
void iptables_print_answers(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out);

/* iptables_local.c: the rules of filter's NFQD-LOCAL and of mangle's NFQD-END-LOCAL. */
void iptables_print_local(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out);
void iptables_print_end_local(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out);

#endif
