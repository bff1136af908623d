/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_sets.h"

#include <inttypes.h>
#include <stddef.h>

#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/objects.h"
#include "nft_elements.h"

#define TABLE "inet " NFT_TABLE

/* The sets that the last place asks come first. */
static const struct set {
	const char *name;
	enum element_kind kind;
	const char *flags;
	size_t list; /* offset of its elements in struct kernel_policy */
} sets[] = {{"deny", ELEMENT_ONE, "interval", offsetof(struct kernel_policy, deny)},
            {"open", ELEMENT_ONE, "interval, timeout", offsetof(struct kernel_policy, open)},
            {"pairs", ELEMENT_PAIR, "interval, timeout", offsetof(struct kernel_policy, pairs)},
            {"bound", ELEMENT_ONE, "interval, timeout", offsetof(struct kernel_policy, bound)},
            {"cards", ELEMENT_CARD, "interval, timeout", offsetof(struct kernel_policy, cards)},
            {"max", ELEMENT_ONE, "interval, timeout", offsetof(struct kernel_policy, max)},
            {"max_pairs", ELEMENT_PAIR, "interval, timeout", offsetof(struct kernel_policy, max_pairs)},
            {"max_cards", ELEMENT_CARD, "interval, timeout", offsetof(struct kernel_policy, max_cards)}};

#define SETS (sizeof sets / sizeof *sets)
#define END_SETS 4

static size_t
sets_of(bool end)
{
	return end ? END_SETS : SETS;
}

/* Declares a set. */
static void
print_set(FILE *out, const struct set *s, const char *prefix, uint8_t family)
{
	const char *type = family == 4 ? "ipv4_addr" : "ipv6_addr";

	fprintf(out, "add set " TABLE " %s%s%u { type %s%s%s; flags %s; }\n", prefix, s->name, family,
	        s->kind == ELEMENT_PAIR   ? type
	        : s->kind == ELEMENT_CARD ? "ether_addr"
	                                  : "",
	        s->kind != ELEMENT_ONE ? " . " : "", type, s->flags);
}

void
nft_sets_print(const struct kernel_policy *p, bool end, const char *prefix, FILE *out)
{
	char name[48];

	fprintf(out, "add table " TABLE "\n");
	for (size_t i = 0; i < sets_of(end); i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			print_set(out, &sets[i], prefix, family);
			snprintf(name, sizeof name, TABLE " %s%s%u", prefix, sets[i].name, family);
			nft_print_elements(out, name, family, kernel_policy_list(p, sets[i].list), p->now);
		}
}

void
nft_sets_print_declarations(FILE *out)
{
	fprintf(out, "add table " TABLE "\n");
	for (size_t i = 0; i < SETS; i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			print_set(out, &sets[i], "", family);
}

void
nft_sets_print_empty(bool end, bool used, const char *prefix, FILE *out)
{
	fprintf(out, "add table " TABLE "\n");
	for (size_t i = 0; i < sets_of(end); i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			print_set(out, &sets[i], prefix, family);
			if (used) {
				fprintf(out, "flush set " TABLE " %s%s%u\n", prefix, sets[i].name, family);
				continue;
			}
			fprintf(out, "delete set " TABLE " %s%s%u\n", prefix, sets[i].name, family);
			print_set(out, &sets[i], prefix, family);
		}
}

bool
nft_sets_fill(const struct kernel_policy *p, bool end, const char *prefix)
{
	char name[32];

	for (size_t i = 0; i < sets_of(end); i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			snprintf(name, sizeof name, "%s%s%u", prefix, sets[i].name, family);
			if (!nft_fill_elements(NFT_TABLE, name, family, kernel_policy_list(p, sets[i].list), p->now))
				return false;
		}
	return true;
}

void
nft_sets_print_deletion(bool end, const char *prefix, FILE *out)
{
	for (size_t i = 0; i < sets_of(end); i++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			print_set(out, &sets[i], prefix, family);
			fprintf(out, "delete set " TABLE " %s%s%u\n", prefix, sets[i].name, family);
		}
}

void
nft_sets_print_ends(const struct kernel_policy *p, FILE *out)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];

	for (size_t i = 0; i < END_SETS; i++) {
		const struct element_list *list = kernel_policy_list(p, sets[i].list);

		for (size_t n = 0; n < list->count; n++) {
			const struct element *e = &list->items[n];

			fprintf(out, "%s %s", sets[i].name, prefix_print(&e->source, source));
			if (sets[i].kind == ELEMENT_PAIR)
				fprintf(out, " %s", prefix_print(&e->to, to));
			fprintf(out, " %" PRId64 "\n", e->until);
		}
	}
}

const char *const *
nft_sets_names(bool end)
{
	static const char *const all[] = {"deny4",      "deny6",      "open4",      "open6",      "pairs4", "pairs6",
	                                  "bound4",     "bound6",     "cards4",     "cards6",     "max4",   "max6",
	                                  "max_pairs4", "max_pairs6", "max_cards4", "max_cards6", NULL};
	static const char *const last[] = {"deny4",  "deny6",  "open4",  "open6", "pairs4",
	                                   "pairs6", "bound4", "bound6", NULL};

	return end ? last : all;
}

uint64_t
nft_sets_hash(const struct kernel_policy *p, bool end)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < sets_of(end); i++)
		for (uint8_t family = 4; family <= 6; family += 2)
			hash = nft_sets_with(hash, elements_count(kernel_policy_list(p, sets[i].list), family));
	return hash;
}
