/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shield.h"

#include <errno.h>

#include "nfqd/kernel/trouble.h"
#include "nfqd/kernel/nft_counter.h"
#include "nfqd/kernel/nft_look.h"
#include "nft_elements.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "shield_rules.h"

#define TABLE "inet " SHIELD_TABLE
#define NO_SHIELD "there is no shield: every opening of a stranger goes through the daemon"

/* The state without a shield: no table, no rule, no set. */
static void
state_of_none(struct rules_state *out)
{
	out->shield = 0;
	out->shield_rules = 0;
	out->shield_sets = 0;
	for (size_t i = 0; i < 2 * SHIELD_SETS; i++)
		out->shield_sets = nft_sets_with(out->shield_sets, NFT_NO_SET);
}

void
shield_print(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	char set[40];

	shield_print_objects(out);
	for (uint8_t family = 4; family <= 6; family += 2)
		for (size_t i = 0; i < SHIELD_SETS; i++) {
			snprintf(set, sizeof set, TABLE " %s%u", shield_set_names[i], family);
			nft_print_elements(out, set, family, shield_elements(c, p, i), p->now);
		}
	shield_print_rules(c, p, out);
}

bool
shield_usable(void)
{
	/* A kernel that takes an expression as part of a set (5.7) also runs those of elements when it looks them up.
	 */
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe e { type ipv4_addr; flags dynamic, timeout; timeout 1m; size 16; counter; }\n"
	        "add set inet nfqd_probe s { type ipv4_addr; flags dynamic, timeout; timeout 1m; size 16; }\n"
	        "add set inet nfqd_probe p { type ipv4_addr; flags dynamic, timeout; timeout 1m; size 16; }\n"
	        "add counter inet nfqd_probe n\n"
	        "add chain inet nfqd_probe c { type filter hook prerouting priority -300; }\n"
	        "add chain inet nfqd_probe f { type filter hook forward priority -151; }\n"
	        "add rule inet nfqd_probe c ip saddr @s update @p { ip saddr counter } counter name n drop\n"
	        "add rule inet nfqd_probe f ip saddr != @s add @s"
	        " { ip saddr timeout 2m limit rate over 1/second burst 5 packets }\n";

	return nft_takes(probe, FEATURE_SHIELD);
}

bool
shield_traces(void)
{
	return nft_ours_stands(SHIELD_TABLE);
}

bool
shield_state(struct rules_state *out)
{
	static const char *const sets[] = {"lan4",   "lan6",   "open4",  "open6", "pairs4",
	                                   "pairs6", "cards4", "cards6", NULL};
	struct nft_state seen;

	if (!nft_ours_free(SHIELD_TABLE)) {
		state_of_none(out);
		return true;
	}
	if (!nft_look(SHIELD_TABLE, sets, &seen)) {
		state_of_none(out);
		return errno == EINVAL || errno == EOPNOTSUPP; /* a kernel without nftables */
	}
	out->shield = seen.rules;
	out->shield_sets = seen.altered ? ~seen.sets : seen.sets;
	out->shield_rules = seen.count;
	return true;
}

/* Sources that the new rules list, or that go inside now, must keep no limit, and the others none of an old pace. Not
 * in the transaction of the rules: until its end the old ones may add elements. */
static bool
flush_limits(void)
{
	char why[COMMAND_WHY];

	if (nft_run("flush set " TABLE " strangers4\nflush set " TABLE " strangers6\n", false, why) == 0)
		return true;
	trouble("nft did not flush the shield's limits: %s", why);
	return false;
}

/* Sets without elements, and no rules. */
static bool
empty_sets(bool used, char why[COMMAND_WHY])
{
	struct nft_script script;

	if (nft_script_begin(&script) == NULL)
		return false;
	shield_print_empty(script.out, used);
	return nft_script_run(&script, why);
}

static bool
fill_sets(const struct config *c, const struct kernel_policy *p)
{
	char name[16];

	for (uint8_t family = 4; family <= 6; family += 2)
		for (size_t i = 0; i < SHIELD_SETS; i++) {
			snprintf(name, sizeof name, "%s%u", shield_set_names[i], family);
			if (!nft_fill_elements(SHIELD_TABLE, name, family, shield_elements(c, p, i), p->now))
				return false;
		}
	return true;
}

static bool
apply_rules(const struct config *c, const struct kernel_policy *p, unsigned *rules, char why[COMMAND_WHY])
{
	struct nft_script script;

	if (nft_script_begin(&script) == NULL)
		return false;
	shield_print_rules(c, p, script.out);
	*rules = nft_script_rules(&script);
	return nft_script_run(&script, why);
}

/* No set changes while a rule asks it, so the shield is down for a moment. */
bool
shield_apply(const struct config *c, const struct kernel_policy *p, struct rules_state *made)
{
	char why[COMMAND_WHY] = "out of memory";

	if (!shield_usable() || (c->pace.burst == 0 && !shield_traces()) || !nft_ours(SHIELD_TABLE, NO_SHIELD)) {
		state_of_none(made);
		return true;
	}
	for (size_t i = 0; i < SHIELD_SETS; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			made->shield_sets =
			        nft_sets_with(made->shield_sets, elements_count(shield_elements(c, p, i), family));
	if (!empty_sets(false, why) && !empty_sets(true, why)) {
		trouble("nft refused the shield's sets: %s", why);
		return false;
	}
	if (!fill_sets(c, p))
		return false;
	if (!apply_rules(c, p, &made->shield_rules, why)) {
		if (!nft_set_is_lost(SHIELD_TABLE, "lan4"))
			trouble("nft refused the shield's rules: %s", why);
		return false;
	}
	return flush_limits();
}

bool
shield_remove(void)
{
	return nft_ours_remove(SHIELD_TABLE);
}

bool
shield_empty(void)
{
	return nft_ours_stands(SHIELD_TABLE) && nft_run("flush set " TABLE " pace4\nflush set " TABLE " pace6\n"
	                                                "flush set " TABLE " crowd4\nflush set " TABLE " crowd6\n"
	                                                "flush set " TABLE " once4\nflush set " TABLE " once6\n",
	                                                false, NULL) == 0;
}
