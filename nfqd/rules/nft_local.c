/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `local`: openings by the gateway's own processes, at the output hook, treated like all others. A user has
 * a rule, not an element of a set: sets know no users. Through lo, and to inside, nothing is outbound. */
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet nfqd"

static const char *
family_name(const struct prefix *prefix)
{
	return prefix->addr.family == 4 ? "ip" : "ip6";
}

static void
nft_print_users(const struct config *c, const struct plan *p, FILE *out)
{
	char to[PREFIX_TEXT], open[NFT_QUEUE], closed[NFT_QUEUE];

	nft_queue(c, true, open);
	nft_queue(c, false, closed);
	for (size_t i = 0; i < p->users.count; i++) {
		const struct element *e = &p->users.items[i];

		fprintf(out, "add rule " TABLE " local meta skuid %u", plan_user(e));
		if (e->to.addr.family != 0)
			fprintf(out, " %s daddr %s", family_name(&e->to), prefix_print(&e->to, to));
		fprintf(out, " counter name listed %s\n", e->max ? open : NFT_LISTED);
	}
	if (p->users_open)
		fprintf(out, "add rule " TABLE " local counter name listed " NFT_LISTED "\n");
	else
		fprintf(out, "add rule " TABLE " local counter name stranger %s\n", closed);
}

void
nft_print_local(const struct config *c, const struct plan *p, FILE *out)
{
	char lan[PREFIX_TEXT], closed[NFT_QUEUE];

	fprintf(out, "add chain " TABLE " local\nflush chain " TABLE " local\n"
	             "add chain " TABLE " output { type filter hook output priority -149; policy accept; }\n"
	             "add chain " TABLE " output_answer { type filter hook output priority -148; policy accept; }\n"
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
	        "add rule " TABLE " local ip daddr @deny4 counter name deny %s\n"
	        "add rule " TABLE " local ip6 daddr @deny6 counter name deny %s\n",
	        nft_queue(c, false, closed), closed);
	nft_print_users(c, p, out);
	nft_print_answer(out, c, "output_answer");
}
