/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_script: what every script for nft is made of, and running one. */
#ifndef NFT_SCRIPT_H
#define NFT_SCRIPT_H

#include <stdio.h>

#include "nfqd/kernel/tool.h"
#include "kernel_policy.h"

#define NFT_QUEUE 64 /* bytes of a queue statement */

/* The statement for listed hosts: they pass, and are reported by NFLOG. */
#define NFT_LISTED "goto listed"

/* The statement that hands over to the queues of listed sources with a `max` or of all others. Returns out. */
const char *nft_queue(const struct config *c, bool listed, char out[NFT_QUEUE]);
/* Empties the set of one family, whose name has the family behind it, and fills it. */
void nft_print_elements(FILE *out, const char *table, const char *set, uint8_t family, const struct element_list *list,
                        int64_t now);
const char *nft_family(const struct prefix *prefix); /* "ip" or "ip6" */
/* Rules of a chain of our table: returns what goes inside, and goes to `to` with what comes from inside. The LAN is not a
 * set but a rule for each prefix: see nft.c. */
void nft_print_ways(FILE *out, const struct config *c, const struct kernel_policy *p, const char *chain, const char *to);
/* The same of what the gateway itself sends: returns what goes inside, or to the gateway. */
void nft_print_inside(FILE *out, const struct kernel_policy *p, const char *chain);
int nft_run(const char *script, bool check, char why[COMMAND_WHY]); /* through nft -f; its exit status */
unsigned nft_count_rules(const char *script);                       /* that a script makes */

#endif
