/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `local`: openings by the gateway's own processes, at the output hook behind destination NAT, treated like all others.
 * A user has a rule, not an element of a set: sets know no users. To the gateway itself, and to inside, nothing is
 * outbound. (The interface says nothing here: it is the one from before NAT.) */
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE

static void
print_users(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	char open[NFT_QUEUE], closed[NFT_QUEUE];

	nft_queue(c, p, true, open);
	nft_queue(c, p, false, closed);
	for (size_t i = 0; i < p->users.count; i++) {
		nft_print_user(out, "local", &p->users.items[i]);
		fprintf(out, " counter name listed %s\n", p->users.items[i].max ? open : NFT_LISTED);
	}
	if (p->users_open)
		fprintf(out, "add rule " TABLE " local counter name listed " NFT_LISTED "\n");
	else
		fprintf(out, "add rule " TABLE " local counter name stranger %s\n", closed);
}

void
nft_print_local(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	char closed[NFT_QUEUE];

	fprintf(out, "add chain " TABLE " local\nflush chain " TABLE " local\n"
	             "add chain " TABLE " output_ends { type filter hook output priority -99; policy accept; }\n"
	             "flush chain " TABLE " output_ends\n");
	if (!c->local)
		return;
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " output_ends tcp dport %u goto local\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " local tcp flags & (syn | ack) != syn return\n");
	nft_print_to_inside(out, p, "local");
	if (sets == NULL) {
		fprintf(out, "add rule " TABLE " local counter name stranger %s\n", nft_queue(c, p, false, closed));
		return;
	}
	fprintf(out,
	        "add rule " TABLE " local ip daddr @%sdeny4 counter name deny %s\n"
	        "add rule " TABLE " local ip6 daddr @%sdeny6 counter name deny %s\n",
	        sets, nft_queue(c, p, false, closed), sets, closed);
	print_users(c, p, out);
}
