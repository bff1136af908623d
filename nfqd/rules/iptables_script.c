/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_script.h"

#include <string.h>

#include "ipset.h"
#include "lib/base/link.h"

void
iptables_print_ports(FILE *out, const struct config *c)
{
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", c->port.port[i]);
}

void
iptables_print_others(FILE *out, const struct config *c, const char *chain, uint8_t family)
{
	fprintf(out, "-A %s -p tcp -m multiport ! --dports ", chain);
	iptables_print_ports(out, c);
	fprintf(out, " -j RETURN\n-A %s -m set --match-set nfqd_lan%u dst -j RETURN\n", chain, family);
}

/* iptables has '+' where the configuration has '*'. */
static void
print_link(FILE *out, const char *chain, const char *option, const char *name, const char *to)
{
	size_t size = strlen(name);
	bool all = link_is_pattern(name);

	fprintf(out, "-A %s %s %.*s%s -g %s\n", chain, option, (int)(size - all), name, all ? "+" : "", to);
}

void
iptables_print_outside(FILE *out, const struct config *c, const char *chain, bool back, const char *to)
{
	for (size_t i = 0; i < c->outside_count; i++)
		print_link(out, chain, back ? "-i" : "-o", c->outside[i], to);
}

void
iptables_print_links(FILE *out, const struct config *c, const char *chain, bool back, const char *to)
{
	for (size_t i = 0; i < c->interface_count; i++)
		print_link(out, chain, back ? "-o" : "-i", c->interface[i], to);
	iptables_print_outside(out, c, chain, back, to);
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

/* Pairs without an end; where the kernel has no set for pairs, those with one are among the limited. */
static void
print_pairs(FILE *out, const struct kernel_policy *p, const char *chain, const struct iptables_ends *ends,
            uint8_t family)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];

	for (size_t i = 0; i < p->pairs.count; i++)
		if (p->pairs.items[i].source.addr.family == family && p->pairs.items[i].until == RULES_FOREVER)
			fprintf(out, "-A %s %s %s %s %s -j RETURN\n", chain, ends->inside_is,
			        prefix_print(&p->pairs.items[i].source, source), ends->outside_is,
			        prefix_print(&p->pairs.items[i].to, to));
}

void
iptables_print_passing(FILE *out, const struct kernel_policy *p, const char *chain, const struct iptables_ends *ends,
                       uint8_t family)
{
	fprintf(out, "-A %s -m set --match-set nfqd_open%u %s -j RETURN\n", chain, family, ends->inside);
	if (ipset_has_pairs())
		fprintf(out, "-A %s -m set --match-set nfqd_pairs%u %s,%s -j RETURN\n", chain, family, ends->inside,
		        ends->outside);
	else
		print_pairs(out, p, chain, ends, family);
	fprintf(out, "-A %s -m set --match-set nfqd_limited%u %s -j RETURN\n", chain, family, ends->inside);
}

unsigned
iptables_count_rules(const char *script)
{
	unsigned count = 0;

	for (const char *at = script; (at = strstr(at, "-A NFQD")) != NULL; at++)
		count++;
	return count;
}
