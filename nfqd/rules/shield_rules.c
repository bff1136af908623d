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
#include "shield_rules.h"

#include "nfqd/kernel/objects.h"

#define TABLE "inet " SHIELD_TABLE
#define IDLE 600U /* seconds: a counter is kept so long after the last drop, and a limit at least so long */
/* The limit of all strangers together: this many at their pace, within these bounds a second. */
#define CROWD_HOSTS 50
#define CROWD_LEAST 2000
#define CROWD_MOST 10000
#define LIFE_MOST (7 * 24 * 3600U)
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

const char *const shield_set_names[SHIELD_SETS] = {"lan", "open", "pairs", "cards"};

static void
print_set(FILE *out, size_t set, unsigned family)
{
	const char *type = family == 4 ? "ipv4_addr" : "ipv6_addr";
	const char *first = set == SHIELD_PAIRS ? type : set == SHIELD_CARDS ? "ether_addr" : "";

	fprintf(out, "add set " TABLE " %s%u { type %s%s%s; flags interval%s; }\n", shield_set_names[set], family,
	        first, first[0] != '\0' ? " . " : "", type, set == SHIELD_LAN ? "" : ", timeout");
}

void
shield_print_objects(FILE *out)
{
	static const char *const counted[] = {"strangers", "pace", "crowd", "once"};
	static const char *const chains[] = {"known",    "newcomers", "strangers",  "crowd",
	                                     "openings", "outbound",  "prerouting", "forward"};

	fprintf(out, "add table " TABLE "\n");
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *type = family == 4 ? "ipv4_addr" : "ipv6_addr";

		for (size_t i = 0; i < SHIELD_SETS; i++)
			print_set(out, i, family);
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
	for (size_t i = 0; i < c->outside_count; i++)
		fprintf(out, "add rule " TABLE " outbound oifname \"%s\" goto strangers\n", c->outside[i]);
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

const struct element_list *
shield_elements(const struct config *c, const struct kernel_policy *p, size_t set)
{
	static const struct element_list none;
	const struct element_list *const lists[SHIELD_SETS] = {&p->lan, &p->open, &p->pairs, &p->bound_cards};

	return c->pace.burst == 0 ? &none : lists[set];
}

void
shield_print_empty(FILE *out, bool used)
{
	shield_print_objects(out);
	for (unsigned family = 4; family <= 6; family += 2)
		for (size_t i = 0; i < SHIELD_SETS; i++) {
			fprintf(out, "%s set " TABLE " %s%u\n", used ? "flush" : "delete", shield_set_names[i], family);
			if (!used)
				print_set(out, i, family);
		}
}

void
shield_print_rules(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	if (c->pace.burst == 0)
		return;
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
