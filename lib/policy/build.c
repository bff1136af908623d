/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A prefix and its index in the array, so that sorting preserves the order of the configuration. */
struct entry {
	struct prefix prefix;
	uint32_t index;
};

static int
entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = prefix_cmp(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* Writes the nodes of one list; `entries` are sorted. Rules are copied for sources only. */
struct writer {
	struct policy *p;
	struct node *nodes;
	struct rule *rules;
	uint32_t *keys4;
};

static_assert(sizeof(struct node) == 32 && sizeof(struct rule) == 32, "a node or a rule straddles cache lines");

static struct node_list
put_nodes(struct writer *w, const struct entry *entries, size_t count, const struct policy_source *sources,
          const struct policy_named *named)
{
	struct node_list list = {.first = w->p->node_count};
	uint32_t open = POLICY_NONE; /* the node that the next prefix may nest in */

	for (size_t i = 0; i < count; i++) {
		const struct prefix *prefix = &entries[i].prefix;
		uint32_t at = w->p->node_count;
		struct node *node = w->nodes + at;

		if (list.count > 0 && prefix_cmp(&w->nodes[at - 1].prefix, prefix) == 0) {
			node = w->nodes + --at;
		} else {
			while (open != POLICY_NONE && !prefix_covers(&w->nodes[open].prefix, prefix))
				open = w->nodes[open].parent;
			node->prefix = *prefix;
			node->parent = open;
			node->rule = w->p->rule_count;
			node->line = sources != NULL ? 0 : POLICY_NONE; /* or rule_count */
			w->keys4[at] = (uint32_t)prefix->addr.bytes[0] << 24 | (uint32_t)prefix->addr.bytes[1] << 16 |
			               (uint32_t)prefix->addr.bytes[2] << 8 | prefix->addr.bytes[3];
			w->p->node_count++;
			list.count++;
			list.count4 += prefix->addr.family == 4;
			open = at;
		}
		if (sources != NULL) {
			w->rules[w->p->rule_count++] = sources[entries[i].index].rule;
			node->rule_count++;
		} else if (node->line == POLICY_NONE) { /* of equal prefixes, the first line counts */
			node->line = named[entries[i].index].line;
			node->value = (uint16_t)named[entries[i].index].value;
			node->rule = named[entries[i].index].value_line;
		}
	}
	return list;
}

static void
sort_named(struct entry *entries, const struct policy_named *named, size_t count)
{
	for (size_t i = 0; i < count; i++)
		entries[i] = (struct entry){named[i].prefix, (uint32_t)i};
	qsort(entries, count, sizeof *entries, entry_cmp);
}

static uint64_t
align(uint64_t size)
{
	return (size + 63) & ~UINT64_C(63); /* a cache line */
}

struct policy *
policy_build(const struct policy_input *in)
{
	size_t rules = in->source_count + in->user_count;
	size_t nodes = rules + in->lan_count + in->deny_count + in->range_count;
	uint64_t nodes_at = align(sizeof(struct policy)), rules_at = align(nodes_at + nodes * sizeof(struct node));
	uint64_t to_at = align(rules_at + rules * sizeof(struct rule));
	uint64_t keys4_at = align(to_at + in->to_count * sizeof(struct prefix));
	uint64_t size = align(keys4_at + nodes * sizeof(uint32_t));
	struct policy *p = aligned_alloc(64, size);
	struct entry *entries = calloc(nodes + 1, sizeof *entries);
	struct writer w = {.p = p};

	if (p == NULL || entries == NULL) {
		free(p);
		free(entries);
		return NULL;
	}
	memset(p, 0, size);
	*p = (struct policy){
	        .size = size, .nodes_at = nodes_at, .rules_at = rules_at, .to_at = to_at, .keys4_at = keys4_at};
	p->stranger = in->stranger;
	p->stranger_line = in->stranger_line;
	p->to_count = (uint32_t)in->to_count;
	w.nodes = (struct node *)((char *)p + nodes_at);
	w.rules = (struct rule *)((char *)p + rules_at);
	w.keys4 = (uint32_t *)((char *)p + keys4_at);
	if (in->to_count > 0)
		memcpy((char *)p + to_at, in->to, in->to_count * sizeof *in->to);

	for (size_t i = 0; i < in->source_count; i++)
		entries[i] = (struct entry){in->sources[i].prefix, (uint32_t)i};
	qsort(entries, in->source_count, sizeof *entries, entry_cmp);
	p->sources = put_nodes(&w, entries, in->source_count, in->sources, NULL);
	for (size_t i = 0; i < in->user_count; i++)
		entries[i] = (struct entry){in->users[i].prefix, (uint32_t)i};
	qsort(entries, in->user_count, sizeof *entries, entry_cmp);
	p->users = put_nodes(&w, entries, in->user_count, in->users, NULL);
	sort_named(entries, in->lan, in->lan_count);
	p->lan = put_nodes(&w, entries, in->lan_count, NULL, in->lan);
	sort_named(entries, in->deny, in->deny_count);
	p->deny = put_nodes(&w, entries, in->deny_count, NULL, in->deny);
	sort_named(entries, in->ranges, in->range_count);
	p->ranges = put_nodes(&w, entries, in->range_count, NULL, in->ranges);
	free(entries);
	return p;
}
