/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_midstream: the rules of both back ends that answer what follows of connections that were ended. */
#ifndef RULES_MIDSTREAM_H
#define RULES_MIDSTREAM_H

#include "rules.h"

/* The kernel tracks connections in this network namespace, or has done so since this program began. */
bool midstream_tracked(void);

void nft_print_midstream(const struct config *c, const struct plan *p, FILE *out);
void iptables_print_midstream(const struct config *c, const struct plan *p, FILE *out);
/* Apart from the other rules and after them: a kernel that cannot do these goes without, and `why` says why. *rules
 * grows by how many then stand. */
bool nft_apply_midstream(const struct config *c, const struct plan *p, unsigned *rules, char why[COMMAND_WHY]);
bool iptables_apply_midstream(const struct config *c, const struct plan *p, unsigned *rules, char why[COMMAND_WHY]);

#endif
