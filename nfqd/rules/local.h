/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_local: the rules of both back ends for the gateway's own processes. */
#ifndef RULES_LOCAL_H
#define RULES_LOCAL_H

#include "rules.h"

/* The chains are there also without `local`, empty: a base chain that is taken away flushes every queue. */
void nft_print_local(const struct config *c, const struct plan *p, FILE *out);
/* The rules of mangle's chain NFQD-LOCAL. */
void iptables_print_local(const struct config *c, const struct plan *p, uint8_t family, FILE *out);

#endif
