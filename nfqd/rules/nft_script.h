/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nft_script: text that several scripts for nft share, and running a script. */
#ifndef NFT_SCRIPT_H
#define NFT_SCRIPT_H

#include <stdio.h>

#include "nfqd/kernel/tool.h"
#include "features.h"
#include "kernel_policy.h"
#include "queue_words.h"

#define NFT_QUEUE QUEUE_TEXT /* bytes of a queue statement */

/* The statement for listed hosts: they pass, and are reported by NFLOG. */
#define NFT_LISTED "goto listed"

/* The statement for what a gate decides: listed sources with a `max` (`listed`), or all others. Returns out. */
const char *nft_queue(const struct config *c, const struct kernel_policy *p, bool listed, char out[NFT_QUEUE]);
const char *nft_family(const struct prefix *prefix); /* "ip" or "ip6" */
/* A rule for each prefix of inside: the LAN is not a set, see nft.c. `end`: "saddr" or "daddr". */
void nft_print_lan(FILE *out, const struct element_list *lan, const char *chain, const char *end,
                   const char *statement);
/* Rules of a chain of our table for packets that come in through `interface` or leave through `outside`; with `back`,
 * the other way round. */
void nft_print_links(FILE *out, const struct config *c, const char *chain, bool back, const char *statement);
/* Rules of a chain of our table: packets to inside return, those from inside go to the chain `to`. */
void nft_print_from_inside(FILE *out, const struct config *c, const struct kernel_policy *p, const char *chain,
                           const char *to);
/* The same for packets of the gateway itself: those to inside, or to the gateway, return. The others go on. */
void nft_print_to_inside(FILE *out, const struct kernel_policy *p, const char *chain);
/* The beginning of a rule for openings by a user's processes, to the element's destination: a statement follows. */
void nft_print_user(FILE *out, const char *chain, const struct element *user);
int nft_run(const char *script, bool check, char why[COMMAND_WHY]); /* through nft -f; its exit status */

/* A script that is written into memory, and then run. */
struct nft_script {
	FILE *out;
	char *text;
	size_t size;
};

FILE *nft_script_begin(struct nft_script *s); /* what to write to; NULL: memory is short, and nothing is to be freed */
unsigned nft_script_rules(struct nft_script *s); /* that it adds so far */
/* Runs it and frees it. False: nft refused it, with the reason in `why` (NULL: nobody asks), or memory is short. */
bool nft_script_run(struct nft_script *s, char why[COMMAND_WHY]);
bool nft_takes(const char *script, enum feature f); /* nft and the kernel do, by features.h; it is not run */
unsigned nft_count_rules(const char *script);       /* that a script adds */

#endif
