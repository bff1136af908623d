/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_script.h"

#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/objects.h"

#define TABLE "inet " NFT_TABLE

const char *
nft_queue(const struct config *c, const struct kernel_policy *p, bool listed, char out[NFT_QUEUE])
{
	static const struct queue_words words = {.listed = NFT_LISTED,
	                                         .drop = "drop",
	                                         .one = "queue num ",
	                                         .several = "queue num ",
	                                         .to = "-",
	                                         .bypass = " bypass"};

	queue_print(&words, c, p->closed, listed, out);
	return out;
}

const char *
nft_family(const struct prefix *prefix)
{
	return prefix->addr.family == 4 ? "ip" : "ip6";
}

void
nft_print_lan(FILE *out, const struct element_list *lan, const char *chain, const char *end, const char *statement)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < lan->count; i++)
		fprintf(out, "add rule " TABLE " %s %s %s %s %s\n", chain, nft_family(&lan->items[i].source), end,
		        prefix_print(&lan->items[i].source, text), statement);
}

void
nft_print_links(FILE *out, const struct config *c, const char *chain, bool back, const char *statement)
{
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " %s %s \"%s\" %s\n", chain, back ? "oifname" : "iifname",
		        c->interface[i], statement);
	for (size_t i = 0; i < c->outside_count; i++)
		fprintf(out, "add rule " TABLE " %s %s \"%s\" %s\n", chain, back ? "iifname" : "oifname", c->outside[i],
		        statement);
}

void
nft_print_from_inside(FILE *out, const struct config *c, const struct kernel_policy *p, const char *chain,
                      const char *to)
{
	char statement[64];

	snprintf(statement, sizeof statement, "goto %s", to);
	nft_print_lan(out, &p->lan, chain, "daddr", "return");
	nft_print_links(out, c, chain, false, statement);
	nft_print_lan(out, &p->lan, chain, "saddr", statement);
}

void
nft_print_to_inside(FILE *out, const struct kernel_policy *p, const char *chain)
{
	fprintf(out, "add rule " TABLE " %s fib daddr type local return\n", chain);
	nft_print_lan(out, &p->lan, chain, "daddr", "return");
}

void
nft_print_user(FILE *out, const char *chain, const struct element *user)
{
	char to[PREFIX_TEXT];

	fprintf(out, "add rule " TABLE " %s meta skuid %u", chain, element_user(user));
	if (user->to.addr.family != 0)
		fprintf(out, " %s daddr %s", nft_family(&user->to), prefix_print(&user->to, to));
}

int
nft_run(const char *input, bool check, char why[COMMAND_WHY])
{
	const char *const argv[] = {"nft", check ? "-cf" : "-f", "-", NULL};

	return command_run(argv, input, NULL, why);
}

FILE *
nft_script_begin(struct nft_script *s)
{
	s->text = NULL;
	s->out = open_memstream(&s->text, &s->size);
	return s->out;
}

unsigned
nft_script_rules(struct nft_script *s)
{
	return fflush(s->out) == 0 ? nft_count_rules(s->text) : 0;
}

bool
nft_script_run(struct nft_script *s, char why[COMMAND_WHY])
{
	bool done = fclose(s->out) == 0 && nft_run(s->text, false, why) == 0;

	free(s->text);
	return done;
}

bool
nft_takes(const char *script, enum feature f)
{
	const char *const argv[] = {"nft", "-cf", "-", NULL};

	return features_have(f, argv, script);
}

unsigned
nft_count_rules(const char *script)
{
	unsigned count = 0;

	for (const char *at = script; (at = strstr(at, "add rule inet ")) != NULL; at++)
		count++;
	return count;
}
