/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nft back end: one script, one transaction, safe to apply again and again. Base chains are created once and only
 * flushed afterwards: deleting one makes the kernel flush every queue of the namespace.
 *
 * Rules change in one step, sets do not: while a transaction is under way, a look-up in a set may miss an element that
 * was there before and is there after (seen on Linux 6.1, in 100 reloads under traffic). So whatever decides that an
 * opening is ours to judge is a plain comparison, and a set may only decide how it is: a miss in `open` is no worse than
 * the closed queue, where the gate knows better; a miss in `max` lets one opening of a listed host pass uncounted. */
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/tool.h"
#include "lib/base/log.h"
#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/objects.h"
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE
/* ip or ip6: the same rules, the same order as policy_decide's. */
static void
print_family(FILE *out, const struct config *c, const struct plan *p, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char max[NFT_QUEUE], closed[NFT_QUEUE];

	nft_queue(c, true, max);
	nft_queue(c, false, closed);
	fprintf(out, "add rule " TABLE " outbound %s daddr @deny%u counter name deny %s\n", ip, family, closed);
	if (p->has_max)
		fprintf(out,
		        "add rule " TABLE " outbound %s saddr @max%u counter name listed %s\n"
		        "add rule " TABLE " outbound %s saddr . %s daddr @max_pairs%u counter name listed %s\n",
		        ip, family, max, ip, ip, family, max);
	fprintf(out, "add rule " TABLE " outbound %s saddr @open%u counter name listed " NFT_LISTED "\n", ip, family);
	fprintf(out, "add rule " TABLE " outbound %s saddr . %s daddr @pairs%u counter name listed " NFT_LISTED "\n", ip,
	        ip, family);
}

/* Somebody else's mark on what passes must not look like a refusal. */
static void
print_listed(FILE *out, const struct config *c)
{
	fprintf(out,
	        "add rule " TABLE " listed meta mark & 0x%x == 0x%x meta mark set meta mark & 0x%x\n"
	        "add rule " TABLE " listed log group %u accept\n",
	        c->mark_mask, c->mark, ~c->mark_mask, config_queue(c, true, 0));
}

/* A rule for each prefix of the LAN. */
static void
print_lan(FILE *out, const struct element_list *lan, const char *end, const char *statement)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < lan->count; i++)
		fprintf(out, "add rule " TABLE " opening %s %s %s %s\n",
		        lan->items[i].source.addr.family == 4 ? "ip" : "ip6", end,
		        prefix_print(&lan->items[i].source, text), statement);
}

