/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the places where any prefix of the policy begins or ends cut the address space into stretches on
 * which the policy is constant. Each stretch is asked: do its sources pass whatever the destination, and until when?
 * Neighbours with the same answer are joined and written as prefixes. For allow lines with `to`, the same is done for
 * each destination they name, over the stretches inside those lines' prefixes only. */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

typedef unsigned __int128 number; /* an address as a number, of either family */

static number
number_of(const struct addr *a)
{
	number n = 0;

	for (size_t i = 0; i < addr_size(a); i++)
		n = n << 8 | a->bytes[i];
	return n;
}

static struct addr
addr_of(uint8_t family, number n)
{
	struct addr a = {.family = family};

	for (size_t i = addr_size(&a); i-- > 0; n >>= 8)
		a.bytes[i] = (uint8_t)n;
	return a;
}

static void
add(struct plan *p, struct element_list *list, const struct prefix *source, const struct prefix *to, int64_t until)
{
	struct element *items = list->items;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;

		if ((items = reallocarray(items, capacity, sizeof *items)) == NULL) {
			p->failed = true;
			return;
		}
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count] = (struct element){.source = *source, .until = until};
	if (to != NULL)
		list->items[list->count].to = *to;
	list->count++;
}

/* The fewest prefixes that make up first..last. */
static void
add_stretch(struct plan *p, struct element_list *list, uint8_t family, number first, number last,
            const struct prefix *to, int64_t until)
{
	uint8_t bits = family == 4 ? 32 : 128;

	for (;;) {
		uint8_t len = bits;
		number size = 1;
		struct addr a = addr_of(family, first);
		struct prefix prefix;

		while (len > 0 && (first & (size * 2 - 1)) == 0 && last - first >= size * 2 - 1) {
			size *= 2;
			if (--len == 0)
				break;
		}
		prefix = prefix_of(&a, len);
		add(p, list, &prefix, to, until);
		if (len == 0 || last - first == size - 1)
			return;
		first += size;
	}
}

/* Where stretches of one family begin, sorted, each once; the first is 0. */
struct cuts {
	number *at;
	size_t count;
};

