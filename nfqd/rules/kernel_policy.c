/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the places where any prefix of the policy begins or ends cut the address space into stretches on
 * which the policy is constant (cuts.c). Each stretch is asked: do its sources pass whatever the destination, and until
 * when (passing.c)? Neighbours with the same answer are joined and written as prefixes. For allow lines with `to`, the
 * same is done for each destination they name, over the stretches inside those lines' prefixes only. */
#include "kernel_policy.h"

#include <stdlib.h>

#include "cuts.h"
#include "passing.h"

static void
add(struct kernel_policy *k, struct element_list *list, const struct prefix *source, const struct prefix *to)
{
	struct element e = {.source = *source, .until = RULES_FOREVER};

	if (to != NULL)
		e.to = *to;
	if (!elements_add(list, &e))
		k->failed = true;
}

enum question { PASSES, BOUND, LIMITED };

/* A search among the stretches from `begin` up to, without, `end`, for those whose answer is a time. */
struct sweep {
	enum question question;
	struct passing_wanted wanted;
	size_t begin, end;
};

/* The time until which the answer is yes; 0: it is no. */
static int64_t
answer(struct kernel_policy *k, const struct policy *p, const struct sweep *what, const struct addr *a)
{
	switch (what->question) {
	case BOUND:
		return passing_bound(p, what->wanted.card, a, k->now);
	case LIMITED:
		return passing_limited(p, a, k->now);
	default:
		return passing_until(p, &what->wanted, a, k->now, &k->next);
	}
}

/* Adds the stretches that pass to `list`, joined where the answer is the same. */
static void
sweep(struct kernel_policy *k, const struct policy *p, const struct sweep *what, const struct cuts *cuts,
      struct element_list *list)
{
	struct element joined = {.until = 0}; /* `until` is the answer of the stretches being joined */
	size_t first = what->begin;

	if (what->wanted.to != NULL)
		joined.to = *what->wanted.to;
	else if (what->wanted.card != NULL)
		joined.to = *what->wanted.card;
	for (size_t i = what->begin; i < what->end; i++) {
		struct addr a = cuts_addr(cuts, i);
		int64_t until = answer(k, p, what, &a);

		if (i > what->begin && until == joined.until)
			continue;
		if (i > what->begin && joined.until != 0 && !cuts_add(cuts, first, i, list, &joined))
			k->failed = true;
		joined.until = until;
		first = i;
	}
	if (what->end > what->begin && joined.until != 0 && !cuts_add(cuts, first, what->end, list, &joined))
		k->failed = true;
}

static bool
make_source_cuts(const struct policy *p, uint8_t family, struct cuts *cuts)
{
	const struct node_list *lists[] = {&p->sources, &p->ranges};

	if (!cuts_begin(cuts, family, (size_t)p->sources.count + p->ranges.count))
		return false;
	for (size_t l = 0; l < 2; l++)
		for (uint32_t i = lists[l]->first; i < lists[l]->first + lists[l]->count; i++)
			cuts_around(cuts, &policy_nodes(p)[i].prefix);
	cuts_sort(cuts);
	return true;
}

/* A destination prefix or a card that some allow lines name, and the source prefix of one of them. Destinations are cut
 * where others begin or end, so that they are equal or apart. */
struct atom {
	struct prefix to, source;
};

static int
atom_cmp(const void *a, const void *b)
{
	const struct atom *x = a, *y = b;
	int order = prefix_cmp(&x->to, &y->to);

	return order != 0 ? order : prefix_cmp(&x->source, &y->source);
}

static bool
make_to_cuts(const struct policy *p, uint8_t family, struct cuts *cuts)
{
	if (!cuts_begin(cuts, family, p->to_count))
		return false;
	for (uint32_t i = 0; i < p->to_count; i++)
		cuts_around(cuts, policy_to(p) + i);
	cuts_sort(cuts);
	return true;
}

/* The atoms of one line's destination, as elements whose source is the line's. */
static void
cut_destination(struct kernel_policy *k, const struct prefix *source, const struct prefix *to,
                const struct cuts *to_cuts, struct element_list *atoms)
{
	static const struct element piece;
	size_t begin, end;

	cuts_find(to_cuts, to, &begin, &end);
	for (size_t i = begin; i < end; i++) {
		struct element_list pieces = {0};

		if (!cuts_add(to_cuts, i, i + 1, &pieces, &piece))
			k->failed = true;
		for (size_t n = 0; n < pieces.count; n++)
			add(k, atoms, source, &pieces.items[n].source);
		free(pieces.items);
	}
}

