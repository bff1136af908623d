/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mac.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"
#include "nfqd/kernel/objects.h"

#define TABLE "inet " NFT_TABLE

#define MOST_TIMEOUT 99999999 /* seconds, three years: nft reads no more digits; the supervisor renews daily */

void
nft_print_elements(FILE *out, const char *set, uint8_t family, const struct element_list *list, int64_t now)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];
	bool any = false;
	int64_t left;

	fprintf(out, "flush set %s\n", set);
	for (size_t i = 0; i < list->count; i++) {
		const struct element *e = &list->items[i];

		if (e->source.addr.family != family)
			continue;
		if (!any)
			fprintf(out, "add element %s {\n", set);
		prefix_print(&e->source, source);
		if (e->to.addr.family == 0)
			fprintf(out, "\t%s", source);
		else if (policy_is_card(&e->to))
			fprintf(out, "\t%s . %s", mac_print(e->to.addr.bytes, to), source);
		else
			fprintf(out, "\t%s . %s", source, prefix_print(&e->to, to));
		left = (e->until - now) / SECOND + 1;
		if (e->until != RULES_FOREVER)
			fprintf(out, " timeout %" PRId64 "s", left < MOST_TIMEOUT ? left : MOST_TIMEOUT);
		fprintf(out, ",\n");
		any = true;
	}
	if (any)
		fprintf(out, "}\n");
}

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
nft_print_from_inside(FILE *out, const struct config *c, const struct kernel_policy *p, const char *chain,
                      const char *to)
{
	char statement[64];

	snprintf(statement, sizeof statement, "goto %s", to);
	nft_print_lan(out, &p->lan, chain, "daddr", "return");
	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "add rule " TABLE " %s iifname \"%s\" %s\n", chain, c->interface[i], statement);
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

/* The piece of a script up to `end`, behind `head` if that is not NULL. */
static int
run_piece(const char *head, const char *at, const char *end, bool more, char why[COMMAND_WHY])
{
	size_t size;
	char *piece = NULL;
	FILE *out = open_memstream(&piece, &size);
	int status = 127;

	if (out == NULL)
		return status;
	if (head != NULL)
		fprintf(out, "%.*s\n", (int)strcspn(head, "\n"), head);
	fwrite(at, 1, (size_t)(end - at), out);
	if (more)
		fprintf(out, "}\n");
	if (fclose(out) == 0)
		status = nft_run(piece, false, why);
	free(piece);
	return status;
}

int
nft_run_pieces(const char *script, char why[COMMAND_WHY])
{
	const char *at = script, *head = NULL, *next_head = NULL;
	unsigned elements = 0;
	int status;

	for (const char *line = script; *line != '\0'; line += strcspn(line, "\n") + 1) {
		if (line[0] != '\t') {
			next_head = strncmp(line, "add element ", strlen("add element ")) == 0 ? line : NULL;
		} else if (++elements > NFT_PIECE) {
			if ((status = run_piece(head, at, line, true, why)) != 0)
				return status;
			head = next_head;
			at = line;
			elements = 1;
		}
	}
	return run_piece(head, at, at + strlen(at), false, why);
}

bool
nft_takes(const char *script, int *known)
{
	const char *const argv[] = {"nft", "-cf", "-", NULL};

	return command_takes(argv, script, known);
}

unsigned
nft_count_rules(const char *script)
{
	unsigned count = 0;

	for (const char *at = script; (at = strstr(at, "add rule inet ")) != NULL; at++)
		count++;
	return count;
}
