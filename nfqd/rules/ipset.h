/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_ipset: the lists of a plan as ipsets, for the chains of the iptables back end (rules_iptables), whatever these
 * ask of them; also iptables_has_pairs of rules.h. */
#ifndef RULES_IPSET_H
#define RULES_IPSET_H

#include <stdbool.h>
#include <stdio.h>

#include "nfqd/kernel/ipset_look.h"
#include "rules.h"

void ipset_print(const struct plan *p, FILE *out); /* as `ipset restore` reads it */
bool ipset_usable(void);
bool ipset_traces(void); /* a set of ours is there */
/* Each set anew beside the old one, and swapped in. *made grows by what then can be seen of them. False: was logged. */
bool ipset_apply(const struct plan *p, struct ipset_sight *made);
bool ipset_remove(void);

#endif
