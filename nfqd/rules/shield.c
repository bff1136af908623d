/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shield's rules. One look-up decides about a stranger: the element of its source carries the limit and the
 * counter. An opening under the pace goes on to the gate, which judges and logs it in full.
 *
 * The cost of a flood is the number of expressions that each packet meets. So the first rules are made for floods: one
 * rule does all, with short lists written into it, and without the matches that the policy does not need. The plain
 * rules after them sort the packets that are left. Traffic to other ports meets one comparison. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "nfqd/kernel/nft_look.h"
#include "nft_script.h"
#include "shield.h"

#define TABLE "inet " SHIELD_TABLE
#define IDLE "10m" /* after this time without an opening a source is forgotten */
#define CROWD "limit rate over 2000/second burst 2000 packets" /* how much the gate gets of all strangers together */
#define WRITTEN 4 /* prefixes of a family that are cheaper as comparisons than as a set */

static const char *
pace_text(const struct config *c, char buf[80])
{
	const char *unit = c->pace.unit == 's' ? "second" : c->pace.unit == 'm' ? "minute" : "hour";

	snprintf(buf, 80, "limit rate over %u/%s burst %u packets", c->pace.rate, unit, c->pace.burst);
	return buf;
}

static void
print_objects(FILE *out)
{
	static const uint8_t families[] = {4, 6};

	fprintf(out, "add table " TABLE "\n");
	for (size_t f = 0; f < 2; f++) {
		const char *type = families[f] == 4 ? "ipv4_addr" : "ipv6_addr";

		fprintf(out, "add set " TABLE " lan%u { type %s; flags interval; }\n", families[f], type);
		fprintf(out, "add set " TABLE " open%u { type %s; flags interval, timeout; }\n", families[f], type);
		fprintf(out, "add set " TABLE " pairs%u { type %s . %s; flags interval, timeout; }\n", families[f],
		        type, type);
		for (size_t i = 0; i < 2; i++)
			fprintf(out,
			        "add set " TABLE " %s%u { type %s; flags dynamic, timeout; timeout " IDLE
			        "; size %u; }\n",
			        i == 0 ? "pace" : "crowd", families[f], type, SHIELD_ROOM);
	}
	fprintf(out, "add counter " TABLE " " SHIELD_NAMED "\nadd counter " TABLE " " SHIELD_UNNAMED "\n"
	             "add chain " TABLE " strangers\nadd chain " TABLE " crowd\nadd chain " TABLE " openings\n"
	             "add chain " TABLE " prerouting { type filter hook prerouting priority -300; policy accept; }\n"
	             "flush chain " TABLE " strangers\nflush chain " TABLE " crowd\nflush chain " TABLE " openings\n"
	             "flush chain " TABLE " prerouting\n");
}

/* The prefixes of a list stand in the rules themselves, as comparisons. */
static bool
written(const struct element_list *list, uint8_t family)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].source.addr.family == family &&
		    (list->items[i].source.len == 0 || list->items[i].until != RULES_FOREVER))
			return false;
	return elements_count(list, family) <= WRITTEN;
}

/* Matches " ip saddr != ..." for all prefixes of a list, which is also the set `name`. */
static void
print_outside(FILE *out, const char *end, const struct element_list *list, const char *name, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char text[PREFIX_TEXT];

	if (!written(list, family)) {
		fprintf(out, " %s %s != @%s%u", ip, end, name, family);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].source.addr.family == family)
			fprintf(out, " %s %s != %s", ip, end, prefix_print(&list->items[i].source, text));
}

