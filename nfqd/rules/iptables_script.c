/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_script.h"

#include <string.h>

void
iptables_print_ports(FILE *out, const struct config *c)
{
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", c->port.port[i]);
}

/* Of several queues the kernel takes one by a hash of source and destination. */
const char *
iptables_queue(const struct config *c, const struct kernel_policy *p, bool listed, char out[IPTABLES_QUEUE])
{
	unsigned first = config_queue(c, listed, 0);
	const char *bypass = listed ? " --queue-bypass" : "";

	if (p->closed)
		snprintf(out, IPTABLES_QUEUE, "%s", listed ? IPTABLES_LISTED : "-j DROP");
	else if (c->workers > 1)
		snprintf(out, IPTABLES_QUEUE, "-j NFQUEUE --queue-balance %u:%u%s", first, first + c->workers - 1, bypass);
	else
		snprintf(out, IPTABLES_QUEUE, "-j NFQUEUE --queue-num %u%s", first, bypass);
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