/* Every allow line with `to`. */
static void
make_atoms(struct kernel_policy *k, const struct policy *p, const struct cuts *to_cuts, struct element_list *atoms)
{
	const struct node *nodes = policy_nodes(p) + p->sources.first;

	for (uint32_t n = 0; n < p->sources.count; n++) {
		if (nodes[n].prefix.addr.family != to_cuts->family)
			continue;
		for (uint32_t r = nodes[n].rule; r < nodes[n].rule + nodes[n].rule_count; r++) {
			const struct rule *rule = policy_rules(p) + r;

			for (uint32_t t = rule->to; t < rule->to + rule->to_count; t++)
				if (policy_to(p)[t].addr.family == to_cuts->family)
					cut_destination(k, &nodes[n].prefix, policy_to(p) + t, to_cuts, atoms);
		}
	}
}

/* The atoms without those inside others; how many. An array of the caller's, NULL if memory is short. */
static struct atom *
widest_atoms(struct kernel_policy *k, const struct element_list *elements, size_t *count)
{
	struct atom *atoms = calloc(elements->count + 1, sizeof *atoms);

	*count = 0;
	if (atoms == NULL) {
		k->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < elements->count; i++)
		atoms[i] = (struct atom){elements->items[i].to, elements->items[i].source};
	qsort(atoms, elements->count, sizeof *atoms, atom_cmp);
	for (size_t i = 0; i < elements->count; i++)
		if (i == 0 || prefix_cmp(&atoms[i].to, &atoms[*count - 1].to) != 0 ||
		    !prefix_covers(&atoms[*count - 1].source, &atoms[i].source))
			atoms[(*count)++] = atoms[i];
	return atoms;
}

static void
make_pairs(struct kernel_policy *k, const struct policy *p, const struct cuts *cuts)
{
	struct element_list elements = {0};
	struct cuts to_cuts;
	struct atom *atoms;
	size_t count;

	if (!make_to_cuts(p, cuts->family, &to_cuts)) {
		k->failed = true;
		return;
	}
	make_atoms(k, p, &to_cuts, &elements);
	cuts_free(&to_cuts);
	atoms = widest_atoms(k, &elements, &count);
	for (size_t i = 0; i < count; i++) {
		struct sweep what = {.wanted = {.least = PASSING_FREE, .to = &atoms[i].to}};

		cuts_find(cuts, &atoms[i].source, &what.begin, &what.end);
		sweep(k, p, &what, cuts, &k->pairs);
		what.wanted.least = PASSING_MAX;
		if (k->has_max)
			sweep(k, p, &what, cuts, &k->max_pairs);
	}
	free(atoms);
	free(elements.items);
}

/* Every line with cards. */
static void
make_card_atoms(struct kernel_policy *k, const struct policy *p, uint8_t family, struct element_list *atoms)
{
	const struct node *nodes = policy_nodes(p) + p->sources.first;

	for (uint32_t n = 0; n < p->sources.count; n++) {
		if (nodes[n].prefix.addr.family != family)
			continue;
		for (uint32_t r = nodes[n].rule; r < nodes[n].rule + nodes[n].rule_count; r++) {
			const struct rule *rule = policy_rules(p) + r;

			for (uint32_t i = 0; i < rule->card_count; i++)
				add(k, atoms, &nodes[n].prefix, policy_to(p) + rule->to + rule->to_count + i);
		}
	}
}

static void
make_cards(struct kernel_policy *k, const struct policy *p, const struct cuts *cuts)
{
	struct element_list elements = {0};
	struct atom *atoms;
	size_t count;

	make_card_atoms(k, p, cuts->family, &elements);
	atoms = widest_atoms(k, &elements, &count);
	for (size_t i = 0; i < count; i++) {
		struct sweep what = {.wanted = {.least = PASSING_FREE, .card = &atoms[i].to}};

		cuts_find(cuts, &atoms[i].source, &what.begin, &what.end);
		sweep(k, p, &what, cuts, &k->cards);
		what.question = BOUND;
		sweep(k, p, &what, cuts, &k->bound_cards);
		what.question = PASSES;
		what.wanted.least = PASSING_MAX;
		if (k->has_max)
			sweep(k, p, &what, cuts, &k->max_cards);
	}
	free(atoms);
	free(elements.items);
}

/* Sources whatever the destination, and pairs, of one family. */
static void
make_sources(struct kernel_policy *k, const struct policy *p, uint8_t family)
{
	struct sweep what = {.wanted = {.least = PASSING_FREE}};
	struct cuts cuts;

	if (!make_source_cuts(p, family, &cuts)) {
		k->failed = true;
		return;
	}
	what.end = cuts.count;
	sweep(k, p, &what, &cuts, &k->open);
	what.question = LIMITED;
	sweep(k, p, &what, &cuts, &k->limited);
	what.question = BOUND;
	sweep(k, p, &what, &cuts, &k->bound);
	what.question = PASSES;
	what.wanted.least = PASSING_MAX;
	if (k->has_max)
		sweep(k, p, &what, &cuts, &k->max);
	make_pairs(k, p, &cuts);
	make_cards(k, p, &cuts);
	cuts_free(&cuts);
}

