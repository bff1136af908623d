/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield: a table of its own, used with either back end. It drops a stranger's openings above the pace before conntrack
 * and routing, and counts them by source in the sets pace4 and pace6. Openings under the pace that are more than the
 * gate can take of all strangers together are dropped, too, and counted in crowd4 and crowd6; what gets no counter
 * there is an element of once4 or once6. */
#ifndef RULES_SHIELD_H
#define RULES_SHIELD_H

#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "kernel_policy.h"

void shield_print(const struct config *c, const struct kernel_policy *p, FILE *out);
bool shield_usable(void); /* nft and the kernel can do it */
bool shield_traces(void); /* its table is there */
/* Sets the fields of the shield in *made. False: was logged, or memory is short. */
bool shield_apply(const struct config *c, const struct kernel_policy *p, struct rules_state *made);
bool shield_state(struct rules_state *out); /* only the fields of the shield; false: could not be read */
bool shield_remove(void);
bool shield_empty(void); /* the sets of sources; totals stay */

#endif
