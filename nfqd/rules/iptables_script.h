/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iptables_script: text that several chains of the iptables back end share. */
#ifndef IPTABLES_SCRIPT_H
#define IPTABLES_SCRIPT_H

#include <stdio.h>

#include "lib/config/config.h"
#include "kernel_policy.h"
#include "queue_words.h"

#define IPTABLES_QUEUE QUEUE_TEXT         /* bytes of a queue target */
#define IPTABLES_TARGET (QUEUE_TEXT + 64) /* ... and of one behind a comment */

/* The target of a rule for listed hosts: NFLOG reports them, and they pass. A goto: its chain ends. */
#define IPTABLES_LISTED "-g NFQD-LISTED"

/* The option with the target for what a gate decides: listed sources with a `max` (`listed`), or all others. Returns
 * out. */
const char *iptables_queue(const struct config *c, const struct kernel_policy *p, bool listed,
                           char out[IPTABLES_QUEUE]);
/* The words for the inside and the outside address of a packet, of sets and of prefixes. From inside to outside they
 * are
 * {"src", "dst", "-s", "-d"}. */
struct iptables_ends {
	const char *inside, *outside, *inside_is, *outside_is;
};
/* Rules of a chain: what the sets let pass, or may let pass, returns. */
void iptables_print_passing(FILE *out, const struct kernel_policy *p, const char *chain,
                            const struct iptables_ends *ends, uint8_t family);
/* Rules of a chain: openings to other ports, and to inside, return. */
void iptables_print_others(FILE *out, const struct config *c, const char *chain, uint8_t family);
/* Rules of a chain for packets that come in through `interface` or leave through `outside`: they go to the chain `to`.
 * With `back`, the other way round. */
void iptables_print_links(FILE *out, const struct config *c, const char *chain, bool back, const char *to);
/* The second half of it: POSTROUTING knows no incoming interface. */
void iptables_print_outside(FILE *out, const struct config *c, const char *chain, bool back, const char *to);
/* The enforced ports with commas between them, as multiport takes them. */
void iptables_print_ports(FILE *out, const struct config *c);
unsigned iptables_count_rules(const char *script); /* rules of our chains in a script */

#endif
