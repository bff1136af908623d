/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_end.h"

#include <inttypes.h>
#include <stdlib.h>

#include <xxhash.h>

#include "lib/base/when.h"
#include "nfqd/kernel/nft_look.h"
#include "nft.h"
#include "nft_change.h"
#include "nft_script.h"
#include "nft_sets.h"

#define TABLE "inet " NFT_TABLE
#define RENEWED (30 * DAY) /* timeouts are made anew so often: the longest are of three years */

/* The kernel takes this script; it is not run. */
static bool
takes(const char *script)
{
	return nft_run(script, true, NULL) == 0;
}

/* The kernel can reset openings of the gateway itself. Where it cannot, `end` drops them. */
static bool
can_reset(void)
{
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add chain inet nfqd_probe c { type filter hook output priority 10; }\n"
	        "add rule inet nfqd_probe c fib daddr type local return\n"
	        "add rule inet nfqd_probe c meta l4proto tcp meta skuid 0 reject with tcp reset\n";
	static int can = -1; /* the kernel does not change while we run */

	if (can < 0)
		can = takes(probe);
	return can == 1;
}

static void
print_all(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	nft_print_end(c, p, sets, out);
	if (can_reset())
		nft_print_end_reset(c, p, sets, out);
}

/* What is to be there. */
struct wanted {
	unsigned rules;
	uint64_t hash; /* of the rules and elements; of these it has the moments at which they end: timeouts go down */
};

static struct wanted
wanted_by(const struct config *c, const struct kernel_policy *p)
{
	struct wanted is = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return is;
	print_all(c, p, "", out);
	nft_sets_print_ends(p, out);
	fprintf(out, "%" PRId64 "\n", p->now / RENEWED);
	if (fclose(out) == 0)
		is = (struct wanted){nft_count_rules(text) + 1, XXH3_64bits(text, size)};
	free(text);
	return is;
}

/* The last rule has the hash, to be found again. */
static void
print_rules(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	print_all(c, p, sets, out);
	fprintf(out, "add rule " TABLE " end_local return comment \"nfqd rules %016" PRIx64 "\"\n",
	        wanted_by(c, p).hash);
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
usable(void)
{
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe s { type ipv4_addr . ipv4_addr; flags interval, timeout; }\n"
	        "add chain inet nfqd_probe c { type filter hook postrouting priority -400; }\n"
	        "add rule inet nfqd_probe c meta skuid != 4294967295 return\n"
	        "add rule inet nfqd_probe c iifname \"lo\" ip saddr . ip daddr @s drop\n";
	static int is = -1;

	if (is < 0)
		is = takes(probe);
	return is == 1;
}

/* Nothing has to be done. */
static bool
stands(const struct config *c, const struct kernel_policy *p, struct rules_state *made)
{
	struct wanted wanted = wanted_by(c, p);
	struct rules_state seen = {0};
	char hash[20];

	snprintf(hash, sizeof hash, "%016" PRIx64, wanted.hash);
	if (!nft_chain_has("end_local", hash) || !nft_end_state(&seen) || seen.rules != wanted.rules || seen.bypassed ||
	    seen.sets != nft_sets_with(0, nft_sets_hash(p, true)))
		return false;
	made->rules += wanted.rules;
	return true;
}

bool
nft_end_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
              struct rules_state *made)
{
	struct nft_change change = {.print = print_rules, .end = true};

	if (!usable())
		return true;
	made->sets = nft_sets_with(made->sets, nft_sets_hash(p, true));
	change.stand = !w->anew && nft_chain_has("end", "goto");
	return (change.stand && !w->renew && stands(c, p, made)) || nft_change(c, p, &change, &made->rules);
}

bool
nft_end_state(struct rules_state *out)
{
	struct nft_state seen;

	if (!usable())
		return true;
	if (!nft_look(NFT_TABLE, nft_sets_names(true), &seen))
		return false;
	out->gate = nft_sets_with(out->gate, seen.rules);
	out->sets = nft_sets_with(out->sets, seen.sets);
	out->rules += seen.count;
	out->bypassed = out->bypassed || seen.altered;
	return true;
}

bool
nft_end_traces(void)
{
	const char *const argv[] = {"nft", "list", "table", "inet", NFT_TABLE, NULL};

	return command_run(argv, NULL, NULL, NULL) == 0;
}
