/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last places, as in iptables_last.c: `forward_reset` and `output_reset`, right behind the queue, reset openings;
 * `end`, before all else at postrouting, drops those that have not met them. No mark decides: an opening passes only if
 * our sets have its source, or its source and destination. With the iptables back end, `end` and `end_reset` stand as
 * well (nft_end.c). */
#include "nft.h"
#include "nft_script.h"

#define TABLE "inet " NFT_TABLE
#define RESET "reject with tcp reset"

static void
print_ports(FILE *out, const struct config *c, const char *hook, const char *to)
{
	for (size_t i = 0; i < c->port.count; i++)
		fprintf(out, "add rule " TABLE " %s tcp dport %u goto %s\n", hook, c->port.port[i], to);
	fprintf(out, "add rule " TABLE " %s tcp flags & (syn | ack) != syn return\n", to);
}

static void
print_deny(FILE *out, const char *chain, const char *statement, const char *sets)
{
	fprintf(out, "add rule " TABLE " %s ip daddr @%sdeny4 meta l4proto tcp %s\n", chain, sets, statement);
	fprintf(out, "add rule " TABLE " %s ip6 daddr @%sdeny6 meta l4proto tcp %s\n", chain, sets, statement);
}

static void
print_outbound(FILE *out, const char *chain, const char *statement, const char *sets)
{
	print_deny(out, chain, statement, sets);
	for (unsigned family = 4; family <= 6; family += 2) {
		const char *ip = family == 4 ? "ip" : "ip6";

		fprintf(out,
		        "add rule " TABLE " %s %s saddr @%sopen%u return\n"
		        "add rule " TABLE " %s %s saddr . %s daddr @%spairs%u return\n"
		        "add rule " TABLE " %s %s saddr @%sbound%u return\n",
		        chain, ip, sets, family, chain, ip, ip, sets, family, chain, ip, sets, family);
	}
	fprintf(out, "add rule " TABLE " %s meta l4proto tcp %s\n", chain, statement);
}

/* Rules for openings by the gateway's own processes. */
static void
print_users(FILE *out, const struct kernel_policy *p, const char *chain, const char *statement, const char *sets)
{
	const struct element_list *const passing[] = {&p->users, &p->users_limited};

	print_deny(out, chain, statement, sets);
	for (size_t l = 0; l < sizeof passing / sizeof *passing; l++)
		for (size_t i = 0; i < passing[l]->count; i++) {
			nft_print_user(out, chain, &passing[l]->items[i]);
			fprintf(out, " return\n");
		}
	if (!p->users_open)
		fprintf(out, "add rule " TABLE " %s meta l4proto tcp %s\n", chain, statement);
}

/* The place where openings of the gateway itself are reset. */
struct reset {
	const char *chain, *rules; /* at the output hook; the chain that it leads to */
	int priority;
};

static void
print_reset(const struct config *c, const struct kernel_policy *p, const struct reset *r, const char *sets, FILE *out)
{
	fprintf(out,
	        "add chain " TABLE " %s\nflush chain " TABLE " %s\n"
	        "add chain " TABLE " %s { type filter hook output priority %d; policy accept; }\n"
	        "flush chain " TABLE " %s\n",
	        r->rules, r->rules, r->chain, r->priority, r->chain);
	if (!c->local)
		return;
	print_ports(out, c, r->chain, r->rules);
	nft_print_to_inside(out, p, r->rules);
	print_users(out, p, r->rules, RESET, sets);
}

void
nft_print_end_reset(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	static const struct reset behind_filter = {"end_reset", "end_refused", 10};

	print_reset(c, p, &behind_filter, sets, out);
}

void
nft_print_end(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	static const char *const chains[] = {"end_opening", "end_out", "end_local"};

	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", chains[i], chains[i]);
	fprintf(out, "add chain " TABLE " end { type filter hook postrouting priority -400; policy accept; }\n"
	             "flush chain " TABLE " end\n");
	print_ports(out, c, "end", "end_opening");
	/* Only packets of the gateway itself have a socket, and so a user. */
	fprintf(out, "add rule " TABLE " end_opening meta skuid != 4294967295 goto end_local\n");
	nft_print_from_inside(out, c, p, "end_opening", "end_out");
	print_outbound(out, "end_out", "drop", sets);
	if (!c->local)
		return;
	nft_print_to_inside(out, p, "end_local");
	print_users(out, p, "end_local", "drop", sets);
}

void
nft_print_last(const struct config *c, const struct kernel_policy *p, const char *sets, FILE *out)
{
	static const char *const chains[] = {"reset_opening", "reset_out"};
	static const struct reset behind_queue = {"output_reset", "reset_local", -98};

	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		fprintf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", chains[i], chains[i]);
	fprintf(out, "add chain " TABLE " forward_reset { type filter hook forward priority -148; policy accept; }\n"
	             "flush chain " TABLE " forward_reset\n");
	print_ports(out, c, "forward_reset", "reset_opening");
	nft_print_from_inside(out, c, p, "reset_opening", "reset_out");
	print_outbound(out, "reset_out", RESET, sets);
	nft_print_end(c, p, sets, out);
	print_reset(c, p, &behind_queue, sets, out);
}
