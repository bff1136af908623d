/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield_rules: the text of the shield's table, for nft -f. */
#ifndef RULES_SHIELD_RULES_H
#define RULES_SHIELD_RULES_H

#include <stdbool.h>
#include <stdio.h>

#include "kernel_policy.h"

enum { SHIELD_LAN, SHIELD_OPEN, SHIELD_PAIRS, SHIELD_CARDS, SHIELD_SETS };
extern const char
        *const shield_set_names[SHIELD_SETS]; /* without the family; shield_state asks for them in this order */

/* The elements of a set, of both families: none while the shield is off. */
const struct element_list *shield_elements(const struct config *c, const struct kernel_policy *p, size_t set);
void shield_print_objects(FILE *out); /* all, and no rules; sets that are there keep their elements */
/* The same, and the sets without elements. `used`: rules of others may use them. Otherwise they are made anew, for the
 * kernel takes seconds to flush 100,000 elements. */
void shield_print_empty(FILE *out, bool used);
/* None while the shield is off: the objects stay, since deleting a base chain flushes every queue. */
void shield_print_rules(const struct config *c, const struct kernel_policy *p, FILE *out);

#endif