static int
number_cmp(const void *a, const void *b)
{
	number x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void
cut_around(struct cuts *cuts, const struct prefix *prefix)
{
	struct addr last = prefix_last(prefix);

	cuts->at[cuts->count++] = number_of(&prefix->addr);
	cuts->at[cuts->count++] = number_of(&last) + 1; /* past the last address: wraps to 0, or is dropped below */
}

static void
sort_cuts(struct cuts *cuts, uint8_t family)
{
	size_t kept = 0;

	qsort(cuts->at, cuts->count, sizeof *cuts->at, number_cmp);
	for (size_t i = 0; i < cuts->count; i++)
		if ((kept == 0 || cuts->at[i] != cuts->at[kept - 1]) && !(family == 4 && cuts->at[i] >> 32 != 0))
			cuts->at[kept++] = cuts->at[i];
	cuts->count = kept;
}

/* The last address of the stretch that begins at cut i. */
static number
stretch_last(const struct cuts *cuts, uint8_t family, size_t i)
{
	if (i + 1 < cuts->count)
		return cuts->at[i + 1] - 1;
	return family == 4 ? UINT32_MAX : ~(number)0;
}

static bool
make_source_cuts(const struct policy *p, uint8_t family, struct cuts *cuts)
{
	const struct node_list *lists[] = {&p->sources, &p->ranges};
	const struct node *nodes = policy_nodes(p);

	cuts->count = 0;
	cuts->at = calloc((p->sources.count + p->ranges.count) * 2 + 1, sizeof *cuts->at);
	if (cuts->at == NULL)
		return false;
	cuts->at[cuts->count++] = 0;
	for (size_t l = 0; l < 2; l++)
		for (uint32_t i = lists[l]->first; i < lists[l]->first + lists[l]->count; i++)
			if (nodes[i].prefix.addr.family == family)
				cut_around(cuts, &nodes[i].prefix);
	sort_cuts(cuts, family);
	return true;
}

/* Whether a rule's `to` takes in the whole of a destination (which never straddles: see make_atoms). */
static bool
reaches(const struct policy *p, const struct rule *rule, const struct prefix *to)
{
	if (rule->to_count == 0)
		return true;
	for (uint32_t i = 0; to != NULL && i < rule->to_count; i++)
		if (prefix_covers(policy_to(p) + rule->to + i, to))
			return true;
	return false;
}

enum passing { PASSING_NOT, PASSING_FREE, PASSING_MAX };

/* What a sweep looks for, and where: from cut `begin` up to `end`. */
struct stretches {
	struct element_list *list;
	enum passing least;
	const struct prefix *to; /* NULL: whatever the destination */
	size_t begin, end;
};

/* Do sources at `a` pass at `now`, to `to` or (NULL) to anywhere; and if so, is there a `max` to that, or (NULL) to some
 * of it? *change is brought forward to the next time after `now` at which a line they depend on begins or ends. */
static enum passing
passing_at(const struct policy *p, uint32_t node, const struct addr *a, const struct prefix *to, int64_t now,
          int64_t *change)
{
	const struct node *nodes = policy_nodes(p);
	const struct rule *rules = policy_rules(p);
	bool decided = false, pass = false, max = false;
	uint32_t range;

	for (; node != POLICY_NONE; node = nodes[node].parent)
		for (uint32_t i = nodes[node].rule; i < nodes[node].rule + nodes[node].rule_count; i++) {
			const struct rule *rule = rules + i;

			if (rule->from > now && rule->from < *change)
				*change = rule->from;
			if (rule->until > now && rule->until < *change)
				*change = rule->until;
			if (decided || now < rule->from || now >= rule->until)
				continue;
			/* Of lines for some destinations, too, if all are asked about. */
			max = max || (rule->max > 0 && (to == NULL || reaches(p, rule, to)));
			if (rule->action == RULE_BLOCK || reaches(p, rule, to)) {
				decided = true;
				pass = rule->action == RULE_ALLOW;
			}
			if (rule->action == RULE_BLOCK) {
				uint32_t in = policy_find(p, &p->ranges, a);

				pass = (in == POLICY_NONE ? p->stranger : nodes[in].value) == STRANGER_AUDIT;
			}
		}
	if (!decided) {
		range = policy_find(p, &p->ranges, a);
		pass = (range == POLICY_NONE ? p->stranger : nodes[range].value) == STRANGER_AUDIT;
	}
	return !pass ? PASSING_NOT : max ? PASSING_MAX : PASSING_FREE;
}

/* When sources at `a` stop passing, or stop having a `max`: 0 if it is not so now, RULES_FOREVER if no line ends it. */
static int64_t
passes_until(const struct policy *p, const struct stretches *what, const struct addr *a, int64_t now, int64_t *next)
{
	uint32_t node = policy_find(p, &p->sources, a);
	int64_t change = RULES_FOREVER;

	if (passing_at(p, node, a, what->to, now, &change) < what->least) {
		if (change < *next)
			*next = change;
		return 0;
	}
	if (change < *next)
		*next = change;
	while (change != RULES_FOREVER) {
		int64_t at = change;

		change = RULES_FOREVER;
		if (passing_at(p, node, a, what->to, at, &change) < what->least)
			return at;
	}
	return RULES_FOREVER;
}

/* Stretches from cut `begin` up to `end`: those that pass, joined where the answer is the same, go to what->list. */
static void
sweep(struct plan *plan, const struct policy *p, const struct stretches *what, const struct cuts *cuts, uint8_t family)
{
	struct element_list *list = what->list;
	size_t begin = what->begin, end = what->end;
	const struct prefix *to = what->to;

	int64_t open = 0; /* the answer of the stretches being joined */
	number first = 0;

	for (size_t i = begin; i < end; i++) {
		struct addr a = addr_of(family, cuts->at[i]);
		int64_t until = list == &plan->limited ? policy_limited(p, &a, plan->now)
		                                       : passes_until(p, what, &a, plan->now, &plan->next);

		if (i > begin && until == open)
			continue;
		if (i > begin && open != 0)
			add_stretch(plan, list, family, first, cuts->at[i] - 1, to, open);
		open = until;
		first = cuts->at[i];
	}
	if (end > begin && open != 0)
		add_stretch(plan, list, family, first, stretch_last(cuts, family, end - 1), to, open);
}

/* Who passes, and into the list `max` who of them has a `max`. */
static void
sweep_both(struct plan *plan, const struct policy *p, struct stretches what, struct element_list *max,
           const struct cuts *cuts, uint8_t family)
{
	sweep(plan, p, &what, cuts, family);
	if (!plan->has_max)
		return;
	what.list = max;
	what.least = PASSING_MAX;
	sweep(plan, p, &what, cuts, family);
}

/* The first cut at or after `n`. */
static size_t
find_cut(const struct cuts *cuts, number n)
{
	size_t low = 0, high = cuts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cuts->at[middle] < n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A destination prefix that some allow lines name, and the source prefix of one of them. Destinations are cut where
 * others begin or end, so that they are equal or apart. */
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
	cuts->count = 0;
	if ((cuts->at = calloc((size_t)p->to_count * 2 + 1, sizeof *cuts->at)) == NULL)
		return false;
	cuts->at[cuts->count++] = 0;
	for (uint32_t i = 0; i < p->to_count; i++)
		if (policy_to(p)[i].addr.family == family)
			cut_around(cuts, policy_to(p) + i);
	sort_cuts(cuts, family);
	return true;
}

/* Every allow line with `to`, cut into atoms, as elements whose source is the line's. */
static void
make_atoms(struct plan *plan, const struct policy *p, const struct cuts *to_cuts, uint8_t family,
           struct element_list *atoms)
{
	const struct node *nodes = policy_nodes(p) + p->sources.first;

	for (uint32_t n = 0; n < p->sources.count; n++) {
		if (nodes[n].prefix.addr.family != family)
			continue;
		for (uint32_t r = nodes[n].rule; r < nodes[n].rule + nodes[n].rule_count; r++) {
			const struct rule *rule = policy_rules(p) + r;

			for (uint32_t t = rule->to; t < rule->to + rule->to_count; t++) {
				const struct prefix *to = policy_to(p) + t;
				struct addr last = prefix_last(to);

				if (to->addr.family != family)
					continue;
				for (size_t i = find_cut(to_cuts, number_of(&to->addr));
				     i < to_cuts->count && to_cuts->at[i] <= number_of(&last); i++) {
					struct element_list pieces = {0};

					add_stretch(plan, &pieces, family, to_cuts->at[i],
					            stretch_last(to_cuts, family, i), NULL, 0);
					for (size_t k = 0; k < pieces.count; k++)
						add(plan, atoms, &nodes[n].prefix, &pieces.items[k].source, 0);
					free(pieces.items);
				}
			}
		}
	}
}

static void
plan_pairs(struct plan *plan, const struct policy *p, const struct cuts *cuts, uint8_t family)
{
	struct stretches what = {.list = &plan->pairs, .least = PASSING_FREE};
	struct element_list elements = {0};
	struct cuts to_cuts;
	struct atom *atoms;

	if (!make_to_cuts(p, family, &to_cuts)) {
		plan->failed = true;
		return;
	}
	make_atoms(plan, p, &to_cuts, family, &elements);
	free(to_cuts.at);
	if ((atoms = calloc(elements.count + 1, sizeof *atoms)) == NULL)
		plan->failed = true;
	for (size_t i = 0; atoms != NULL && i < elements.count; i++)
		atoms[i] = (struct atom){elements.items[i].to, elements.items[i].source};
	if (atoms != NULL)
		qsort(atoms, elements.count, sizeof *atoms, atom_cmp);
	for (size_t i = 0, widest = 0; atoms != NULL && i < elements.count; i++) {
		struct addr last = prefix_last(&atoms[i].source);

		if (i == 0 || prefix_cmp(&atoms[i].to, &atoms[widest].to) != 0 ||
		    !prefix_covers(&atoms[widest].source, &atoms[i].source))
			widest = i;
		else
			continue; /* inside the one before it: swept already */
		what.to = &atoms[i].to;
		what.begin = find_cut(cuts, number_of(&atoms[i].source.addr));
		what.end = family == 6 && number_of(&last) == ~(number)0 ? cuts->count
		                                                         : find_cut(cuts, number_of(&last) + 1);
		sweep_both(plan, p, what, &plan->max_pairs, cuts, family);
	}
	free(atoms);
	free(elements.items);
}

/* Only the widest prefixes: those inside others add nothing. */
static void
plan_widest(struct plan *plan, struct element_list *list, const struct policy *p, const struct node_list *nodes)
{
	for (uint32_t i = nodes->first; i < nodes->first + nodes->count; i++)
		if (policy_nodes(p)[i].parent == POLICY_NONE)
			add(plan, list, &policy_nodes(p)[i].prefix, NULL, RULES_FOREVER);
}

uint32_t
plan_user(const struct element *e)
{
	const uint8_t *b = e->source.addr.bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The lines of one user. */
static void
plan_user_lines(struct plan *plan, const struct policy *p, const struct node *node)
{
	if (policy_limited_user(p, plan_user(&(struct element){.source = node->prefix})))
		add(plan, &plan->users_limited, &node->prefix, NULL, RULES_FOREVER);
	for (uint32_t r = node->rule; r < node->rule + node->rule_count; r++) {
		const struct rule *rule = policy_rules(p) + r;

		if (rule->until != INT64_MAX)
			continue;
		if (rule->from > plan->now) {
			if (rule->from < plan->next)
				plan->next = rule->from;
			continue;
		}
		if (rule->to_count == 0) {
			add(plan, &plan->users, &node->prefix, NULL, RULES_FOREVER);
			return;
		}
		for (uint32_t t = rule->to; t < rule->to + rule->to_count; t++)
			add(plan, &plan->users, &node->prefix, policy_to(p) + t, RULES_FOREVER);
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

/* Users of the gateway have no set in the kernel, and so no timeout: only those lines are there that have no end. The
 * rest is left to the closed queue. Of a user with a `max`, whenever it holds, the gate decides all. */
static void
plan_users(struct plan *plan, const struct policy *p)
{
	const struct node *node = policy_nodes(p);

	plan->users_open = p->stranger == STRANGER_AUDIT;
	for (uint32_t i = p->ranges.first; i < p->ranges.first + p->ranges.count; i++)
		plan->users_open = plan->users_open && node[i].value == STRANGER_AUDIT;
	for (uint32_t i = p->users.first; i < p->users.first + p->users.count; i++) {
		size_t begin = plan->users.count;
		bool max = node_has_max(p, &node[i]);

		plan_user_lines(plan, p, &node[i]);
		/* Passes whatever the lines say, but is counted. */
		if (max && plan->users_open &&
		    (plan->users.count == begin || plan->users.items[plan->users.count - 1].to.addr.family != 0))
			add(plan, &plan->users, &node[i].prefix, NULL, RULES_FOREVER);
		for (size_t k = begin; k < plan->users.count; k++)
			plan->users.items[k].max = max;
	}
}

struct plan *
plan_make(const struct config *c, int64_t now)
{
	static const uint8_t families[] = {4, 6};
	struct plan *plan = calloc(1, sizeof *plan);
	struct stretches what;
	struct cuts cuts;

	if (plan == NULL)
		return NULL;
	plan->now = now;
	plan->next = RULES_FOREVER;
	plan_widest(plan, &plan->lan, c->policy, &c->policy->lan);
	plan_widest(plan, &plan->deny, c->policy, &c->policy->deny);
	for (uint32_t i = 0; i < c->policy->sources.count; i++)
		plan->has_max = plan->has_max || node_has_max(c->policy, policy_nodes(c->policy) + c->policy->sources.first + i);
	plan_users(plan, c->policy);
	for (size_t f = 0; f < 2 && !plan->failed; f++) {
		if (!make_source_cuts(c->policy, families[f], &cuts)) {
			plan->failed = true;
			break;
		}
		what = (struct stretches){.list = &plan->open, .least = PASSING_FREE, .end = cuts.count};
		sweep_both(plan, c->policy, what, &plan->max, &cuts, families[f]);
		what.list = &plan->limited;
		sweep(plan, c->policy, &what, &cuts, families[f]);
		plan_pairs(plan, c->policy, &cuts, families[f]);
		free(cuts.at);
	}
	if (plan->failed) {
		plan_free(plan);
		return NULL;
	}
	return plan;
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	free(p->lan.items);
	free(p->deny.items);
	free(p->open.items);
	free(p->pairs.items);
	free(p->max.items);
	free(p->max_pairs.items);
	free(p->limited.items);
	free(p->users.items);
	free(p->users_limited.items);
	free(p);
}

size_t
plan_count(const struct element_list *list, uint8_t family)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].source.addr.family == family;
	return count;
}
