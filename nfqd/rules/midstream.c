/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of connections that have been ended (conntrack.c), on their way to an enforced port or back: the kernel takes
 * a connection up again in the middle (nf_conntrack_tcp_loose), from either side. What belongs to no known connection,
 * opens none, and is of a source that the kernel's sets refuse, is answered with a reset. A reset itself may pass, so
 * that the other end learns, too.
 *
 * Known connections never meet these rules, and sources that pass neither. They make the kernel track connections, so
 * they are put in place only where it does so already: elsewhere there is nothing to end. */
#include "midstream.h"

#include <stdio.h>
#include <stdlib.h>

#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/iptables_text.h"
#include "lib/base/log.h"

#define TABLE "inet nfqd"
#define RESET "reject with tcp reset"
#define JUMP "-p tcp -m tcp --tcp-flags SYN,RST NONE -m conntrack --ctstate NEW,INVALID -j NFQD-MID"

/* From inside to an enforced port, and back. */
static const struct direction {
	const char *name, *port;       /* nft: of its chains; where the enforced port stands */
	const char *inside, *outside;  /* nft: which end of a packet is which */
	const char *interface;         /* nft: where `interface` stands */
	const char *chain, *fate;      /* iptables: who it is of; what it gets */
	const char *ports, *src, *dst; /* iptables: the ends for multiport and sets */
	const char *way, *from, *to;   /* iptables: the same for interfaces and prefixes */
} directions[] = {
        {"forth", "dport", "saddr", "daddr", "iifname", "NFQD-MID-FORTH", "NFQD-MID-OUT", "dports", "src", "dst", "-i",
         "-s", "-d"},
        {"back", "sport", "daddr", "saddr", "oifname", "NFQD-MID-BACK", "NFQD-MID-IN", "sports", "dst", "src", "-o",
         "-d", "-s"},
};

#define DIRECTIONS (sizeof directions / sizeof *directions)

bool
midstream_tracked(void)
{
	FILE *in = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
	static bool known; /* the table may be empty for a moment */
	char text[32] = "";

	if (in == NULL)
		return known;
	known = known || (fgets(text, sizeof text, in) != NULL && strtol(text, NULL, 10) > 0);
	fclose(in);
	return known;
}

/* Rules, not a set: see rules_nft.c. */
static void
nft_print_lan(const struct direction *d, const struct element_list *lan, const char *end, const char *statement,
              FILE *out)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < lan->count; i++)
		fprintf(out, "add rule " TABLE " unknown_%s %s %s %s %s\n", d->name,
		        lan->items[i].source.addr.family == 4 ? "ip" : "ip6", end,
		        prefix_print(&lan->items[i].source, text), statement);
}

static void
nft_print_direction(const struct config *c, const struct plan *p, const struct direction *d, FILE *out)
{
	char refuse[32];

	snprintf(refuse, sizeof refuse, "goto refused_%s", d->name);
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " unknown tcp %s %u jump unknown_%s\n", d->port, c->port.port[i],
		        d->name);
	nft_print_lan(d, &p->lan, d->outside, "return", out);
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " unknown_%s %s \"%s\" %s\n", d->name, d->interface, c->interface[i],
		        refuse);
	nft_print_lan(d, &p->lan, d->inside, refuse, out);
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *ip = family == 4 ? "ip" : "ip6";

		fprintf(out,
		        "add rule " TABLE " refused_%s meta l4proto tcp %s %s @deny%u " RESET "\n"
		        "add rule " TABLE " refused_%s %s %s @open%u return\n"
		        "add rule " TABLE " refused_%s %s %s . %s %s @pairs%u return\n",
		        d->name, ip, d->outside, family, d->name, ip, d->inside, family, d->name, ip, d->inside, ip,
		        d->outside, family);
	}
	fprintf(out, "add rule " TABLE " refused_%s meta l4proto tcp " RESET "\n", d->name);
}

