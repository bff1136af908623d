/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice between the two back ends. */
#include "rules.h"

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/kernel/conntrack.h"
#include "nfqd/kernel/iptables_look.h"
#include "iptables.h"
#include "nft.h"
#include "nft_end.h"
#include "shield.h"

static const struct backend_functions {
	const char *name;
	void (*print)(const struct config *c, const struct kernel_policy *p, FILE *out);
	bool (*usable)(void);
	bool (*state)(struct rules_state *out);
	uint64_t (*stamp)(void);
	bool (*traces)(void);
	bool (*apply)(const struct config *c, const struct kernel_policy *p, bool anew, struct rules_state *made);
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
	static bool logged;

	if (!logged && c->pace.burst > 0 && !shield_usable()) {
		log_warnx("no shield: nft and a kernel with dynamic sets are needed; "
		          "every opening of a stranger goes through the daemon");
		logged = true;
	}
	return shield_apply(c, p, made);
}

/* Without these rules openings are still judged: only connections that are open already go on. */
static bool
apply_midstream(const struct config *c, enum backend b, const struct kernel_policy *p, unsigned *rules)
{
	static const char effect[] = "open connections go on when the policy refuses their host";
	static bool logged;
	char why[COMMAND_WHY] = "";

	if (p->tracked && backends[b].apply_midstream(c, p, rules, why))
		return true;
	if (!logged && p->tracked)
		log_warnx("%s: %s cannot do the rules: %s", effect, backends[b].name, why);
	else if (!logged)
		log_info("%s: the kernel tracks no connections so far", effect);
	logged = true;
	return false;
}

bool
rules_apply(const struct config *c, enum backend b, const struct rules_wanted *w, struct rules_applied *out)
{
	struct kernel_policy *p = kernel_policy_make(c, w->now);
	bool done;

	if (p == NULL) {
		log_warnx("rules: out of memory");
		return false;
	}
	p->closed = w->closed;
	p->tracked = conntrack_tracks();
	*out = (struct rules_applied){.next = p->next, .has_max = p->has_max, .tracked = p->tracked};
	done = backends[b].apply(c, p, w->anew, &out->made) && apply_shield(c, p, &out->made);
	if (done)
		out->midstream = apply_midstream(c, b, p, &out->made.rules);
	/* An opening must not meet both for long. The old back end goes only when the new one is in place. */
	if (done && backends[other(b)].traces())
		done = backends[other(b)].remove();
	if (done && b == BACKEND_IPTABLES)
		done = nft_end_apply(c, p, w, &out->made);
	kernel_policy_free(p);
	return done;
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
