/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last places: behind the queue, and behind the rules of others. No mark decides here: an opening passes only if
 * our sets have its source, or its source and destination. So the gate rejects an opening by accepting the packet:
 * table filter resets it. If a rule of somebody else accepts it before that, it is dropped in POSTROUTING, before
 * source NAT. There is no -i in POSTROUTING: a source that only `interface` names is refused in FORWARD, and by
 * nft_end.c. */
#include "iptables.h"

#include "iptables_script.h"

static const struct iptables_ends forth = {"src", "dst", "-s", "-d"};

#define RESET "REJECT --reject-with tcp-reset"

static void
print_outbound(FILE *out, const struct kernel_policy *p, const char *chain, const char *target, uint8_t family)
{
	fprintf(out, "-A %s -p tcp -m set --match-set nfqd_deny%u dst -j %s\n", chain, family, target);
	iptables_print_passing(out, p, chain, &forth, family);
	fprintf(out, "-A %s -p tcp -j %s\n", chain, target);
}

void
iptables_print_reset(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	iptables_print_others(out, c, "NFQD", family);
	iptables_print_links(out, c, "NFQD", false, "NFQD-OUT");
	fprintf(out, "-A NFQD -m set --match-set nfqd_lan%u src -g NFQD-OUT\n", family);
	print_outbound(out, p, "NFQD-OUT", RESET, family);
}

void
iptables_print_end(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	iptables_print_others(out, c, "NFQD-END", family);
	/* Only packets of the gateway itself have a socket. */
	fprintf(out, "-A NFQD-END -m owner --socket-exists -g NFQD-END-LOCAL\n");
	iptables_print_outside(out, c, "NFQD-END", false, "NFQD-END-OUT");
	fprintf(out, "-A NFQD-END -m set --match-set nfqd_lan%u src -g NFQD-END-OUT\n", family);
	print_outbound(out, p, "NFQD-END-OUT", "DROP", family);
	if (c->local)
		iptables_print_end_local(c, p, family, out);
}
