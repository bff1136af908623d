/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "passing.h"

#include "elements.h"
#include "lib/policy/card.h"
#include "lib/policy/until.h"

/* A question about a source, and the innermost node of the policy that holds it. */
struct question {
	const struct policy *policy;
	const struct addr *addr;
	const uint8_t *card; /* or NULL */
	uint32_t node;
};

/* A rule's `to` takes in the whole of a destination, which never straddles: see kernel_policy.c. */
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

/* `stranger audit` holds for the source. */
static bool
audited(const struct question *q)
{
	const struct policy *p = q->policy;
	uint32_t range = policy_find(p, &p->ranges, q->addr);

	return (range == POLICY_NONE ? p->stranger : policy_nodes(p)[range].value) == STRANGER_AUDIT;
}

/* How the source passes to `to` at `now`. *change is brought forward to the next time after `now` at which a line that
 * it depends on begins or ends. */
static enum passing
passing_at(const struct question *q, const struct prefix *to, int64_t now, int64_t *change)
{
	const struct node *nodes = policy_nodes(q->policy);
	bool decided = false, pass = false, max = false;

	for (uint32_t node = q->node; node != POLICY_NONE; node = nodes[node].parent)
		for (uint32_t i = nodes[node].rule; i < nodes[node].rule + nodes[node].rule_count; i++) {
			const struct rule *rule = policy_rules(q->policy) + i;

			if (rule->from > now && rule->from < *change)
				*change = rule->from;
			if (rule->until > now && rule->until < *change)
				*change = rule->until;
			if (decided || now < rule->from || now >= rule->until)
				continue;
			if (rule->action == RULE_BOUND && !policy_has_card(q->policy, rule, q->card)) {
				max = max || rule->max > 0; /* the gate must tell the cards apart */
				continue;
			}
			/* If the question is about all destinations, the `max` of a line with `to` counts, too. */
			max = max || (rule->max > 0 && (to == NULL || reaches(q->policy, rule, to)));
			if (rule->action == RULE_BLOCK || reaches(q->policy, rule, to)) {
				decided = true;
				pass = rule->action != RULE_BLOCK || audited(q);
			}
		}
	if (!decided)
		pass = audited(q);
	return !pass ? PASSING_NOT : max ? PASSING_MAX : PASSING_FREE;
}

int64_t
passing_until(const struct policy *p, const struct passing_wanted *what, const struct addr *source, int64_t now,
              int64_t *next)
{
	const struct question q = {p, source, what->card != NULL ? what->card->addr.bytes : NULL,
	                           policy_find(p, &p->sources, source)};
	int64_t change = RULES_FOREVER;
	enum passing at_once = passing_at(&q, what->to, now, &change);

	if (change < *next)
		*next = change;
	if (at_once < what->least)
		return 0;
	while (change != RULES_FOREVER) {
		int64_t at = change;

		change = RULES_FOREVER;
		if (passing_at(&q, what->to, at, &change) < what->least)
			return at;
	}
	return RULES_FOREVER;
}

/* `card`: its bytes. */
static bool
lets_card(const struct policy *p, const struct rule *rule, bool ends, const void *card)
{
	(void)ends;
	return rule->action == RULE_BOUND && policy_has_card(p, rule, card);
}

int64_t
passing_bound(const struct policy *p, const struct prefix *card, const struct addr *source, int64_t now)
{
	const struct policy_line line = {lets_card, card != NULL ? card->addr.bytes : policy_right_card};

	return policy_until(p, source, now, &line);
}

static bool
is_limited(const struct policy *p, const struct rule *rule, bool ends, const void *arg)
{
	(void)p;
	(void)arg;
	return rule->action == RULE_BOUND || (rule->to_count > 0 && ends);
}

int64_t
passing_limited(const struct policy *p, const struct addr *source, int64_t now)
{
	return policy_until(p, source, now, &(struct policy_line){.is = is_limited});
}
