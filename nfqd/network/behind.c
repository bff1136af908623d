/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prefixes behind this machine (inside.h) are judged if lan has their addresses, or if they come in through a
 * configured interface.
 *
 * The remedy is always the same, also for a network that is to send freely: it stands in lan, and is allowed. */
#include "inside.h"
#include "parts.h"

#include <stdio.h>
#include <string.h>

#define SEEN 64 /* prefixes that are told apart */
#define TOLD 6

struct behind {
	const struct machine_route *route[SEEN]; /* that are not in lan; the first ones */
	size_t count;
};

static const struct node *
lan_of(const struct policy *p)
{
	return policy_nodes(p) + p->lan.first;
}

/* All of the prefix is in lan, by one of its prefixes or by several together. */
static bool
is_in_lan(const struct policy *p, const struct prefix *whole)
{
	const struct node *lan = lan_of(p);
	struct prefix half = {whole->addr, (uint8_t)(whole->len + 1)};
	bool parts = false;

	for (uint32_t i = 0; i < p->lan.count; i++) {
		if (prefix_covers(&lan[i].prefix, whole))
			return true;
		parts = parts || prefix_covers(whole, &lan[i].prefix);
	}
	if (!parts || !is_in_lan(p, &half))
		return false;
	half.addr.bytes[whole->len / 8] |= (uint8_t)(0x80 >> whole->len % 8);
	return is_in_lan(p, &half);
}

bool
findings_meet_lan(const struct policy *p, const struct prefix *prefix)
{
	const struct node *lan = lan_of(p);

	for (uint32_t i = 0; i < p->lan.count; i++)
		if (prefix_covers(&lan[i].prefix, prefix) || prefix_covers(prefix, &lan[i].prefix))
			return true;
	return false;
}

bool
findings_lan_here(const struct making *w, const struct machine_link *link)
{
	const struct machine *m = w->machine;

	for (size_t i = 0; i < m->route_count; i++)
		if (!machine_is_default(&m->routes[i].to) && (link == NULL || m->routes[i].link == link->index) &&
		    findings_meet_lan(w->config->policy, &m->routes[i].to))
			return true;
	return false;
}

bool
findings_in_judged(const struct config *c, const struct machine *m, const struct machine_link *link)
{
	return config_has_link(c->interface, c->interface_count, machine_incoming(m, link));
}

/* Openings of the family are judged whatever their source, since all default routes lead through `outside`. */
static bool
out_judged(const struct making *w, uint8_t family)
{
	const struct machine *m = w->machine;

	for (size_t i = 0; i < m->link_count; i++)
		if (inside_outer(&m->links[i], family) &&
		    !config_has_link(w->config->outside, w->config->outside_count, m->links[i].name))
			return false;
	return true;
}

static bool
is_known(const struct behind *b, const struct machine_route *r)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->route[i]->link == r->link && prefix_covers(&b->route[i]->to, &r->to))
			return true;
	return false;
}

/* What is behind this machine and not in lan. `all`: also where `interface` or `outside` have it judged. */
static void
find_missing(const struct making *w, bool all, struct behind *out)
{
	const struct machine *m = w->machine;
	const bool open[2] = {inside_has_outer(m, 4) && (all || !out_judged(w, 4)),
	                      inside_has_outer(m, 6) && (all || !out_judged(w, 6))};

	for (size_t i = 0; i < m->route_count; i++) {
		const struct machine_route *r = &m->routes[i];
		const struct machine_link *l = open[r->to.addr.family == 6] ? inside_link(m, r) : NULL;

		if (l == NULL || (!all && findings_in_judged(w->config, m, l)) ||
		    is_in_lan(w->config->policy, &r->to) || is_known(out, r))
			continue;
		if (out->count < SEEN)
			out->route[out->count++] = r;
	}
}

/* "port 25", "ports 25 and 465" or, of many, "enforced ports". */
static const char *
ports(const struct config *c, char buf[64])
{
	if (c->port.count == 1)
		snprintf(buf, 64, "port %u", c->port.port[0]);
	else if (c->port.count == 2)
		snprintf(buf, 64, "ports %u and %u", c->port.port[0], c->port.port[1]);
	else
		snprintf(buf, 64, "enforced ports");
	return buf;
}

static bool
has_family(const struct policy *p, uint8_t family)
{
	return family == 4 ? p->lan.count4 > 0 : p->lan.count > p->lan.count4;
}

