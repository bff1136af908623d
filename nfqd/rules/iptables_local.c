/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `local`: openings by the gateway's own processes, at the OUTPUT hook, treated like all others. A user has a
 * rule, not an element of a set: sets know no users. Through lo, and to inside, nothing is outbound. */
#include "iptables.h"
#include "iptables_script.h"

void
iptables_print_local(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	char open[IPTABLES_QUEUE], closed[IPTABLES_QUEUE];

	iptables_queue(c, p, true, open);
	iptables_queue(c, p, false, closed);
	fprintf(out, "-A NFQD-LOCAL -o lo -j RETURN\n-A NFQD-LOCAL -p tcp -m multiport ! --dports ");
	iptables_print_ports(out, c);
	fprintf(out,
	        " -j RETURN\n-A NFQD-LOCAL -m set --match-set nfqd_lan%u dst -j RETURN\n"
	        "-A NFQD-LOCAL -m set --match-set nfqd_deny%u dst -m comment --comment \"nfqd deny\""
	        " %s\n",
	        family, family, closed);
	for (size_t i = 0; i < p->users.count; i++)
		if (iptables_print_user(out, "NFQD-LOCAL", &p->users.items[i], family))
			fprintf(out, " -m comment --comment \"nfqd listed\" %s\n",
			        p->users.items[i].max ? open : IPTABLES_LISTED);
	if (p->users_open)
		fprintf(out, "-A NFQD-LOCAL -m comment --comment \"nfqd listed\" " IPTABLES_LISTED "\n");
	else
		fprintf(out, "-A NFQD-LOCAL -m comment --comment \"nfqd stranger\" %s\n", closed);
}
