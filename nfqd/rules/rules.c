/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice between the two back ends. */
#include "rules.h"

#include "lib/base/log.h"
#include "lib/base/steady.h"
#include "lib/base/when.h"
#include "nfqd/kernel/conntrack.h"
#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "ipset.h"
#include "iptables.h"
#include "nft.h"
#include "nft_elements.h"
#include "nft_end.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "shield.h"

#define TRIES 3
#define USUAL_MOST SECOND /* a tool that hangs at the start says nothing about the machine */

static const struct backend_functions {
	const char *name;
	void (*print)(const struct config *c, const struct kernel_policy *p, FILE *out);
	bool (*usable)(void);
	bool (*state)(struct rules_state *out);
	uint64_t (*stamp)(void);
	bool (*traces)(void);
	bool (*apply)(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
	              struct rules_state *made);
	bool (*remove)(void);
	bool (*counters)(struct rule_counters *out);
	void (*print_midstream)(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out);
	bool (*apply_midstream)(const struct config *c, const struct kernel_policy *p, unsigned *rules,
	                        char why[COMMAND_WHY]);
} backends[] = {
        [BACKEND_NFT] = {"nft", nft_print, nft_usable, nft_rules_state, nft_stamp, nft_traces, nft_apply, nft_remove,
                         nft_counters, nft_print_midstream, nft_apply_midstream},
        [BACKEND_IPTABLES] = {"iptables", iptables_print, iptables_usable, iptables_rules_state, iptables_stamp,
                              iptables_traces, iptables_apply, iptables_remove, iptables_counters,
                              iptables_print_midstream, iptables_apply_midstream},
};

const char *
rules_backend_name(enum backend b)
{
	return b == BACKEND_AUTO ? "none" : backends[b].name;
}

enum backend
rules_backend(const struct config *c)
{
	/* iptables is better than nothing while nft's table is another program's. */
	if (c->backend == BACKEND_NFT && !nft_ours_free(NFT_TABLE) && iptables_usable())
		return BACKEND_IPTABLES;
	if (c->backend != BACKEND_AUTO)
		return (enum backend)c->backend;
	for (enum backend b = BACKEND_NFT; b <= BACKEND_IPTABLES; b++)
		if (backends[b].usable())
			return b;
	return BACKEND_AUTO;
}

static enum backend
other(enum backend b)
{
	return b == BACKEND_NFT ? BACKEND_IPTABLES : BACKEND_NFT;
}

/* Without nft, or sets that rules can fill, there is no shield: the gate then judges every stranger's opening. */
static bool
apply_shield(const struct config *c, const struct kernel_policy *p, struct rules_state *made)
{
	if (c->pace.burst > 0 && !shield_usable())
		trouble("no shield: nft and a kernel with dynamic sets are needed; "
		        "every opening of a stranger goes through the daemon");
	return shield_apply(c, p, made);
}

/* Without these rules openings are still judged: only connections that are open already go on. */
static bool
apply_midstream(const struct config *c, enum backend b, const struct kernel_policy *p, unsigned *rules)
{
	char why[COMMAND_WHY] = "";

	if (p->tracked && backends[b].apply_midstream(c, p, rules, why))
		return true;
	if (p->tracked)
		trouble("open connections go on when the policy refuses their host: %s cannot do the rules: %s",
		        backends[b].name, why);
	return false;
}

static struct kernel_policy *
make_policy(const struct config *c, const struct rules_wanted *w)
{
	struct kernel_policy *p = kernel_policy_make(c, w->now);

	if (p == NULL) {
		trouble("rules: out of memory");
		return NULL;
	}
	p->closed = w->closed;
	p->tracked = conntrack_tracks();
	return p;
}

struct rules_pace
rules_probe(enum backend b)
{
	static const struct rules_pace tools[] = {[BACKEND_NFT] = {1, 0, 2}, [BACKEND_IPTABLES] = {1, 4, 8}};
	struct steady begin = steady_now();
	int64_t took;

	shield_usable();
	took = steady_since(begin);
	took = took < USUAL_MOST ? took : USUAL_MOST;
	command_usually_takes(took);
	if (b == BACKEND_IPTABLES) {
		nft_end_probe();
		ipset_has_pairs();
		ipset_has_cards();
	}
	return (struct rules_pace){took, tools[b].look * took, tools[b].make * took};
}

/* Each part is tried whatever has become of the others: a tool that hangs, or a name that is somebody else's, hinders
 * only what needs it. What refuses strangers comes first, unless it takes long. */
