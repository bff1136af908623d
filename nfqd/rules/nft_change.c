/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_change.h"

#include "nfqd/kernel/nft_find.h"
#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "nft.h"
#include "nft_elements.h"
#include "nft_script.h"
#include "nft_sets.h"

#define NEXT "next_" /* prefix of the names of the other sets, which are there for a moment */

/* `used`: as nft_sets_print_empty has it. */
static bool
empty_sets(bool end, bool used, const char *prefix, char why[COMMAND_WHY])
{
	struct nft_script script;

	if (nft_script_begin(&script) == NULL)
		return false;
	nft_sets_print_empty(end, used, prefix, script.out);
	return nft_script_run(&script, why);
}

/* No rule of ours asks these sets; somebody else's may. */
static bool
apply_sets(const struct kernel_policy *p, bool end, const char *prefix)
{
	char why[COMMAND_WHY] = "";

	if (empty_sets(end, false, prefix, why) || empty_sets(end, true, prefix, why))
		return nft_sets_fill(p, end, prefix);
	trouble("nft refused our sets: %s", why);
	return false;
}

/* The sets are made before the rules, in transactions of their own. */
static bool
made_apart(const struct kernel_policy *p, const struct nft_change *what)
{
	return what->stand || !kernel_policy_is_small(p);
}

/* `prefix`: of the names of the sets, which are made, too, if none stand and they are small. */
static bool
apply_rules(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, const char *prefix,
            unsigned *rules)
{
	char why[COMMAND_WHY] = "", set[32];
	struct nft_script script;
	FILE *out = nft_script_begin(&script);

	if (out == NULL)
		return false;
	if (!made_apart(p, what))
		nft_sets_print(p, what->end, prefix, out);
	what->print(c, p, prefix, out);
	if (what->mark != NULL)
		fprintf(out, "add rule inet " NFT_TABLE " end_local return comment \"%s\"\n", what->mark);
	*rules = nft_script_rules(&script);
	if (what->midstream)
		nft_print_midstream(c, p, prefix, out);
	if (nft_script_run(&script, why))
		return true;
	snprintf(set, sizeof set, "%sdeny4", prefix);
	if (made_apart(p, what) && nft_set_is_lost(NFT_TABLE, set))
		return false;
	trouble("nft refused our rules: %s", why);
	return false;
}

bool
nft_change_unended(void)
{
	return nft_find_set(NFT_TABLE, NEXT "deny4");
}

void
nft_change_tidy(bool end)
{
	struct nft_script script;

	if (!nft_change_unended() || nft_script_begin(&script) == NULL)
		return;
	nft_sets_print_deletion(end, NEXT, script.out);
	nft_script_run(&script, NULL);
}

/* Rules that stand go on to other sets while theirs are filled. They may be there already, if a change did not end. */
static bool
move_away(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, unsigned *rules)
{
	return nft_find_rule(NFT_TABLE, "end_out", NEXT) ||
	       (apply_sets(p, what->end, NEXT) && apply_rules(c, p, what, NEXT, rules));
}

bool
nft_change(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, unsigned *rules)
{
	unsigned count = 0;
	bool done = (!what->stand || move_away(c, p, what, &count)) &&
	            (!made_apart(p, what) || apply_sets(p, what->end, "")) && apply_rules(c, p, what, "", &count);

	if (done)
		nft_change_tidy(what->end);
	*rules += count;
	return done;
}