void
nft_print(const struct config *c, const struct plan *p, FILE *out)
{
	static const struct {
		const char *name, *flags;
	} sets[] = {{"deny", "interval"},
	            {"open", "interval, timeout"},
	            {"pairs", "interval, timeout"},
	            {"max", "interval, timeout"},
	            {"max_pairs", "interval, timeout"}};
	static const char *const counters[] = {"listed", "stranger", "deny"};
	static const uint8_t families[] = {4, 6};
	char closed[NFT_QUEUE];

	fprintf(out, "add table " TABLE "\n");
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		for (size_t f = 0; f < 2; f++) {
			const char *type = families[f] == 4 ? "ipv4_addr" : "ipv6_addr";
			bool pair = strstr(sets[i].name, "pairs") != NULL;

			fprintf(out, "add set " TABLE " %s%u { type %s%s%s; flags %s; }\n", sets[i].name, families[f],
			        type, pair ? " . " : "", pair ? type : "", sets[i].flags);
		}
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		fprintf(out, "add counter " TABLE " %s\n", counters[i]);
	/* Right behind mangle (-150), where others set marks: at the same priority the chain that was made last goes
	 * first, and a mark set between the gate's verdict and `answer` would look like a refusal. */
	fprintf(out, "add chain " TABLE " outbound\nadd chain " TABLE " opening\n"
	             "add chain " TABLE " hidden\nadd chain " TABLE " listed\nflush chain " TABLE " listed\n"
	             "add chain " TABLE " forward { type filter hook forward priority -149; policy accept; }\n"
	             "add chain " TABLE " answer { type filter hook forward priority -148; policy accept; }\n"
	             "flush chain " TABLE " hidden\nflush chain " TABLE " outbound\nflush chain " TABLE " opening\n"
	             "flush chain " TABLE " forward\nflush chain " TABLE " answer\n");
	for (size_t f = 0; f < 2; f++) {
		nft_print_elements(out, TABLE, "deny", families[f], &p->deny, p->now);
		nft_print_elements(out, TABLE, "open", families[f], &p->open, p->now);
		nft_print_elements(out, TABLE, "pairs", families[f], &p->pairs, p->now);
		nft_print_elements(out, TABLE, "max", families[f], &p->max, p->now);
		nft_print_elements(out, TABLE, "max_pairs", families[f], &p->max_pairs, p->now);
	}
	/* A fragment that begins inside the TCP header is made to hide the flags from us (RFC 3128). */
	fprintf(out, "add rule " TABLE " forward ip protocol tcp ip frag-off & 0x1fff == 1 drop\n"
	             "add rule " TABLE " forward frag nexthdr tcp frag frag-off 1 drop\n"
	             "add rule " TABLE " forward ip frag-off & 0x1fff != 0 return\n"
	             "add rule " TABLE " forward frag frag-off != 0 return\n");
	/* So is an IPv6 packet whose first fragment ends before its protocol is named (RFC 7112): l4proto is then
	 * nothing, and no rule with it matches. */
	fprintf(out, "add rule " TABLE " hidden meta l4proto != 255 return\n"
	             "add rule " TABLE " hidden drop\n"
	             "add rule " TABLE " forward frag more-fragments 1 jump hidden\n");
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " forward tcp dport %u goto opening\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " opening tcp flags & (syn | ack) != syn return\n");
	print_lan(out, &p->lan, "daddr", "return");
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " opening iifname \"%s\" goto outbound\n", c->interface[i]);
	print_lan(out, &p->lan, "saddr", "goto outbound");
	print_family(out, c, p, 4);
	print_family(out, c, p, 6);
	print_listed(out, c);
	fprintf(out, "add rule " TABLE " outbound counter name stranger %s\n", nft_queue(c, false, closed));
	nft_print_answer(out, c, "answer");
	nft_print_local(c, p, out);
}

bool
nft_usable(void)
{
	/* Everything that kernels differ in, checked without changing anything. */
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe s { type ipv4_addr . ipv4_addr; flags interval, timeout; }\n"
	        "add chain inet nfqd_probe c { type filter hook forward priority -149; }\n"
	        "add rule inet nfqd_probe c counter queue num 25 bypass\n"
	        "add rule inet nfqd_probe c log group 25 accept\n";

	return nft_run(probe, true, NULL) == 0;
}

bool
nft_sight(struct rules_sight *out)
{
	static const char *const sets[] = {"deny4",  "deny6",  "open4", "open6",      "pairs4",
	                                   "pairs6", "max4",   "max6",  "max_pairs4", "max_pairs6", NULL};
	struct nft_sight seen;

	if (!nft_look(NFT_TABLE, sets, &seen))
		return false;
	out->gate = seen.rules;
	out->sets = seen.sets;
	out->rules += seen.count;
	out->passed = seen.altered;
	return true;
}

uint64_t
nft_stamp(void)
{
	return 0; /* nft tells of every change */
}

bool
nft_traces(void)
{
	const char *const argv[] = {"nft", "list", "table", "inet", "nfqd", NULL};

	return command_run(argv, NULL, NULL, NULL) == 0;
}

bool
nft_apply(const struct config *c, const struct plan *p, bool anew, struct rules_sight *made)
{
	const struct element_list *const lists[] = {&p->deny, &p->open, &p->pairs, &p->max,
	                                             &p->max_pairs}; /* as nft_sight asks for them */
	char *script = NULL, why[COMMAND_WHY];
	size_t size;
	FILE *out = open_memstream(&script, &size);
	bool done = false;

	(void)anew; /* it always is */
	if (out != NULL) {
		nft_print(c, p, out);
		if (fclose(out) == 0 && !(done = nft_run(script, false, why) == 0))
			log_warnx("nft refused our rules: %s", why);
		made->rules += script != NULL ? nft_count_rules(script) : 0;
	}
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			made->sets = nft_sets_with(made->sets, plan_count(lists[i], family));
	free(script);
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
