/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of connections that have been ended (conntrack.c), on their way to an enforced port or back: the kernel takes
 * a connection up again in the middle (nf_conntrack_tcp_loose), from either side. These rules reset a packet that
 * belongs to no known connection, opens none, and has a source that the kernel's sets refuse. A reset itself may pass,
 * so that the other end closes, too.
 *
 * Packets of known connections do not meet these rules. The rules make the kernel track connections, so they are
 * applied only where it does so already: elsewhere no connection can be ended. */
#include "nft.h"

#include "nft_script.h"

#define TABLE "inet " NFT_TABLE
#define RESET "reject with tcp reset"

/* From inside to an enforced port, and back. */
static const struct direction {
	const char *name, *port;      /* of its chains; where the enforced port stands */
	const char *inside, *outside; /* which end of a packet is which */
	bool back;                    /* as nft_print_links has it */
} directions[] = {
        {"forth", "dport", "saddr", "daddr", false},
        {"back", "sport", "daddr", "saddr", true},
};

#define DIRECTIONS (sizeof directions / sizeof *directions)

static void
nft_print_direction(const struct config *c, const struct kernel_policy *p, const struct direction *d, const char *sets,
                    FILE *out)
{
	char unknown[32], refuse[32], text[PREFIX_TEXT];

	snprintf(unknown, sizeof unknown, "unknown_%s", d->name);
	snprintf(refuse, sizeof refuse, "goto refused_%s", d->name);
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " unknown tcp %s %u jump unknown_%s\n", d->port, c->port.port[i],
		        d->name);
	nft_print_lan(out, &p->lan, unknown, d->outside, "return");
	nft_print_links(out, c, unknown, d->back, refuse);
	nft_print_lan(out, &p->lan, unknown, d->inside, refuse);
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *ip = family == 4 ? "ip" : "ip6";

		fprintf(out,
		        "add rule " TABLE " refused_%s meta l4proto tcp %s %s @%sdeny%u " RESET "\n"
		        "add rule " TABLE " refused_%s %s %s @%sopen%u return\n"
		        "add rule " TABLE " refused_%s %s %s . %s %s @%spairs%u return\n",
		        d->name, ip, d->outside, sets, family, d->name, ip, d->inside, sets, family, d->name, ip,
		        d->inside, ip, d->outside, sets, family);
	}
	/* Connections are tracked without cards: packets of a bound host and of an impostor look the same, and pass. */
	for (size_t i = 0; i < p->bound.count; i++)
		fprintf(out, "add rule " TABLE " refused_%s %s %s %s return\n", d->name,
		        nft_family(&p->bound.items[i].source), d->inside,
		        prefix_print(&p->bound.items[i].source, text));
	fprintf(out, "add rule " TABLE " refused_%s meta l4proto tcp " RESET "\n", d->name);
}

void
nft_print_midstream(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	static const char *const chains[] = {"unknown", "unknown_forth", "unknown_back", "refused_forth",
	                                     "refused_back"};

	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", chains[i], chains[i]);
	fprintf(out, "add chain " TABLE " midstream { type filter hook forward priority -149; policy accept; }\n"
	             "flush chain " TABLE " midstream\n"
	             "add rule " TABLE " midstream ct state new,invalid tcp flags & (syn | rst) == 0 jump unknown\n");
	for (size_t i = 0; i < DIRECTIONS; i++)
		nft_print_direction(c, p, &directions[i], sets, out);
}

bool
nft_apply_midstream(const struct config *c, const struct kernel_policy *p, unsigned *rules, char why[COMMAND_WHY])
{
	struct nft_script script;
	unsigned count;

	if (nft_script_begin(&script) == NULL)
		return false;
	nft_print_midstream(c, p, "", script.out);
	count = nft_script_rules(&script);
	if (!nft_script_run(&script, why))
		return false;
	*rules += count;
	return true;
}