static void
tell_missing(struct making *w, const struct machine_route *r)
{
	const struct policy *p = w->config->policy;
	const struct machine_link *l = machine_link(w->machine, r->link);
	char prefix[PREFIX_TEXT], port[64];

	prefix_print(&r->to, prefix);
	ports(w->config, port);
	if (!has_family(p, r->to.addr.family))
		findings_add(
		        w, FINDING_MISSING, prefix,
		        "IPv%u is forwarded, but lan has no IPv%u prefix: openings from %s (%s) to %s pass unseen; "
		        "add it to lan, and allow what may send",
		        r->to.addr.family, r->to.addr.family, prefix, l->name, port);
	else
		findings_add(w, FINDING_MISSING, prefix,
		             "%s (%s) is %s in lan: openings from there to %s pass unseen; add it to lan, and allow "
		             "what may send",
		             prefix, l->name, findings_meet_lan(p, &r->to) ? "only partly" : "not", port);
}

static void
tell_all_missing(struct making *w)
{
	struct behind b = {.count = 0};

	find_missing(w, false, &b);
	for (size_t i = 0; i < b.count && i < TOLD; i++)
		tell_missing(w, b.route[i]);
	if (b.count > TOLD) /* without a number: customers come and go */
		findings_add(w, FINDING_MISSING, "more",
		             "more prefixes behind this machine are not in lan than these %d", TOLD);
}

/* A prefix that has other people's networks, too. */
static bool
is_everything(const struct prefix *p)
{
	return p->addr.family == 4 ? p->len < 8 : p->len < 16 && !inside_begins(p, "fc00::/7");
}

static bool
find_everything(struct making *w)
{
	const struct policy *p = w->config->policy;
	const struct node *lan = lan_of(p);
	char text[PREFIX_TEXT];

	for (uint32_t i = 0; i < p->lan.count; i++) {
		const struct config_line *line = &w->config->lines[lan[i].line];

		if (!is_everything(&lan[i].prefix))
			continue;
		findings_add(
		        w, FINDING_EVERYTHING, prefix_print(&lan[i].prefix, text),
		        "lan %s at %s:%u has addresses outside: openings to there are not outbound, and pass unseen; "
		        "name the networks behind this machine alone",
		        text, line->file, line->number);
		return true;
	}
	return false;
}

/* None of lan's prefixes is here, but this route is. */
static void
tell_elsewhere(struct making *w, const char *lan, const struct machine_route *r)
{
	const struct machine_link *l = machine_link(w->machine, r->link);
	char here[PREFIX_TEXT], port[64], unseen[128] = "";

	if (!findings_in_judged(w->config, w->machine, l) && !out_judged(w, r->to.addr.family))
		snprintf(unseen, sizeof unseen, "; openings from there to %s pass unseen", ports(w->config, port));
	findings_add(
	        w, FINDING_LAN, lan,
	        "lan is of another network: no route but the default one leads to %s, and %s (%s), which is behind "
	        "this machine, is not in it%s",
	        lan, prefix_print(&r->to, here), l->name, unseen);
}

/* True: none of lan's prefixes is here. */
static bool
find_elsewhere(struct making *w)
{
	struct behind b = {.count = 0};
	char lan[PREFIX_TEXT];

	if (w->machine->cut || findings_lan_here(w, NULL))
		return false;
	find_missing(w, true, &b);
	prefix_print(&lan_of(w->config->policy)->prefix, lan);
	if (b.count > 0)
		tell_elsewhere(w, lan, b.route[0]);
	else if (inside_has_outer(w->machine, 4) || inside_has_outer(w->machine, 6))
		findings_add(w, FINDING_LAN, lan,
		             "lan is of another network: no route but the default one leads to %s, so nothing of it is "
		             "behind this machine",
		             lan);
	return true;
}

static bool
forwards_any(const struct machine *m)
{
	for (size_t i = 0; i < m->link_count; i++)
		if (m->links[i].forwards4 || m->links[i].forwards6)
			return true;
	return false;
}

void
findings_behind(struct making *w)
{
	if (!find_everything(w) && w->machine->asked && forwards_any(w->machine) && !find_elsewhere(w))
		tell_all_missing(w);
}

void
findings_forwarding(struct making *w)
{
	if (w->machine->asked && !forwards_any(w->machine))
		findings_add(w, FINDING_FORWARDING, "",
		             "this machine forwards neither IPv4 nor IPv6 (net.ipv4.ip_forward, "
		             "net.ipv6.conf.all.forwarding): nothing passes it that could be refused");
}
