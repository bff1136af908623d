/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nft back end: one script, one transaction, safe to apply again and again. Base chains are created once and only
 * flushed afterwards: deleting one makes the kernel flush every queue of the namespace.
 *
 * Rules change in one step, sets do not: during a transaction a look-up in a set may miss an element that is there
 * before and after it (seen on Linux 6.1, in 100 reloads under traffic), and the rules are in force before the new
 * elements of some kinds of sets are seen (6.18). So the rules that choose the openings to judge are plain comparisons,
 * and no set changes while a rule uses it: other sets are filled, the rules move to them, the plain sets are emptied
 * and filled, and the rules move back, each in a transaction of its own. */
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/tool.h"
#include "lib/base/log.h"
#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/objects.h"
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE
#define NEXT "next_" /* prefix of the names of the other sets, which are there for a moment */

/* The rules of one family, in the order of policy_decide. */
static void
print_family(FILE *out, const struct config *c, const struct kernel_policy *p, const char *prefix, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char max[NFT_QUEUE], closed[NFT_QUEUE];

	nft_queue(c, p, true, max);
	nft_queue(c, p, false, closed);
	fprintf(out, "add rule " TABLE " outbound %s daddr @%sdeny%u counter name deny %s\n", ip, prefix, family, closed);
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

/* An element: an address, a source and a destination, or a card and a source. */
enum kind { ONE, PAIR, CARD };

static const struct set {
	const char *name;
	enum kind kind;
	const char *flags;
	size_t list; /* offset of its elements in struct kernel_policy */
} sets[] = {{"deny", ONE, "interval", offsetof(struct kernel_policy, deny)},
            {"open", ONE, "interval, timeout", offsetof(struct kernel_policy, open)},
            {"pairs", PAIR, "interval, timeout", offsetof(struct kernel_policy, pairs)},
            {"cards", CARD, "interval, timeout", offsetof(struct kernel_policy, cards)},
            {"limited", ONE, "interval, timeout", offsetof(struct kernel_policy, limited)},
            {"max", ONE, "interval, timeout", offsetof(struct kernel_policy, max)},
            {"max_pairs", PAIR, "interval, timeout", offsetof(struct kernel_policy, max_pairs)},
            {"max_cards", CARD, "interval, timeout", offsetof(struct kernel_policy, max_cards)}};

#define SETS (sizeof sets / sizeof *sets)

static const struct element_list *
elements_of(const struct set *s, const struct kernel_policy *p)
{
	return (const struct element_list *)(const void *)((const char *)p + s->list);
}

static void
print_set(FILE *out, const struct set *s, const struct kernel_policy *p, const char *prefix, uint8_t family)
{
	char name[48];
	const char *type = family == 4 ? "ipv4_addr" : "ipv6_addr";

	snprintf(name, sizeof name, TABLE " %s%s%u", prefix, s->name, family);
	fprintf(out, "add set %s { type %s%s%s; flags %s; }\n", name,
	        s->kind == PAIR   ? type
	        : s->kind == CARD ? "ether_addr"
	                          : "",
	        s->kind != ONE ? " . " : "", type, s->flags);
	nft_print_elements(out, name, family, elements_of(s, p), p->now);
}

static void
print_sets(const struct kernel_policy *p, const char *prefix, FILE *out)
{
	fprintf(out, "add table " TABLE "\n");
	for (size_t i = 0; i < SETS; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			print_set(out, &sets[i], p, prefix, family);
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
	nft_print_ways(out, c, p, "opening", "outbound");
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
	print_sets(p, "", out);
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

	return nft_run(probe, true, NULL) == 0;
}

bool
nft_rules_state(struct rules_state *out)
{
	static const char *const names[] = {"deny4",      "deny6",      "open4",      "open6",      "pairs4", "pairs6",
	                                    "cards4",     "cards6",     "limited4",   "limited6",   "max4",   "max6",
	                                    "max_pairs4", "max_pairs6", "max_cards4", "max_cards6", NULL};
	struct nft_state seen;

	if (!nft_look(NFT_TABLE, names, &seen))
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
	const char *const argv[] = {"nft", "list", "table", "inet", "nfqd", NULL};

	return command_run(argv, NULL, NULL, NULL) == 0;
}

/* One of our chains has a rule with this word. */
static bool
stands(const char *chain, const char *word)
{
	const char *const argv[] = {"nft", "list", "chain", "inet", NFT_TABLE, chain, NULL};
	char *text = NULL;
	bool found = command_run(argv, NULL, &text, NULL) == 0 && text != NULL && strstr(text, word) != NULL;

	free(text);
	return found;
}

/* Closes the stream that has written the script, runs it and frees it. */
static bool
run_script(FILE *out, char **script)
{
	char why[COMMAND_WHY];
	bool done = fclose(out) == 0 && nft_run(*script, false, why) == 0;

	if (!done)
		log_warnx("nft refused our rules: %s", why);
	free(*script);
	return done;
}

static bool
apply_sets(const struct kernel_policy *p, const char *prefix)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return false;
	print_sets(p, prefix, out);
	return run_script(out, &script);
}

/* Parts of a transaction besides the rules. */
struct parts {
	const char *prefix; /* of the names of the sets that the rules use */
	bool midstream;     /* the rules of nft_apply_midstream, which use the same sets */
	bool sets;          /* those sets */
};

/* *rules becomes the number of rules without those of midstream. */
static bool
apply_rules(const struct config *c, const struct kernel_policy *p, struct parts parts, unsigned *rules)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return false;
	if (parts.sets)
		print_sets(p, parts.prefix, out);
	print_rules(c, p, parts.prefix, out);
	fflush(out);
	*rules = nft_count_rules(script);
	if (parts.midstream)
		nft_print_midstream(c, p, parts.prefix, out);
	return run_script(out, &script);
}

