/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shield's rules. Only the forward hook knows where an opening ends: after destination NAT, routed. So it finds out
 * which sources are strangers that open connections outside, and adds an element for each; at raw, where dropping costs
 * least, nothing else makes an opening one of a flood.
 *
 * How each opening is charged once: `add` and `update` run the expressions of an element that is there already, and so
 * does a look-up that finds one; a look-up with `!=` does not. So the element's limit is run at raw, and at forward
 * only by the opening that makes the element. Counters have elements of their own: those of limits may be flushed,
 * which a reload does, and they end some time after they were made, not after the last packet.
 *
 * A counter is memory of each processor, and while packets are handled the kernel hands out only as much of that as it
 * has ready: of 100,000 new sources some hundreds get none. Their elements go into the sets `once`, which need no such
 * memory: an element there is one opening.
 *
 * The cost of a flood is the number of expressions that each packet meets. Traffic to other ports meets one comparison.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/trouble.h"
#include "nfqd/kernel/nft_counter.h"
#include "nfqd/kernel/nft_look.h"
#include "nft_ours.h"
#include "nft_script.h"
#include "shield.h"

#define TABLE "inet " SHIELD_TABLE
#define IDLE 600U /* seconds: a counter is kept so long after the last drop, and a limit at least so long */
/* The limit of all strangers together: this many at their pace, within these bounds a second. */
#define CROWD_HOSTS 50
#define CROWD_LEAST 2000
#define CROWD_MOST 10000
#define LIFE_MOST (7 * 24 * 3600U)
#define NO_SHIELD "there is no shield: every opening of a stranger goes through the daemon"
#define WRITTEN 4 /* prefixes of a family that are cheaper as comparisons than as a set */

static const char *
pace_text(const struct config *c, char buf[80])
{
	const char *unit = c->pace.unit == 's' ? "second" : c->pace.unit == 'm' ? "minute" : "hour";

	snprintf(buf, 80, "limit rate over %u/%s burst %u packets", c->pace.rate, unit, c->pace.burst);
	return buf;
}

/* In seconds. */
static uint64_t
pace_unit(const struct config *c)
{
	return c->pace.unit == 's' ? 1 : c->pace.unit == 'm' ? 60 : 3600;
}

static unsigned
crowd_rate(const struct config *c)
{
	uint64_t rate = CROWD_HOSTS * (uint64_t)c->pace.rate / pace_unit(c);

	return rate < CROWD_LEAST ? CROWD_LEAST : rate > CROWD_MOST ? CROWD_MOST : (unsigned)rate;
}

/* Seconds that a limit lives. A source whose limit ends gets another burst: ten times as long as its burst takes to
 * come back, that adds no more than a tenth to its pace. */
static unsigned
limit_life(const struct config *c)
{
	uint64_t life = 10 * c->pace.burst * pace_unit(c) / c->pace.rate;

	return life < IDLE ? IDLE : life > LIFE_MOST ? LIFE_MOST : (unsigned)life;
}

static void
print_objects(FILE *out)
{
	static const char *const counted[] = {"strangers", "pace", "crowd", "once"};
	static const char *const chains[] = {"known",    "newcomers", "strangers",  "crowd",
	                                     "openings", "outbound",  "prerouting", "forward"};

	fprintf(out, "add table " TABLE "\n");
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *type = family == 4 ? "ipv4_addr" : "ipv6_addr";

		fprintf(out, "add set " TABLE " lan%u { type %s; flags interval; }\n", family, type);
		fprintf(out, "add set " TABLE " open%u { type %s; flags interval, timeout; }\n", family, type);
		fprintf(out, "add set " TABLE " pairs%u { type %s . %s; flags interval, timeout; }\n", family, type,
		        type);
		fprintf(out, "add set " TABLE " cards%u { type ether_addr . %s; flags interval, timeout; }\n", family,
		        type);
		for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
			fprintf(out,
			        "add set " TABLE " %s%u { type %s; flags dynamic, timeout; timeout %us; size %u; }\n",
			        counted[i], family, type, IDLE, SHIELD_ROOM);
	}
	fprintf(out, "add counter " TABLE " " SHIELD_NAMED "\nadd counter " TABLE " " SHIELD_UNNAMED "\n"
	             "add chain " TABLE " strangers\nadd chain " TABLE " crowd\nadd chain " TABLE " openings\n"
	             "add chain " TABLE " outbound\nadd chain " TABLE " newcomers\nadd chain " TABLE " known\n"
	             "add chain " TABLE " prerouting { type filter hook prerouting priority -300; policy accept; }\n"
	             "add chain " TABLE " forward { type filter hook forward priority -151; policy accept; }\n");
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "flush chain " TABLE " %s\n", chains[i]);
}

