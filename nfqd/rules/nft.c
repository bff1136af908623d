/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nft back end: one script, one transaction, safe to apply again and again. Base chains are created once and only
 * flushed afterwards: deleting one makes the kernel flush every queue of the namespace.
 */
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/tool.h"
#include "lib/base/log.h"
#include "nfqd/kernel/nft_counter.h"
#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/objects.h"
#include "nft.h"
#include "nft_change.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "nft_sets.h"

#define TABLE "inet " NFT_TABLE

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

static void
print_rules(const struct config *c, const struct kernel_policy *p, const char *prefix, FILE *out)
{
	static const char *const counters[] = {"listed", "stranger", "deny"};
	char closed[NFT_QUEUE];

	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		fprintf(out, "add counter " TABLE " %s\n", counters[i]);
	/* Right behind mangle (-150), where rules of others change packets. */
	fprintf(out, "add chain " TABLE " outbound\nadd chain " TABLE " opening\n"
	             "add chain " TABLE " forward { type filter hook forward priority -149; policy accept; }\n"
	             "add chain " TABLE " listed\nflush chain " TABLE " listed\n"
	             "flush chain " TABLE " outbound\nflush chain " TABLE " opening\n"
	             "flush chain " TABLE " forward\n");
	nft_print_fragments(c, out);
	nft_print_answers(c, p, prefix, out); /* before an opening leaves the chain */
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " forward tcp dport %u goto opening\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " opening tcp flags & (syn | ack) != syn return\n");
	nft_print_from_inside(out, c, p, "opening", "outbound");
	print_family(out, c, p, prefix, 4);
	print_family(out, c, p, prefix, 6);
	fprintf(out, "add rule " TABLE " listed log group %u accept\n", config_queue(c, true, 0));
	fprintf(out, "add rule " TABLE " outbound counter name stranger %s\n", nft_queue(c, p, false, closed));
	nft_print_local(c, p, prefix, out);
	nft_print_last(c, p, prefix, out);
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
	const char *const argv[] = {"nft", "list", "chain", "inet", NFT_TABLE, "forward", NULL};

	return nft_ours_stands(NFT_TABLE) && command_run(argv, NULL, NULL, NULL) == 0;
}

/* Chains of earlier versions, and of the last place behind iptables. They stay, since deleting a base chain flushes
 * every queue, but without rules. */
static void
flush_former(void)
{
	static const char *const former[] = {"output",     "output_answer", "answer",   "answer_opening",
	                                     "answer_out", "answer_local",  "end_reset"};
	const char *const argv[] = {"nft", "--terse", "list", "table", "inet", NFT_TABLE, NULL};
	static bool done;
	char *text = NULL, chain[32], script[sizeof former / sizeof *former * 64] = "";

	if (!done && command_run(argv, NULL, &text, NULL) == 0 && text != NULL)
		for (size_t i = 0; i < sizeof former / sizeof *former; i++) {
			size_t used = strlen(script);

			snprintf(chain, sizeof chain, "chain %s {", former[i]);
			if (strstr(text, chain) != NULL)
				snprintf(script + used, sizeof script - used, "flush chain " TABLE " %s\n", former[i]);
		}
	if (script[0] != '\0')
		nft_run(script, false, NULL);
	free(text);
	done = true;
}

bool
nft_stands(void)
{
	return nft_chain_has("forward", "goto") && nft_chain_has("end", "goto");
}

bool
nft_apply(const struct config *c, const struct kernel_policy *p, bool anew, struct rules_state *made)
{
	struct nft_change all = {.print = print_rules, .stand = !anew && nft_chain_has("forward", "goto")};

	if (!nft_ours(NFT_TABLE, "no opening is judged"))
		return false;
	flush_former();
	all.midstream = all.stand && nft_chain_has("midstream", "jump");
	made->sets = nft_sets_hash(p, false);
	return nft_change(c, p, &all, &made->rules);
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