/* No rule uses these sets any more. They may be gone: `nfqd rules --apply` deletes them, too. */
static void
delete_sets(const char *prefix)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (unsigned family = 4; family <= 6; family += 2)
			fprintf(out, "delete set " TABLE " %s%s%u\n", prefix, sets[i].name, family);
	if (fclose(out) == 0)
		nft_run(script, false, NULL);
	free(script);
}

/* Earlier versions judged openings of the gateway itself before destination NAT, in chains that cannot be moved. */
static void
flush_former(void)
{
	static bool done;

	if (!done) {
		nft_run("flush chain inet " NFT_TABLE " output\n", false, NULL);
		nft_run("flush chain inet " NFT_TABLE " output_answer\n", false, NULL);
	}
	done = true;
}

bool
nft_apply(const struct config *c, const struct kernel_policy *p, bool anew, struct rules_state *made)
{
	bool stand = !anew && stands("forward", "goto"), midstream = stand && stands("midstream", "jump"), done;
	unsigned rules = 0;

	flush_former();
	if (stand)
		done = apply_sets(p, NEXT) && apply_rules(c, p, (struct parts){NEXT, midstream, false}, &rules) &&
		       apply_sets(p, "") && apply_rules(c, p, (struct parts){"", midstream, false}, &rules);
	else
		done = apply_rules(c, p, (struct parts){"", false, true}, &rules);
	if (stand && done)
		delete_sets(NEXT);
	made->rules += rules;
	for (size_t i = 0; i < SETS; i++) /* as nft_rules_state asks for them */
		for (uint8_t family = 4; family <= 6; family += 2)
			made->sets = nft_sets_with(made->sets, elements_count(elements_of(&sets[i], p), family));
	return done;
}

bool
nft_remove(void)
{
	/* Added first, so that there is something to delete. */
	return nft_run("add table " TABLE "\ndelete table " TABLE "\n", false, NULL) == 0;
}

/* "counter listed {\n packets 12 bytes 720": the number after the name. */
static bool
find_counter(const char *text, const char *name, uint64_t *out)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof key, "counter %s {", name);
	if ((at = strstr(text, key)) == NULL || (at = strstr(at, "packets ")) == NULL)
		return false;
	*out = strtoull(at + strlen("packets "), NULL, 10);
	return true;
}

bool
nft_counters(struct rule_counters *out)
{
	const char *const argv[] = {"nft", "list", "counters", "table", "inet", "nfqd", NULL};
	char *text;
	bool found = command_run(argv, NULL, &text, NULL) == 0 && text != NULL &&
	             find_counter(text, "listed", &out->listed) && find_counter(text, "stranger", &out->stranger) &&
	             find_counter(text, "deny", &out->deny);

	free(text);
	return found;
}
