/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fragments, where the kernel does not reassemble them: iptables_fragments.c explains which are dropped. */
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE

void
nft_print_fragments(const struct config *c, FILE *out)
{
	fprintf(out, "add chain " TABLE " pieces\nadd chain " TABLE " first_piece\n"
	             "flush chain " TABLE " pieces\nflush chain " TABLE " first_piece\n"
	             "add rule " TABLE " forward ip protocol tcp ip frag-off & 0x1fff 1-7 drop\n"
	             "add rule " TABLE " forward ip frag-off & 0x1fff != 0 return\n"
	             "add rule " TABLE " forward ip frag-off & 0x2000 != 0 jump first_piece\n"
	             "add rule " TABLE " forward exthdr frag exists jump pieces\n"
	             "add rule " TABLE " forward frag frag-off != 0 return\n");
	/* IPv6. Where the protocol is not known, no match on l4proto holds, not even !=. */
	fprintf(out, "add rule " TABLE " pieces frag frag-off 0 goto first_piece\n"
	             "add rule " TABLE " pieces frag nexthdr tcp frag frag-off 1-7 drop\n"
	             "add rule " TABLE " pieces meta l4proto != 255 return\n"
	             "add rule " TABLE " pieces drop\n");
	/* One of the two matches if the flags are there, and neither if they are not. */
	fprintf(out, "add rule " TABLE " first_piece meta l4proto != tcp return\n"
	             "add rule " TABLE " first_piece tcp flags & fin == fin return\n"
	             "add rule " TABLE " first_piece tcp flags & fin != fin return\n");
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " first_piece tcp dport %u jump opening\n", c->port.port[i]);
	fprintf(out, "add rule " TABLE " first_piece drop\n");
}