/* Only the widest prefixes: those inside others add nothing. */
static void
add_widest(struct kernel_policy *k, struct element_list *list, const struct policy *p, const struct node_list *nodes)
{
	for (uint32_t i = nodes->first; i < nodes->first + nodes->count; i++)
		if (policy_nodes(p)[i].parent == POLICY_NONE)
			add(k, list, &policy_nodes(p)[i].prefix, NULL);
}

/* The lines of one user. */
static void
add_user_lines(struct kernel_policy *k, const struct policy *p, const struct node *node)
{
	if (policy_limited_user(p, element_user(&(struct element){.source = node->prefix})))
		add(k, &k->users_limited, &node->prefix, NULL);
	for (uint32_t r = node->rule; r < node->rule + node->rule_count; r++) {
		const struct rule *rule = policy_rules(p) + r;

		if (rule->until != INT64_MAX)
			continue;
		if (rule->from > k->now) {
			if (rule->from < k->next)
				k->next = rule->from;
			continue;
		}
		if (rule->to_count == 0) {
			add(k, &k->users, &node->prefix, NULL);
			return;
		}
		for (uint32_t t = rule->to; t < rule->to + rule->to_count; t++)
			add(k, &k->users, &node->prefix, policy_to(p) + t);
	}
}

static bool
node_has_max(const struct policy *p, const struct node *node)
{
	for (uint32_t r = node->rule; r < node->rule + node->rule_count; r++)
		if (policy_rules(p)[r].max > 0)
			return true;
	return false;
}

/* Users of the gateway have no set in the kernel, and so no timeout: only lines without an end are in `users`. All
 * others are left to the closed queue. About a user with a `max`, now or ever, the gate always decides. */
static void
make_users(struct kernel_policy *k, const struct policy *p)
{
	const struct node *node = policy_nodes(p);

	k->users_open = p->stranger == STRANGER_AUDIT;
	for (uint32_t i = p->ranges.first; i < p->ranges.first + p->ranges.count; i++)
		k->users_open = k->users_open && node[i].value == STRANGER_AUDIT;
	for (uint32_t i = p->users.first; i < p->users.first + p->users.count; i++) {
		size_t begin = k->users.count;
		bool max = node_has_max(p, &node[i]);

		add_user_lines(k, p, &node[i]);
		/* An audit lets the user pass whatever the lines say, but the gate must count the openings. */
		if (max && k->users_open &&
		    (k->users.count == begin || k->users.items[k->users.count - 1].to.addr.family != 0))
			add(k, &k->users, &node[i].prefix, NULL);
		for (size_t n = begin; n < k->users.count; n++)
			k->users.items[n].max = max;
	}
}

struct kernel_policy *
kernel_policy_make(const struct config *c, int64_t now)
{
	const struct policy *p = c->policy;
	struct kernel_policy *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->now = now;
	k->next = RULES_FOREVER;
	add_widest(k, &k->lan, p, &p->lan);
	add_widest(k, &k->deny, p, &p->deny);
	for (uint32_t i = 0; i < p->sources.count; i++)
		k->has_max = k->has_max || node_has_max(p, policy_nodes(p) + p->sources.first + i);
	make_users(k, p);
	for (uint8_t family = 4; family <= 6; family += 2)
		make_sources(k, p, family);
	if (k->failed) {
		kernel_policy_free(k);
		return NULL;
	}
	return k;
}

const struct element_list *
kernel_policy_list(const struct kernel_policy *k, size_t place)
{
	return (const struct element_list *)(const void *)((const char *)k + place);
}

bool
kernel_policy_is_small(const struct kernel_policy *k)
{
	return k->lan.count + k->deny.count + k->open.count + k->pairs.count + k->bound.count + k->cards.count <=
	       KERNEL_POLICY_SMALL;
}

void
kernel_policy_free(struct kernel_policy *k)
{
	if (k == NULL)
		return;
	free(k->lan.items);
	free(k->deny.items);
	free(k->open.items);
	free(k->pairs.items);
	free(k->max.items);
	free(k->max_pairs.items);
	free(k->limited.items);
	free(k->cards.items);
	free(k->max_cards.items);
	free(k->bound_cards.items);
	free(k->bound.items);
	free(k->users.items);
	free(k->users_limited.items);
	free(k);
}