/* Matches " ip daddr != ..." for inside: in the rule itself if that costs less than a set. */
static void
print_not_inside(FILE *out, const struct element_list *lan, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	bool written = elements_count(lan, family) <= WRITTEN;
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < lan->count; i++)
		written = written && lan->items[i].source.len > 0;
	if (!written)
		fprintf(out, " %s daddr != @lan%u", ip, family);
	for (size_t i = 0; written && i < lan->count; i++)
		if (lan->items[i].source.addr.family == family)
			fprintf(out, " %s daddr != %s", ip, prefix_print(&lan->items[i].source, text));
}

/* Matches openings of one family that go outside without NAT, and are no listed pair. */
static void
print_outbound(FILE *out, const struct kernel_policy *p, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";

	fprintf(out, " meta nfproto ipv%u", family);
	print_not_inside(out, &p->lan, family);
	if (elements_count(&p->pairs, family) > 0)
		fprintf(out, " %s saddr . %s daddr != @pairs%u", ip, ip, family);
}

/* The rule that drops a flood. What goes inside without NAT, listed pairs, and bound sources on their card are known at
 * raw already: a flood elsewhere, or by somebody else with that address, does not hinder them. Cards have a rule of
 * their own, because one that asks for them does not match where there are none. */
static void
print_drop(FILE *out, const struct kernel_policy *p, uint8_t family)
{
	const char *ip = family == 4 ? "ip" : "ip6";

	if (elements_count(&p->bound_cards, family) > 0)
		fprintf(out, "add rule " TABLE " openings ether saddr . %s saddr @cards%u return\n", ip, family);
	fprintf(out, "add rule " TABLE " openings");
	print_outbound(out, p, family);
	fprintf(out, " %s saddr @strangers%u update @pace%u { %s saddr counter } counter name " SHIELD_NAMED " drop\n",
	        ip, family, family, ip);
}

/* At forward: who is a stranger that goes outside. */
static void
print_strangers(FILE *out, const struct config *c)
{
	fprintf(out, "add rule " TABLE " outbound ip daddr @lan4 return\n"
	             "add rule " TABLE " outbound ip6 daddr @lan6 return\n");
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " outbound iifname \"%s\" goto strangers\n", c->interface[i]);
	fprintf(out, "add rule " TABLE " outbound ip saddr @lan4 goto strangers\n"
	             "add rule " TABLE " outbound ip6 saddr @lan6 goto strangers\n"
	             "add rule " TABLE " strangers ip saddr @open4 return\n"
	             "add rule " TABLE " strangers ip saddr . ip daddr @pairs4 return\n"
	             "add rule " TABLE " strangers ether saddr . ip saddr @cards4 return\n"
	             "add rule " TABLE " strangers ip6 saddr @open6 return\n"
	             "add rule " TABLE " strangers ip6 saddr . ip6 daddr @pairs6 return\n"
	             "add rule " TABLE " strangers ether saddr . ip6 saddr @cards6 return\n");
}

/* At forward: strangers get their limits with their first opening. */
static void
print_newcomers(FILE *out, const struct config *c)
{
	char pace[80];

	pace_text(c, pace);
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *ip = family == 4 ? "ip" : "ip6";

		fprintf(out,
		        "add rule " TABLE " strangers %s saddr != @strangers%u goto newcomers\n"
		        "add rule " TABLE " newcomers add @strangers%u { %s saddr timeout %us %s }\n",
		        ip, family, family, ip, limit_life(c), pace);
	}
}

