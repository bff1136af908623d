/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fragments. Where the kernel tracks no connections, it does not reassemble them. An opening is judged by the fragment
 * that has its TCP header, so fragments that hide the header are dropped. All others go on. Dropped are:
 *
 *   a first piece that ends before the flags;                                RFC 1858, 3
 *   a later piece that begins within the header, and could write over it;    RFC 3128, RFC 1858, 4
 *   an IPv6 piece that may or may not hold TCP: a first one that ends before its protocol is named, a later one
 *   behind further extension headers.                                        RFC 7112, RFC 8200, 4.5
 *
 * A first piece that shows an enforced port goes through a queue, so that the gate logs it. None of this relies on
 * xt_tcp, which drops some of these as malformed: iptables-nft has another `-m tcp`. */
#include "iptables.h"

#include "nfqd/kernel/iptables_look.h"
#include "iptables_script.h"

/* Any TCP flag: matches with or without "!" if the flags are there, and in neither way if they are not. */
#define FLAG "--tcp-flags FIN FIN"

/* A first piece, or a whole packet, as the chain sees it. */
static void
print_first(FILE *out, const struct config *c, const char *chain)
{
	fprintf(out,
	        "-A %s -p tcp -m tcp " FLAG " -j RETURN\n-A %s -p tcp -m tcp ! " FLAG " -j RETURN\n"
	        "-A %s -p tcp -m multiport --dports ",
	        chain, chain, chain);
	iptables_print_ports(out, c);
	fprintf(out, " -j NFQD\n-A %s -j DROP\n", chain);
}

/* TCP's 20 bytes follow at most 60 of IP: longer packets have the flags. Bulk traffic meets two comparisons. */
static void
print_ipv4(FILE *out, const struct config *c)
{
	fprintf(out, "-A NFQD-HIDDEN -p tcp -f -m u32 --u32 \"0x4&0x1fff=0x1:0x7\" -j DROP\n"
	             "-A NFQD-HIDDEN -m length ! --length 0:79 -j RETURN\n"
	             "-A NFQD-HIDDEN -f -j RETURN\n");
	print_first(out, c, "NFQD-HIDDEN");
}

/* The offset stands in a header whose place is known if no other comes before it. "! -p 255": no protocol at all. */
static void
print_ipv6(FILE *out, const struct config *c)
{
	fprintf(out, "-A NFQD-HIDDEN -m frag --fragfirst -g NFQD-HIDDEN-FIRST\n"
	             "-A NFQD-HIDDEN -p tcp -m u32 ! --u32 \"0x4&0xff00=0x2c00\" -j DROP\n"
	             "-A NFQD-HIDDEN -p tcp -m u32 --u32 \"0x28&0xfff8=0x8:0x38\" -j DROP\n"
	             "-A NFQD-HIDDEN ! -p 255 -j RETURN\n"
	             "-A NFQD-HIDDEN -j DROP\n"
	             "-A NFQD-HIDDEN-FIRST ! -p tcp -j RETURN\n");
	print_first(out, c, "NFQD-HIDDEN-FIRST");
}

void
iptables_print_fragments(const struct config *c, uint8_t family, FILE *out)
{
	if (family == 4)
		print_ipv4(out, c);
	else
		print_ipv6(out, c);
}