void
nft_print_midstream(const struct config *c, const struct plan *p, FILE *out)
{
	static const char *const chains[] = {"unknown", "unknown_forth", "unknown_back", "refused_forth",
	                                     "refused_back"};

	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", chains[i], chains[i]);
	fprintf(out, "add chain " TABLE " midstream { type filter hook forward priority -149; policy accept; }\n"
	             "flush chain " TABLE " midstream\n"
	             "add rule " TABLE " midstream ct state new,invalid tcp flags & (syn | rst) == 0 jump unknown\n");
	for (size_t i = 0; i < DIRECTIONS; i++)
		nft_print_direction(c, p, &directions[i], out);
}

static void
iptables_print_direction(const struct config *c, const struct plan *p, const struct direction *d, uint8_t family,
                         bool pairs, FILE *out)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];

	fprintf(out, "-A NFQD-MID -p tcp -m multiport --%s ", d->ports);
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", c->port.port[i]);
	fprintf(out, " -j %s\n", d->chain);
	fprintf(out, "-A %s -m set --match-set nfqd_lan%u %s -j RETURN\n", d->chain, family, d->dst);
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "-A %s %s %s -g %s\n", d->chain, d->way, c->interface[i], d->fate);
	fprintf(out, "-A %s -m set --match-set nfqd_lan%u %s -g %s\n", d->chain, family, d->src, d->fate);
	fprintf(out, "-A %s -p tcp -m set --match-set nfqd_deny%u %s -j REJECT --reject-with tcp-reset\n", d->fate,
	        family, d->dst);
	fprintf(out, "-A %s -m set --match-set nfqd_open%u %s -j RETURN\n", d->fate, family, d->src);
	if (pairs)
		fprintf(out, "-A %s -m set --match-set nfqd_pairs%u %s,%s -j RETURN\n", d->fate, family, d->src,
		        d->dst);
	for (size_t i = 0; !pairs && i < p->pairs.count; i++) /* few packets come here: rules will do */
		if (p->pairs.items[i].source.addr.family == family)
			fprintf(out, "-A %s %s %s %s %s -j RETURN\n", d->fate, d->from,
			        prefix_print(&p->pairs.items[i].source, source), d->to,
			        prefix_print(&p->pairs.items[i].to, to));
	fprintf(out, "-A %s -p tcp -j REJECT --reject-with tcp-reset\n", d->fate);
}

static void
iptables_print_family(const struct config *c, const struct plan *p, uint8_t family, bool jump, FILE *out)
{
	bool pairs = iptables_has_pairs();

	fprintf(out, "*filter\n:NFQD-MID - [0:0]\n");
	for (size_t i = 0; i < DIRECTIONS; i++)
		fprintf(out, ":%s - [0:0]\n:%s - [0:0]\n", directions[i].chain, directions[i].fate);
	for (size_t i = 0; i < DIRECTIONS; i++)
		iptables_print_direction(c, p, &directions[i], family, pairs, out);
	if (jump)
		fprintf(out, "-I FORWARD 1 " JUMP "\n");
	fprintf(out, "COMMIT\n");
}

void
iptables_print_midstream(const struct config *c, const struct plan *p, FILE *out)
{
	for (size_t t = 0; t < TOOLS; t++) {
		fprintf(out, "# %s --noflush\n", iptables_tools[t].restore);
		iptables_print_family(c, p, iptables_tools[t].family, true, out);
	}
}

bool
nft_apply_midstream(const struct config *c, const struct plan *p, unsigned *rules, char why[COMMAND_WHY])
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);
	bool done = false;

	if (out != NULL) {
		nft_print_midstream(c, p, out);
		done = fclose(out) == 0 && nft_run(script, false, why) == 0;
		*rules += done ? nft_count_rules(script) : 0;
	}
	free(script);
	return done;
}

static bool
iptables_apply_family(const struct config *c, const struct plan *p, const struct tool *t, unsigned *rules,
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
iptables_apply_midstream(const struct config *c, const struct plan *p, unsigned *rules, char why[COMMAND_WHY])
{
	for (size_t t = 0; t < TOOLS; t++)
		if (!iptables_apply_family(c, p, &iptables_tools[t], rules, why))
			return false;
	return true;
}
