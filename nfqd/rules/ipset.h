/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipset: the lists of a kernel_policy as ipsets, for the chains of the iptables back end. */
#ifndef RULES_IPSET_H
#define RULES_IPSET_H

#include <stdbool.h>
#include <stdio.h>

#include "nfqd/kernel/ipset_look.h"
#include "kernel_policy.h"

void ipset_print(const struct kernel_policy *p, FILE *out); /* as `ipset restore` reads it */
bool ipset_usable(void);
/* hash:net,net is a module of its own; without it sources limited to destinations go to the closed queue. */
bool ipset_has_pairs(void);
/* hash:ip,mac likewise; without it sources bound to a card go there. */
bool ipset_has_cards(void);
bool ipset_stand(void);          /* all sets are there */
bool ipset_names_are_free(void); /* false, and troubles: another program has a set of a name that we make */
bool ipset_traces(void);         /* a set of ours is there */
/* Makes those that are not there, large ones without their elements. */
bool ipset_make_missing(const struct kernel_policy *p);
/* Fills new sets and swaps them in. Adds what to expect of them to *made. False: was logged, or memory is short. */
bool ipset_apply(const struct kernel_policy *p, struct ipset_state *made);
bool ipset_remove(void);
void ipset_tell_left(void); /* sets of our names that it leaves are logged */

#endif