/* The rule that drops a flood. `way` matches where it comes in: an interface or a prefix of inside. */
static void
print_drop(FILE *out, const struct config *c, const struct kernel_policy *p, uint8_t family, const char *way)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char pace[80];

	fprintf(out, "add rule " TABLE " openings %s", way);
	print_outside(out, "daddr", &p->lan, "lan", family);
	print_outside(out, "saddr", &p->open, "open", family);
	if (elements_count(&p->pairs, family) > 0)
		fprintf(out, " %s saddr . %s daddr != @pairs%u", ip, ip, family);
	/* To the gateway's own addresses: a port forwarding may lead inside again. */
	fprintf(out,
	        " fib daddr type != local update @pace%u { %s saddr %s counter } counter name " SHIELD_NAMED " drop\n",
	        family, ip, pace_text(c, pace));
}

static void
print_drops(FILE *out, const struct config *c, const struct kernel_policy *p, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char text[PREFIX_TEXT], way[160];

	for (size_t i = 0; i < c->interface_count; i++) {
		snprintf(way, sizeof way, "iifname \"%s\"", c->interface[i]);
		print_drop(out, c, p, family, way);
	}
	if (!written(&p->lan, family)) {
		snprintf(way, sizeof way, "%s saddr @lan%u", ip, family);
		print_drop(out, c, p, family, way);
	}
	for (size_t i = 0; i < p->lan.count && written(&p->lan, family); i++)
		if (p->lan.items[i].source.addr.family == family) {
			snprintf(way, sizeof way, "%s saddr %s", ip, prefix_print(&p->lan.items[i].source, text));
			print_drop(out, c, p, family, way);
		}
}

/* Rules for openings under the pace. Those of strangers have a limit for all together. */
static void
print_rest(FILE *out, const struct config *c)
{
	fprintf(out, "add rule " TABLE " openings ip daddr @lan4 return\n"
	             "add rule " TABLE " openings ip6 daddr @lan6 return\n"
	             "add rule " TABLE " openings fib daddr type local return\n");
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " openings iifname \"%s\" goto strangers\n", c->interface[i]);
	fprintf(out, "add rule " TABLE " openings ip saddr @lan4 goto strangers\n"
	             "add rule " TABLE " openings ip6 saddr @lan6 goto strangers\n"
	             "add rule " TABLE " strangers ip saddr @open4 return\n"
	             "add rule " TABLE " strangers ip saddr . ip daddr @pairs4 return\n"
	             "add rule " TABLE " strangers ip6 saddr @open6 return\n"
	             "add rule " TABLE " strangers ip6 saddr . ip6 daddr @pairs6 return\n");
	/* Each source is under its pace, but together they are too many for the gate. They are counted by source as
	 * long as the sets have room. */
	fprintf(out,
	        "add rule " TABLE " strangers " CROWD " goto crowd\n"
	        "add rule " TABLE " crowd update @crowd4 { ip saddr counter } counter name " SHIELD_NAMED " drop\n"
	        "add rule " TABLE " crowd update @crowd6 { ip6 saddr counter } counter name " SHIELD_NAMED " drop\n"
	        "add rule " TABLE " crowd counter name " SHIELD_UNNAMED " drop\n");
}

#define SETS 3
static const char *const set_names[SETS] = {"lan", "open", "pairs"}; /* as shield_sight asks for them */

/* The elements of a set, of both families: none while the shield is off. */
static const struct element_list *
elements_of(const struct config *c, const struct kernel_policy *p, size_t set)
{
	static const struct element_list none;
	const struct element_list *const lists[SETS] = {&p->lan, &p->open, &p->pairs};

	return c->pace.burst == 0 ? &none : lists[set];
}

/* The state without a shield: no table, no rule, no set. */
static void
sight_of_none(struct rules_sight *out)
{
	out->shield = 0;
	out->shield_rules = 0;
	out->shield_sets = 0;
	for (size_t i = 0; i < 2 * SETS; i++)
		out->shield_sets = nft_sets_with(out->shield_sets, NFT_NO_SET);
}

