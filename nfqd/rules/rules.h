/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: policy -> kernel rules. kernel_policy (pure) -> text for one of two back ends -> applied by running its tools.
 *
 * Objects of ours, and nothing else, are created once and from then on updated in place: nft's table "inet nfqd", or
 * iptables chains NFQD* and ipsets nfqd_*. */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "nfqd/kernel/objects.h"
#include "kernel_policy.h"

/* What rules_apply has found. */
struct rules_applied {
	int64_t next;            /* when it is due again (RULES_FOREVER: never) */
	bool tracked;            /* the kernel tracks connections */
	bool midstream;          /* and the rules answer what follows of those that are ended */
	struct rules_sight made; /* what can be known beforehand of what then stands: all but gate and shield */
};

/* Of the configured or the first usable back end. They log what fails and return false. */
enum backend rules_backend(const struct config *c); /* BACKEND_AUTO: neither is usable */
/* `anew`: also what seems to stand already. */
bool rules_apply(const struct config *c, enum backend b, int64_t now, bool anew, struct rules_applied *out);
bool rules_remove(void);                                  /* of both back ends */
bool rules_standing(void);                                /* something of ours, of either back end */
bool rules_look(enum backend b, struct rules_sight *out); /* false: could not be seen just now */
uint64_t rules_stamp(enum backend b);                     /* cheap: changes if what nobody is told of changes */
const char *rules_backend_name(enum backend b);
bool rules_counters(enum backend b, struct rule_counters *out);

#endif
