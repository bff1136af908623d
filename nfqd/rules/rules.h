/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: policy -> kernel rules. plan (pure) -> text for one of two back ends -> applied by running its tools.
 *
 * Objects of ours, and nothing else, are created once and from then on updated in place: nft's table "inet nfqd", or
 * iptables chains NFQD* and ipsets nfqd_*. */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/objects.h"
#include "lib/config/config.h"

#define RULES_FOREVER INT64_MAX

/* What a kernel set holds. `until` is when the element must be gone (microseconds), or RULES_FOREVER. */
struct element {
	struct prefix source, to; /* `to` only in pairs */
	int64_t until;
};

struct element_list {
	struct element *items;
	size_t count, capacity;
};

/* The kernel's view of a policy at one moment. It may be stricter than the policy, never wider. Prefixes within a
 * list do not overlap, so that every kind of set takes them. */
struct plan {
	struct element_list lan, deny; /* destinations inside; destinations nobody reaches */
	struct element_list open;      /* sources that pass whatever the destination */
	struct element_list pairs;     /* sources that pass to a destination */
	struct element_list users;     /* of the gateway who pass, to a destination or (family 0) to any; without end */
	bool users_open;               /* all the others of the gateway pass, too (audit) */
	int64_t now, next;             /* made for; when it must be made anew (RULES_FOREVER: never) */
	bool failed;                   /* memory was short: do not use */
};

/* What rules_apply has found. */
struct rules_applied {
	int64_t next;            /* when it is due again (RULES_FOREVER: never) */
	bool tracked;            /* the kernel tracks connections */
	bool midstream;          /* and the rules answer what follows of those that are ended */
	struct rules_sight made; /* what can be known beforehand of what then stands: all but gate and shield */
};

struct plan *plan_make(const struct config *c, int64_t now); /* NULL if memory is short */
void plan_free(struct plan *p);
uint32_t plan_user(const struct element *e); /* of plan.users */

#define RULES_QUEUE 64
/* The statement, and the target, that hands over to the queues of listed sources or of all others. Returns out. */
const char *nft_queue(const struct config *c, bool listed, char out[RULES_QUEUE]);
const char *iptables_queue(const struct config *c, bool listed, char out[RULES_QUEUE]);
/* The enforced ports with commas between them, as multiport takes them. */
void iptables_print_ports(FILE *out, const struct config *c);

/* The whole as the back end's tools read it. Printing for review is the same text. */
void nft_print(const struct config *c, const struct plan *p, FILE *out);
bool nft_usable(void);   /* tool and kernel can do all we need */
bool nft_traces(void);   /* anything of ours is there */
/* `anew`: also what seems to stand already. *made gets what can be known beforehand of what then stands: lan, sets;
 * rules are added to. */
bool nft_apply(const struct config *c, const struct plan *p, bool anew, struct rules_sight *made);
bool nft_sight(struct rules_sight *out); /* all but the shield; rules are added to */
uint64_t nft_stamp(void);                /* changes if something changes that the kernel tells nobody of */
bool nft_remove(void);
bool nft_counters(struct rule_counters *out);

void nft_print_elements(FILE *out, const char *table, const char *set, uint8_t family, const struct element_list *list,
                        int64_t now);
void nft_print_answer(FILE *out, const struct config *c, const char *chain); /* what the gate has marked */
int nft_run(const char *input, bool check, char why[COMMAND_WHY]); /* the script through nft -f; its exit status */
unsigned nft_count_rules(const char *script);                      /* that a script makes */
size_t plan_count(const struct element_list *list, uint8_t family);

void iptables_print(const struct config *c, const struct plan *p, FILE *out);
bool iptables_usable(void);
bool iptables_traces(void);
bool iptables_apply(const struct config *c, const struct plan *p, bool anew, struct rules_sight *made);
bool iptables_remove(void);
unsigned iptables_count_rules(const char *script);
/* hash:net,net is a module of its own; without it sources limited to destinations go to the closed queue. */
bool iptables_has_pairs(void);

/* The shield: a table of its own beside either back end. Above its pace a stranger's opening is dropped before
 * conntrack and routing, and counted for its source in the sets pace4 and pace6; what is under its pace, but more than
 * the gate can take of all strangers together, in crowd4 and crowd6. */
void shield_print(const struct config *c, const struct plan *p, FILE *out);
bool shield_usable(void);
bool shield_traces(void);
bool shield_apply(const struct config *c, const struct plan *p, struct rules_sight *made);
bool shield_sight(struct rules_sight *out); /* the rest */
bool shield_remove(void);
bool shield_empty(void); /* the sets of sources; totals stay */

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