/* Strangers under their pace have a limit for all together: at raw those that are known, at forward the others. They
 * are counted by source as long as the sets have room, the first that gets no counter in `once`. */
static void
print_crowd(FILE *out, const struct config *c, const struct kernel_policy *p)
{
	unsigned rate = crowd_rate(c);
	char limit[80];

	snprintf(limit, sizeof limit, "limit rate over %u/second burst %u packets", rate, rate);
	fprintf(out, "add rule " TABLE " openings ip saddr != @strangers4 return\n"
	             "add rule " TABLE " openings ip6 saddr != @strangers6 return\n");
	for (uint8_t family = 4; family <= 6; family += 2) {
		fprintf(out, "add rule " TABLE " openings");
		print_outbound(out, p, family);
		fprintf(out, " goto known\n");
	}
	fprintf(out,
	        "add rule " TABLE " known %s goto crowd\n"
	        "add rule " TABLE " newcomers %s goto crowd\n"
	        "add rule " TABLE " crowd update @crowd4 { ip saddr counter } counter name " SHIELD_NAMED " drop\n"
	        "add rule " TABLE " crowd update @crowd6 { ip6 saddr counter } counter name " SHIELD_NAMED " drop\n"
	        "add rule " TABLE " crowd ip saddr != @once4 add @once4 { ip saddr } counter name " SHIELD_NAMED
	        " drop\n"
	        "add rule " TABLE " crowd ip6 saddr != @once6 add @once6 { ip6 saddr } counter name " SHIELD_NAMED
	        " drop\n"
	        "add rule " TABLE " crowd counter name " SHIELD_UNNAMED " drop\n",
	        limit, limit);
}

#define SETS 4
static const char *const set_names[SETS] = {"lan", "open", "pairs", "cards"}; /* as shield_state asks for them */

/* The elements of a set, of both families: none while the shield is off. */
static const struct element_list *
elements_of(const struct config *c, const struct kernel_policy *p, size_t set)
{
	static const struct element_list none;
	const struct element_list *const lists[SETS] = {&p->lan, &p->open, &p->pairs, &p->bound_cards};

	return c->pace.burst == 0 ? &none : lists[set];
}

/* The state without a shield: no table, no rule, no set. */
static void
state_of_none(struct rules_state *out)
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
		        "add rule " TABLE " prerouting tcp dport %u tcp flags & (syn | ack) == syn goto openings\n"
		        "add rule " TABLE " forward tcp dport %u tcp flags & (syn | ack) == syn goto outbound\n",
		        c->port.port[i], c->port.port[i]);
	for (uint8_t family = 4; family <= 6; family += 2)
		print_drop(out, p, family);
	print_strangers(out, c);
	print_newcomers(out, c);
	print_crowd(out, c, p);
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
	static int known = -1;

	return nft_takes(probe, &known);
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

bool
shield_apply(const struct config *c, const struct kernel_policy *p, struct rules_state *made)
{
	char *script = NULL, why[COMMAND_WHY];
	size_t size;
	FILE *out;
	bool done = false;

	if (!shield_usable() || (c->pace.burst == 0 && !shield_traces()) || !nft_ours(SHIELD_TABLE, NO_SHIELD)) {
		state_of_none(made);
		return true;
	}
	if ((out = open_memstream(&script, &size)) == NULL)
		return false;
	shield_print(c, p, out);
	if (fclose(out) == 0 && !(done = nft_run_pieces(script, why) == 0))
		trouble("nft refused the shield's rules: %s", why);
	made->shield_rules = script != NULL ? nft_count_rules(script) : 0;
	for (size_t i = 0; i < SETS; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			made->shield_sets =
			        nft_sets_with(made->shield_sets, elements_count(elements_of(c, p, i), family));
	free(script);
	return done && flush_limits();
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
