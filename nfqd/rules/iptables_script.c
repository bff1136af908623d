/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_script.h"

#include <string.h>

void
iptables_print_ports(FILE *out, const struct config *c)
{
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", c->port.port[i]);
}

const char *
iptables_queue(const struct config *c, const struct kernel_policy *p, bool listed, char out[IPTABLES_QUEUE])
{
	static const struct queue_words words = {.listed = IPTABLES_LISTED,
	                                         .drop = "-j DROP",
	                                         .one = "-j NFQUEUE --queue-num ",
	                                         .several = "-j NFQUEUE --queue-balance ",
	                                         .to = ":",
	                                         .bypass = " --queue-bypass"};

	queue_print(&words, c, p->closed, listed, out);
	return out;
}

unsigned
iptables_count_rules(const char *script)
{
	unsigned count = 0;

	for (const char *at = script; (at = strstr(at, "-A NFQD")) != NULL; at++)
		count++;
	return count;
}
