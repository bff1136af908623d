/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to nobody: iptables_answers.c explains them. What iptables resets in NFQD-MID, nft_midstream.c does. */
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE

void
nft_print_answers(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	static const char *const chains[] = {"answers", "answers_in", "answers_drop"};

	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", chains[i], chains[i]);
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " forward tcp sport %u jump answers\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " answers tcp flags & (rst | ack) != ack return\n");
	if (p->tracked)
		fprintf(out, "add rule " TABLE " answers ct state established ct direction reply return\n"
		             "add rule " TABLE " answers ct state new,invalid tcp flags & syn == 0 return\n");
	nft_print_lan(out, &p->lan, "answers", "saddr", "return");
	nft_print_links(out, c, "answers", true, "goto answers_in");
	nft_print_lan(out, &p->lan, "answers", "daddr", "goto answers_in");
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *ip = family == 4 ? "ip" : "ip6";

		fprintf(out,
		        "add rule " TABLE " answers_in %s saddr @%sdeny%u goto answers_drop\n"
		        "add rule " TABLE " answers_in %s daddr @%sopen%u return\n"
		        "add rule " TABLE " answers_in %s daddr . %s saddr @%spairs%u return\n"
		        "add rule " TABLE " answers_in %s daddr @%sbound%u return\n",
		        ip, sets, family, ip, sets, family, ip, ip, sets, family, ip, sets, family);
	}
	fprintf(out,
	        "add rule " TABLE " answers_in goto answers_drop\n"
	        "add rule " TABLE " answers_drop limit rate %u/second burst %u packets log group %u\n"
	        "add rule " TABLE " answers_drop drop\n",
	        ANSWERS_LOGGED, ANSWERS_LOGGED, config_queue(c, true, 0));
}
