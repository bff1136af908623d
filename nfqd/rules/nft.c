/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nft back end: one script, one transaction, safe to apply again and again. Base chains are created once and only
 * flushed afterwards: deleting one makes the kernel flush every queue of the namespace.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/nft_counter.h"
#include "nfqd/kernel/nft_find.h"
#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/trouble.h"
#include "nft.h"
#include "nft_change.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "nft_sets.h"
#include "rules.h"

#define TABLE "inet " NFT_TABLE
#define ASKING "the gate decides until the sets are filled" /* comment of a rule, which shows this state */

/* The rules of one family, in the order of policy_decide. */
static void
print_family(FILE *out, const struct config *c, const struct kernel_policy *p, const char *prefix, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char max[NFT_QUEUE], closed[NFT_QUEUE];

	nft_queue(c, p, true, max);
	nft_queue(c, p, false, closed);
	fprintf(out, "add rule " TABLE " outbound %s daddr @%sdeny%u counter name deny %s\n", ip, prefix, family,
	        closed);
	if (p->has_max)
		fprintf(out,
		        "add rule " TABLE " outbound %s saddr @%smax%u counter name listed %s\n"
		        "add rule " TABLE " outbound %s saddr . %s daddr @%smax_pairs%u counter name listed %s\n"
		        "add rule " TABLE " outbound ether saddr . %s saddr @%smax_cards%u counter name listed %s\n",
		        ip, prefix, family, max, ip, ip, prefix, family, max, ip, prefix, family, max);
	fprintf(out,
	        "add rule " TABLE " outbound %s saddr @%sopen%u counter name listed " NFT_LISTED "\n"
	        "add rule " TABLE " outbound %s saddr . %s daddr @%spairs%u counter name listed " NFT_LISTED "\n"
	        "add rule " TABLE " outbound ether saddr . %s saddr @%scards%u counter name listed " NFT_LISTED "\n",
	        ip, prefix, family, ip, ip, prefix, family, ip, prefix, family);
}

/* Chains and their first rules, up to the one in `outbound` that takes what is left. `prefix` is NULL while the sets
 * are not filled. */
static void
print_openings(const struct config *c, const struct kernel_policy *p, const char *prefix, FILE *out)
{
	static const char *const counters[] = {"listed", "stranger", "deny"};

	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		fprintf(out, "add counter " TABLE " %s\n", counters[i]);
	/* Right behind mangle (-150), where rules of others change packets. */
	fprintf(out, "add chain " TABLE " outbound\nadd chain " TABLE " opening\n"
	             "add chain " TABLE " forward { type filter hook forward priority -149; policy accept; }\n"
	             "add chain " TABLE " listed\nflush chain " TABLE " listed\n"
	             "flush chain " TABLE " outbound\nflush chain " TABLE " opening\n"
	             "flush chain " TABLE " forward\n");
	nft_print_fragments(c, out);
	if (prefix != NULL)
		nft_print_answers(c, p, prefix, out); /* before an opening leaves the chain */
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " forward tcp dport %u goto opening\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " opening tcp flags & (syn | ack) != syn return\n");
	nft_print_from_inside(out, c, p, "opening", "outbound");
}

static void
print_rules(const struct config *c, const struct kernel_policy *p, const char *prefix, FILE *out)
{
	char closed[NFT_QUEUE];

	print_openings(c, p, prefix, out);
	print_family(out, c, p, prefix, 4);
	print_family(out, c, p, prefix, 6);
	fprintf(out, "add rule " TABLE " listed log group %u accept\n", config_queue(c, true, 0));
	fprintf(out, "add rule " TABLE " outbound counter name stranger %s\n", nft_queue(c, p, false, closed));
	nft_print_local(c, p, prefix, out);
	nft_print_last(c, p, prefix, out);
}