static bool
apply_once(const struct config *c, enum backend b, const struct rules_wanted *w, struct rules_applied *out)
{
	struct kernel_policy *p = make_policy(c, w);
	bool end = b == BACKEND_IPTABLES, first, ended = true, led, shielded;

	*out = (struct rules_applied){.next = RULES_FOREVER};
	if (p == NULL)
		return false;
	*out = (struct rules_applied){.next = p->next, .has_max = p->has_max, .tracked = p->tracked};
	first = out->last_first = end && kernel_policy_is_small(p) && nft_end_usable();
	if (first)
		ended = nft_end_apply(c, p, w, &out->made.rules);
	led = backends[b].apply(c, p, w, &out->made);
	if (end && !first)
		ended = nft_end_apply(c, p, w, &out->made.rules);
	if (end)
		nft_end_expect(p, &out->made);
	shielded = !nft_sets_are_lost() && apply_shield(c, p, &out->made); /* otherwise all begins anew */
	out->refuses = led || (ended && end && nft_end_usable());
	if (led)
		out->midstream = apply_midstream(c, b, p, &out->made.rules);
	/* An opening must not meet both for long. The old back end goes only when the new one is in place. */
	if (led && backends[other(b)].traces())
		led = backends[other(b)].remove();
	kernel_policy_free(p);
	return led && ended && shielded;
}

bool
rules_apply(const struct config *c, enum backend b, const struct rules_wanted *w, struct rules_applied *out)
{
	for (int i = 0; i < TRIES; i++) {
		nft_sets_forget_lost();
		if (apply_once(c, b, w, out))
			return true;
		if (!nft_sets_are_lost())
			return false;
	}
	trouble("somebody else deletes our sets of nftables again and again, while they are filled");
	return false;
}

bool
rules_stand_last(enum backend b)
{
	return b != BACKEND_IPTABLES || !nft_end_usable() || nft_end_stands();
}

/* Not even the policy of many lines is made for that, which takes a while. */
bool
rules_apply_last(const struct config *c, enum backend b, const struct rules_wanted *w)
{
	struct kernel_policy *p =
	        b == BACKEND_IPTABLES && c->line_count <= KERNEL_POLICY_SMALL ? make_policy(c, w) : NULL;
	unsigned rules = 0;
	bool done = p != NULL && nft_end_usable() && kernel_policy_is_small(p) && nft_end_apply(c, p, w, &rules);

	kernel_policy_free(p);
	return done;
}

/* The last place refuses all strangers by itself. */
bool
rules_refuse(enum backend b, bool last_first)
{
	if (b != BACKEND_IPTABLES)
		return nft_stands();
	if (nft_end_usable() && nft_end_stands())
		return true;
	return !last_first && iptables_stand();
}

bool
rules_remove(void)
{
	bool done = true;

	for (enum backend b = BACKEND_NFT; b <= BACKEND_IPTABLES; b++)
		if (backends[b].traces())
			done = backends[b].remove() && done;
	if (nft_end_traces())
		done = nft_remove() && done;
	if (shield_traces())
		done = shield_remove() && done;
	nft_ours_tell_left(NFT_TABLE);
	nft_ours_tell_left(SHIELD_TABLE);
	iptables_tell_left();
	return done;
}

bool
rules_standing(void)
{
	return backends[BACKEND_NFT].traces() || backends[BACKEND_IPTABLES].traces();
}

bool
rules_look(enum backend b, struct rules_state *out)
{
	*out = (struct rules_state){0};
	return b != BACKEND_AUTO && backends[b].state(out) && shield_state(out) &&
	       (b != BACKEND_IPTABLES || nft_end_state(out));
}

uint64_t
rules_stamp(enum backend b)
{
	return b != BACKEND_AUTO ? backends[b].stamp() : 0;
}

bool
rules_counters(enum backend b, struct rule_counters *out)
{
	return b != BACKEND_AUTO && backends[b].counters(out);
}

void
rules_print(const struct config *c, enum backend b, FILE *out)
{
	struct kernel_policy *p = kernel_policy_make(c, when_now());

	if (p == NULL)
		fatalx("rules: out of memory");
	backends[b].print(c, p, out);
	fprintf(out, "# where connections are tracked\n");
	backends[b].print_midstream(c, p, "", out);
	if (b == BACKEND_IPTABLES) {
		fprintf(out, "# nft -f -\n");
		nft_end_print(c, p, out);
	}
	shield_print(c, p, out);
	kernel_policy_free(p);
}
