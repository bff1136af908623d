/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_end.h"

#include <inttypes.h>
#include <stdlib.h>

#include <xxhash.h>

#include "lib/base/when.h"
#include "nfqd/kernel/nft_find.h"
#include "nfqd/kernel/nft_look.h"
#include "nft.h"
#include "nft_change.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "nft_sets.h"

#define TABLE "inet " NFT_TABLE
#define RENEWED (30 * DAY) /* timeouts are made anew so often: the longest are of three years */

/* The kernel can reset openings of the gateway itself. Where it cannot, `end` drops them. */
static bool
can_reset(void)
{
	static const char probe[] = "add table inet nfqd_probe\n"
	                            "add chain inet nfqd_probe c { type filter hook output priority 10; }\n"
	                            "add rule inet nfqd_probe c fib daddr type local return\n"
	                            "add rule inet nfqd_probe c meta l4proto tcp meta skuid 0 reject with tcp reset\n";

	return nft_takes(probe, FEATURE_RESET);
}

static void
print_all(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	nft_print_end(c, p, sets, out);
	if (can_reset())
		nft_print_end_reset(c, p, sets, out);
}

/* The wanted rules. */
struct wanted {
	unsigned rules;
	char mark[64]; /* the comment of the last rule: a hash of the rules and elements, to be found again */
};

/* The hash takes the moments at which elements end, since their timeouts go down. */
static bool
make_wanted(const struct config *c, const struct kernel_policy *p, struct wanted *w)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return false;
	print_all(c, p, "", out);
	nft_sets_print_ends(p, out);
	fprintf(out, "%" PRId64 "\n", p->now / RENEWED);
	fclose(out);
	if (text == NULL)
		return false;
	w->rules = nft_count_rules(text) + 1;
	snprintf(w->mark, sizeof w->mark, "nfqd rules %016" PRIx64, (uint64_t)XXH3_64bits(text, size));
	free(text);
	return true;
}

void
nft_end_print(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	nft_sets_print(p, true, "", out);
	nft_print_end(c, p, "", out);
	nft_print_end_reset(c, p, "", out);
}

/* The kernel may lack no more than the queue statement. */
static bool
can_end(void)
{
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe s { type ipv4_addr . ipv4_addr; flags interval, timeout; }\n"
	        "add chain inet nfqd_probe c { type filter hook postrouting priority -400; }\n"
	        "add rule inet nfqd_probe c meta skuid != 4294967295 return\n"
	        "add rule inet nfqd_probe c iifname \"lo\" ip saddr . ip daddr @s drop\n";

	return nft_takes(probe, FEATURE_END);
}

bool
nft_end_usable(void)
{
	return can_end() && nft_ours_free(NFT_TABLE);
}

void
nft_end_probe(void)
{
	if (can_end())
		can_reset();
}

/* The rules and sets in the kernel are the wanted ones. */
static bool
stands(const struct wanted *w, uint64_t sets)
{
	struct rules_state seen = {0};

	return nft_find_rule(NFT_TABLE, "end_local", w->mark) && nft_end_state(&seen) && seen.rules == w->rules &&
	       !seen.bypassed && seen.sets == nft_sets_with(0, sets);
}

bool
nft_end_stands(void)
{
	return nft_find_rule(NFT_TABLE, "end", "end_opening");
}

void
nft_end_expect(const struct kernel_policy *p, struct rules_state *made)
{
	if (nft_end_usable())
		made->sets = nft_sets_with(made->sets, nft_sets_hash(p, true));
}

bool
nft_end_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w, unsigned *rules)
{
	struct nft_change change = {.print = print_all, .end = true};
	uint64_t sets = nft_sets_hash(p, true);
	struct wanted wanted;

	if (!can_end() || !nft_ours(NFT_TABLE, "iptables alone refuses openings"))
		return true;
	if (!make_wanted(c, p, &wanted))
		return false;
	if (!w->anew && !w->renew && stands(&wanted, sets)) {
		*rules += wanted.rules;
		nft_change_tidy(true);
		return true;
	}
	change.mark = wanted.mark;
	/* Large sets are not filled while rules ask them, even if something in the rules has been changed. */
	change.stand = (!w->anew || !kernel_policy_is_small(p)) && nft_find_rule(NFT_TABLE, "end", "end_opening");
	return nft_change(c, p, &change, rules);
}

bool
nft_end_state(struct rules_state *out)
{
	struct nft_state seen;

	if (!nft_end_usable())
		return true;
	if (!nft_look(NFT_TABLE, nft_sets_names(true), &seen))
		return false;
	out->gate = nft_sets_with(out->gate, seen.rules);
	out->sets = nft_sets_with(out->sets, seen.sets);
	out->rules += seen.count;
	out->bypassed = out->bypassed || seen.altered;
	out->unended = out->unended || nft_change_unended();
	return true;
}

bool
nft_end_traces(void)
{
	return nft_ours_stands(NFT_TABLE);
}