void
shield_print(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	char set[40];

	print_objects(out);
	for (uint8_t family = 4; family <= 6; family += 2)
		for (size_t i = 0; i < SETS; i++) {
			snprintf(set, sizeof set, TABLE " %s%u", set_names[i], family);
			nft_print_elements(out, set, family, elements_of(c, p, i), p->now);
		}
	if (c->pace.burst == 0)
		return; /* off: the objects stay, since deleting a base chain flushes every queue */
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out,
		        "add rule " TABLE " prerouting tcp dport %u tcp flags & (syn | ack) == syn goto openings\n",
		        c->port.port[i]);
	for (uint8_t family = 4; family <= 6; family += 2)
		print_drops(out, c, p, family);
	print_rest(out, c);
}

bool
shield_usable(void)
{
	static const char probe[] =
	        "add table inet nfqd_probe\n"
	        "add set inet nfqd_probe s { type ipv4_addr; flags dynamic, timeout; timeout 1m; size 16; }\n"
	        "add chain inet nfqd_probe c { type filter hook prerouting priority -300; }\n"
	        "add rule inet nfqd_probe c fib daddr type local return\n"
	        "add rule inet nfqd_probe c update @s { ip saddr limit rate over 1/second burst 5 packets counter } drop\n";

	static int usable = -1; /* the kernel does not change while we run */

	if (usable < 0)
		usable = nft_run(probe, true, NULL) == 0;
	return usable == 1;
}

bool
shield_traces(void)
{
	const char *const argv[] = {"nft", "list", "table", "inet", SHIELD_TABLE, NULL};

	return command_run(argv, NULL, NULL, NULL) == 0;
}

bool
shield_sight(struct rules_sight *out)
{
	static const char *const sets[] = {"lan4", "lan6", "open4", "open6", "pairs4", "pairs6", NULL};
	struct nft_sight seen;

	if (!nft_look(SHIELD_TABLE, sets, &seen)) {
		sight_of_none(out);
		return errno == EINVAL || errno == EOPNOTSUPP; /* a kernel without nftables */
	}
	out->shield = seen.rules;
	out->shield_sets = seen.altered ? ~seen.sets : seen.sets;
	out->shield_rules = seen.count;
	return true;
}

/* Elements keep the limit they were made with, so the sets are emptied for a new pace. */
static bool
pace_changed(const struct config *c)
{
	const char *const argv[] = {"nft", "list", "chain", "inet", SHIELD_TABLE, "openings", NULL};
	char *text, pace[80];
	bool changed = command_run(argv, NULL, &text, NULL) == 0 && text != NULL &&
	               strstr(text, "limit rate over") != NULL && strstr(text, pace_text(c, pace)) == NULL;

	free(text);
	return changed;
}

bool
shield_apply(const struct config *c, const struct kernel_policy *p, struct rules_sight *made)
{
	char *script = NULL, why[COMMAND_WHY];
	size_t size;
	FILE *out;
	bool done = false;

	if (!shield_usable() || (c->pace.burst == 0 && !shield_traces())) {
		sight_of_none(made);
		return true;
	}
	if ((out = open_memstream(&script, &size)) == NULL)
		return false;
	shield_print(c, p, out);
	if (pace_changed(c))
		fprintf(out, "flush set " TABLE " pace4\nflush set " TABLE " pace6\n");
	if (fclose(out) == 0 && !(done = nft_run(script, false, why) == 0))
		log_warnx("nft refused the shield's rules: %s", why);
	made->shield_rules = script != NULL ? nft_count_rules(script) : 0;
	for (size_t i = 0; i < SETS; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			made->shield_sets = nft_sets_with(made->shield_sets, elements_count(elements_of(c, p, i), family));
	free(script);
	return done;
}

bool
shield_remove(void)
{
	return nft_run("add table " TABLE "\ndelete table " TABLE "\n", false, NULL) == 0;
}

bool
shield_empty(void)
{
	return nft_run("flush set " TABLE " pace4\nflush set " TABLE " pace6\n"
	               "flush set " TABLE " crowd4\nflush set " TABLE " crowd6\n",
	               false, NULL) == 0;
}
