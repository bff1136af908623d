/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield: a table of its own beside either back end. Above its pace a stranger's opening is dropped before conntrack and
 * routing, and counted for its source in the sets pace4 and pace6; what is under its pace, but more than the gate can
 * take of all strangers together, in crowd4 and crowd6. */
#ifndef RULES_SHIELD_H
#define RULES_SHIELD_H

#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "kernel_policy.h"

void shield_print(const struct config *c, const struct kernel_policy *p, FILE *out);
bool shield_usable(void);
bool shield_traces(void);
bool shield_apply(const struct config *c, const struct kernel_policy *p, struct rules_sight *made);
bool shield_sight(struct rules_sight *out); /* the rest */
bool shield_remove(void);
bool shield_empty(void); /* the sets of sources; totals stay */

#endif
