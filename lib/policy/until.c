/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "until.h"

int64_t
policy_until(const struct policy *p, const struct addr *a, int64_t now, const struct policy_line *wanted)
{
	const struct node *nodes = policy_nodes(p);
	const struct rule *rules = policy_rules(p);
	int64_t last = 0, blocked = INT64_MAX; /* by a line before those that let pass */
	bool ends;

	for (uint32_t n = policy_find(p, &p->sources, a); n != POLICY_NONE; n = nodes[n].parent)
		for (uint32_t i = nodes[n].rule; i < nodes[n].rule + nodes[n].rule_count; i++) {
			const struct rule *rule = rules + i;

			if (rule->action == RULE_BLOCK && now < rule->from && rule->from < blocked)
				blocked = rule->from;
			if (now < rule->from || now >= rule->until)
				continue;
			if (rule->action == RULE_BLOCK)
				return last < blocked ? last : blocked;
			ends = rule->until != INT64_MAX || blocked != INT64_MAX;
			if (rule->until > last && wanted->is(p, rule, ends, wanted->arg))
				last = rule->until;
		}
	return last < blocked ? last : blocked;
}