/* All our chains, without a rule. */
static void
print_bare(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *all = open_memstream(&text, &size);

	if (all == NULL)
		return;
	print_rules(c, p, "", all);
	if (nft_find_chain(NFT_TABLE, "midstream"))
		nft_print_midstream(c, p, "", all);
	fclose(all);
	for (const char *line = text; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
		if (strncmp(line, "add rule ", strlen("add rule ")) != 0)
			fprintf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	free(text);
}

/* The gate decides about all openings: no set is asked, and the last places are without rules. */
static void
print_asking(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	char closed[NFT_QUEUE];

	nft_sets_print_declarations(out);
	print_bare(c, p, out);
	print_openings(c, p, NULL, out);
	fprintf(out, "add rule " TABLE " outbound counter name stranger %s comment \"" ASKING "\"\n",
	        nft_queue(c, p, false, closed));
	nft_print_local(c, p, NULL, out);
}

void
nft_print(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	nft_sets_print(p, false, "", out);
	print_rules(c, p, "", out);
}

bool
nft_usable(void)
{
	/* All features that some kernels lack, checked without a change. */
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe s { type ipv4_addr . ipv4_addr; flags interval, timeout; }\n"
	        "add chain inet nfqd_probe c { type filter hook forward priority -149; }\n"
	        "add rule inet nfqd_probe c counter queue num 25 bypass\n"
	        "add rule inet nfqd_probe c log group 25 accept\n";

	return nft_run(probe, true, NULL) == 0 && nft_ours_free(NFT_TABLE);
}

bool
nft_rules_state(struct rules_state *out)
{
	struct nft_state seen;

	if (!nft_look(NFT_TABLE, nft_sets_names(false), &seen))
		return false;
	out->gate = seen.rules;
	out->sets = seen.sets;
	out->rules += seen.count;
	out->bypassed = seen.altered;
	out->unended = nft_change_unended();
	return true;
}

uint64_t
nft_stamp(void)
{
	return 0; /* the kernel sends an event for every change */
}

bool
nft_traces(void)
{
	return nft_ours_stands(NFT_TABLE) && nft_find_chain(NFT_TABLE, "forward");
}

/* Chains of earlier versions, and of the last place behind iptables. They stay, since deleting a base chain flushes
 * every queue, but without rules. */
static void
flush_former(void)
{
	static const char *const former[] = {"output",     "output_answer", "answer",   "answer_opening",
	                                     "answer_out", "answer_local",  "end_reset"};
	static bool done;
	char script[sizeof former / sizeof *former * 64] = "";

	for (size_t i = 0; i < sizeof former / sizeof *former && !done; i++) {
		size_t used = strlen(script);

		if (nft_find_chain(NFT_TABLE, former[i]))
			snprintf(script + used, sizeof script - used, "flush chain " TABLE " %s\n", former[i]);
	}
	if (script[0] != '\0')
		nft_run(script, false, NULL);
	done = true;
}

bool
nft_stands(void)
{
	return nft_find_rule(NFT_TABLE, "forward", "opening") &&
	       (nft_find_rule(NFT_TABLE, "end", "end_opening") || nft_find_rule(NFT_TABLE, "outbound", ASKING));
}

/* Rules that lead all openings to the gate, within a fraction of a second: sets that are large take longer. */
static bool
ask_gate(const struct config *c, const struct kernel_policy *p)
{
	char why[COMMAND_WHY] = "out of memory";
	struct nft_script script;

	if (nft_script_begin(&script) != NULL) {
		print_asking(c, p, script.out);
		if (nft_script_run(&script, why))
			return true;
	}
	trouble("nft refused our rules: %s", why);
	return false;
}

bool
nft_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w, struct rules_state *made)
{
	struct nft_change all = {.print = print_rules,
	                         .stand = !w->anew && nft_find_rule(NFT_TABLE, "forward", "opening")};
	bool whole = all.stand && nft_find_rule(NFT_TABLE, "end", "end_opening");
	bool done;

	if (!nft_ours(NFT_TABLE, "no opening is judged"))
		return false;
	flush_former();
	if (!whole && w->last_missing != NULL && !p->closed && !kernel_policy_is_small(p)) {
		atomic_store(w->last_missing, true);
		all.stand = false;
		if (!ask_gate(c, p))
			return false;
	}
	all.midstream = all.stand && nft_find_rule(NFT_TABLE, "midstream", "unknown");
	made->sets = nft_sets_hash(p, false);
	done = nft_change(c, p, &all, &made->rules);
	if (done && w->last_missing != NULL)
		atomic_store(w->last_missing, false);
	return done;
}

bool
nft_remove(void)
{
	return nft_ours_remove(NFT_TABLE);
}

bool
nft_counters(struct rule_counters *out)
{
	struct nft_counter seen[] = {{.name = "listed"}, {.name = "stranger"}, {.name = "deny"}};

	if (!nft_counters_look(NFT_TABLE, seen, 3))
		return false;
	out->listed = seen[0].packets;
	out->stranger = seen[1].packets;
	out->deny = seen[2].packets;
	return true;
}
