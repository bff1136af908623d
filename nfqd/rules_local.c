/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `local`: openings by the gateway's own processes, at the output hook, into the same queues as all others. A user has
 * a rule, not an element of a set: sets know no users. Through lo, and to inside, nothing is outbound. */
#include "rules_local.h"

#define TABLE "inet nfqd"

static const char *
family_name(const struct prefix *prefix)
{
	return prefix->addr.family == 4 ? "ip" : "ip6";
}

static void
nft_print_users(const struct config *c, const struct plan *p, FILE *out)
{
	char to[PREFIX_TEXT];

	for (size_t i = 0; i < p->users.count; i++) {
		const struct element *e = &p->users.items[i];

		fprintf(out, "add rule " TABLE " local meta skuid %u", plan_user(e));
		if (e->to.addr.family != 0)
			fprintf(out, " %s daddr %s", family_name(&e->to), prefix_print(&e->to, to));
		fprintf(out, " counter name listed queue num %u bypass\n", c->queue);
	}
	if (p->users_open)
		fprintf(out, "add rule " TABLE " local counter name listed queue num %u bypass\n", c->queue);
	else
		fprintf(out, "add rule " TABLE " local counter name stranger queue num %u\n", c->queue + 1U);
}

void
nft_print_local(const struct config *c, const struct plan *p, FILE *out)
{
	char lan[PREFIX_TEXT];

	fprintf(out, "add chain " TABLE " local\nflush chain " TABLE " local\n"
	             "add chain " TABLE " output { type filter hook output priority -150; policy accept; }\n"
	             "add chain " TABLE " output_answer { type filter hook output priority -149; policy accept; }\n"
	             "flush chain " TABLE " output\nflush chain " TABLE " output_answer\n");
	if (!c->local)
		return;
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " output tcp dport %u goto local\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " local tcp flags & (syn | ack) != syn return\n"
	             "add rule " TABLE " local oifname \"lo\" return\n");
	for (size_t i = 0; i < p->lan.count; i++)
		fprintf(out, "add rule " TABLE " local %s daddr %s return\n", family_name(&p->lan.items[i].source),
		        prefix_print(&p->lan.items[i].source, lan));
	fprintf(out,
	        "add rule " TABLE " local ip daddr @deny4 counter name deny queue num %u\n"
	        "add rule " TABLE " local ip6 daddr @deny6 counter name deny queue num %u\n",
	        c->queue + 1U, c->queue + 1U);
	nft_print_users(c, p, out);
	nft_print_answer(out, c, "output_answer");
}

void
iptables_print_local(const struct config *c, const struct plan *p, uint8_t family, FILE *out)
{
	char to[PREFIX_TEXT];

	fprintf(out, "-A NFQD-LOCAL -o lo -j RETURN\n-A NFQD-LOCAL -p tcp -m multiport ! --dports ");
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", c->port.port[i]);
	fprintf(out,
	        " -j RETURN\n-A NFQD-LOCAL -m set --match-set nfqd_lan%u dst -j RETURN\n"
	        "-A NFQD-LOCAL -m set --match-set nfqd_deny%u dst -m comment --comment \"nfqd deny\""
	        " -j NFQUEUE --queue-num %u\n",
	        family, family, c->queue + 1U);
	for (size_t i = 0; i < p->users.count; i++) {
		const struct element *e = &p->users.items[i];

		if (e->to.addr.family != 0 && e->to.addr.family != family)
			continue;
		fprintf(out, "-A NFQD-LOCAL");
		if (e->to.addr.family != 0)
			fprintf(out, " -d %s", prefix_print(&e->to, to));
		fprintf(out,
		        " -m owner --uid-owner %u -m comment --comment \"nfqd listed\""
		        " -j NFQUEUE --queue-num %u --queue-bypass\n",
		        plan_user(e), c->queue);
	}
	fprintf(out, "-A NFQD-LOCAL -m comment --comment \"nfqd %s\" -j NFQUEUE --queue-num %u%s\n",
	        p->users_open ? "listed" : "stranger", p->users_open ? c->queue : c->queue + 1U,
	        p->users_open ? " --queue-bypass" : "");
}
