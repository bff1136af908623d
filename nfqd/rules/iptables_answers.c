/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to nobody. An accomplice outside may open a connection in the name of a host inside, whose answers the server
 * sends here; no opening of the host's is seen. So what comes from an enforced port outside to a host that the policy
 * refuses is dropped, unless it is the reply in a connection that the kernel knows. One that began outside makes
 * nothing of it a reply: the accomplice can open that as well, from the server's address and port, for the kernel to
 * take the server's segments for the accomplice's. Segments without SYN that belong to none are left to NFQD-MID where
 * that stands, which resets them. Openings are no answers: a server inside has the enforced port on its own side. What
 * NFLOG reports of it is limited, what is dropped is not. */
#include "iptables.h"

#include "iptables_script.h"

static const struct iptables_ends back = {"dst", "src", "-d", "-s"};

void
iptables_print_answers(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	fprintf(out, "-A NFQD-BACK -p tcp -m multiport ! --sports ");
	iptables_print_ports(out, c);
	fprintf(out, " -j RETURN\n");
	if (p->tracked)
		fprintf(out,
		        "-A NFQD-BACK -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN\n"
		        "-A NFQD-BACK -p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate INVALID,NEW -j RETURN\n");
	fprintf(out, "-A NFQD-BACK -m set --match-set nfqd_lan%u src -j RETURN\n", family);
	iptables_print_links(out, c, "NFQD-BACK", true, "NFQD-BACK-IN");
	fprintf(out,
	        "-A NFQD-BACK -m set --match-set nfqd_lan%u dst -g NFQD-BACK-IN\n"
	        "-A NFQD-BACK-IN -m set --match-set nfqd_deny%u src -g NFQD-BACK-DROP\n",
	        family, family);
	iptables_print_passing(out, p, "NFQD-BACK-IN", &back, family);
	fprintf(out,
	        "-A NFQD-BACK-IN -g NFQD-BACK-DROP\n"
	        "-A NFQD-BACK-DROP -m limit --limit %u/sec --limit-burst %u -j NFLOG --nflog-group %u\n"
	        "-A NFQD-BACK-DROP -j DROP\n",
	        ANSWERS_LOGGED, ANSWERS_LOGGED, config_queue(c, true, 0));
}
