/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iptables_script: what the chains of the iptables back end are made of. */
#ifndef IPTABLES_SCRIPT_H
#define IPTABLES_SCRIPT_H

#include <stdio.h>

#include "lib/config/config.h"

#define IPTABLES_QUEUE 64 /* bytes of a queue target */

/* What follows the matches of a rule for listed hosts: they pass, and are reported by NFLOG. Its chain ends the one that
 * it stands in. */
#define IPTABLES_LISTED "-g NFQD-LISTED"

/* The target that hands over to the queues of listed sources with a `max` or of all others. Returns out. */
const char *iptables_queue(const struct config *c, bool listed, char out[IPTABLES_QUEUE]);
/* The enforced ports with commas between them, as multiport takes them. */
void iptables_print_ports(FILE *out, const struct config *c);
unsigned iptables_count_rules(const char *script); /* of our chains, that a script makes */

#endif
