/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of connections that have been ended, as in nft_midstream.c; the rules are in table filter. */
#include "iptables.h"

#include <stdlib.h>

#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/iptables_text.h"
#include "ipset.h"
#include "iptables_script.h"

#define JUMP "-p tcp -m tcp --tcp-flags SYN,RST NONE -m conntrack --ctstate NEW,INVALID -j NFQD-MID"

/* From inside to an enforced port, and back. */
static const struct direction {
	const char *chain, *refused; /* the chain of this direction; the chain that refuses */
	const char *ports;           /* where the enforced port stands */
	bool back;                   /* as iptables_print_links has it */
	struct iptables_ends at;
} directions[] = {
        {"NFQD-MID-FORTH", "NFQD-MID-OUT", "dports", false, {"src", "dst", "-s", "-d"}},
        {"NFQD-MID-BACK", "NFQD-MID-IN", "sports", true, {"dst", "src", "-d", "-s"}},
};

#define DIRECTIONS (sizeof directions / sizeof *directions)

static void
iptables_print_direction(const struct config *c, const struct kernel_policy *p, const struct direction *d,
                         uint8_t family, FILE *out)
{
	bool pairs = ipset_has_pairs();
	char source[PREFIX_TEXT], to[PREFIX_TEXT];

	fprintf(out, "-A NFQD-MID -p tcp -m multiport --%s ", d->ports);
	iptables_print_ports(out, c);
	fprintf(out, " -j %s\n", d->chain);
	fprintf(out, "-A %s -m set --match-set nfqd_lan%u %s -j RETURN\n", d->chain, family, d->at.outside);
	iptables_print_links(out, c, d->chain, d->back, d->refused);
	fprintf(out, "-A %s -m set --match-set nfqd_lan%u %s -g %s\n", d->chain, family, d->at.inside, d->refused);
	fprintf(out, "-A %s -p tcp -m set --match-set nfqd_deny%u %s -j REJECT --reject-with tcp-reset\n", d->refused,
	        family, d->at.outside);
	fprintf(out, "-A %s -m set --match-set nfqd_open%u %s -j RETURN\n", d->refused, family, d->at.inside);
	if (pairs)
		fprintf(out, "-A %s -m set --match-set nfqd_pairs%u %s,%s -j RETURN\n", d->refused, family,
		        d->at.inside, d->at.outside);
	for (size_t i = 0; !pairs && i < p->pairs.count; i++) /* few packets come here, so rules are fast enough */
		if (p->pairs.items[i].source.addr.family == family)
			fprintf(out, "-A %s %s %s %s %s -j RETURN\n", d->refused, d->at.inside_is,
			        prefix_print(&p->pairs.items[i].source, source), d->at.outside_is,
			        prefix_print(&p->pairs.items[i].to, to));
	for (size_t i = 0; i < p->bound.count; i++) /* as in nft_midstream.c */
		if (p->bound.items[i].source.addr.family == family)
			fprintf(out, "-A %s %s %s -j RETURN\n", d->refused, d->at.inside_is,
			        prefix_print(&p->bound.items[i].source, source));
	fprintf(out, "-A %s -p tcp -j REJECT --reject-with tcp-reset\n", d->refused);
}

static void
iptables_print_family(const struct config *c, const struct kernel_policy *p, uint8_t family, bool jump, FILE *out)
{
	fprintf(out, "*filter\n:NFQD-MID - [0:0]\n");
	for (size_t i = 0; i < DIRECTIONS; i++)
		fprintf(out, ":%s - [0:0]\n:%s - [0:0]\n", directions[i].chain, directions[i].refused);
	for (size_t i = 0; i < DIRECTIONS; i++)
		iptables_print_direction(c, p, &directions[i], family, out);
	if (jump)
		fprintf(out, "-I FORWARD 1 " JUMP "\n");
	fprintf(out, "COMMIT\n");
}

void
iptables_print_midstream(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	(void)sets; /* sets keep their names: a swap changes one in one step */
	for (size_t t = 0; t < TOOLS; t++) {
		fprintf(out, "# %s --noflush\n", iptables_tools[t].restore);
		iptables_print_family(c, p, iptables_tools[t].family, true, out);
	}
}

static bool
iptables_apply_family(const struct config *c, const struct kernel_policy *p, const struct tool *t, unsigned *rules,
                      char why[COMMAND_WHY])
{
	const char *const argv[] = {t->restore, "--noflush", NULL};
	char *filter = iptables_save(t, "filter", false), *script = NULL;
	size_t size;
	FILE *out = filter != NULL ? open_memstream(&script, &size) : NULL;
	bool done = false;

	if (out != NULL) {
		iptables_print_family(c, p, t->family, !iptables_has_line(filter, "-A FORWARD", "-j NFQD-MID"), out);
		done = fclose(out) == 0 && command_run(argv, script, NULL, why) == 0;
		*rules += done ? iptables_count_rules(script) + 1 : 0; /* and the jump, new or not */
	}
	free(script);
	free(filter);
	return done;
}

bool
iptables_apply_midstream(const struct config *c, const struct kernel_policy *p, unsigned *rules, char why[COMMAND_WHY])
{
	for (size_t t = 0; t < TOOLS; t++)
		if (!iptables_apply_family(c, p, &iptables_tools[t], rules, why))
			return false;
	return true;
}
