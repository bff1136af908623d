/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: prefixes sorted by address and then by length form nested trees. The last node that does not begin
 * after an address is either the most specific prefix that contains it or a sibling below a common ancestor; climbing
 * from there meets every prefix that contains the address, most specific first. */
#include "policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "until.h"

#define KERNEL_LATE (INT64_C(30) * 1000000) /* microseconds that an element of a set may outlive its line */

static const char *const strangers[] = {"reject", "drop", "audit"};
static_assert(sizeof strangers / sizeof *strangers == STRANGER_COUNT, "a verdict for strangers without a name");

const char *
stranger_name(enum stranger s)
{
	return (unsigned)s < STRANGER_COUNT ? strangers[s] : "?";
}

static const void *
at(const struct policy *p, uint64_t offset)
{
	return (const char *)p + offset;
}

const struct node *
policy_nodes(const struct policy *p)
{
	return at(p, p->nodes_at);
}

const struct rule *
policy_rules(const struct policy *p)
{
	return at(p, p->rules_at);
}

const struct prefix *
policy_to(const struct policy *p)
{
	return at(p, p->to_at);
}

static uint32_t
key4(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 | (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

/* The number of nodes up to and including the last of this family that does not begin after the address. The steps of
 * the search depend on the number of nodes alone, so there is no branch to mispredict: half the time of bsearch(3). */
static uint32_t
count_before4(const uint32_t *keys, uint32_t count, uint32_t key)
{
	uint32_t base = 0;

	if (count == 0 || keys[0] > key)
		return 0;
	while (count > 1) {
		uint32_t half = count / 2;

		base += keys[base + half] <= key ? half : 0;
		count -= half;
	}
	return base + 1;
}

static uint32_t
count_before6(const struct node *nodes, uint32_t low, uint32_t high, const struct addr *a)
{
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (addr_cmp(&nodes[middle].prefix.addr, a) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The node itself, or the nearest wider one that contains the address. */
static uint32_t
climb(const struct policy *p, uint32_t node, const struct addr *a)
{
	const struct node *nodes = policy_nodes(p);

	while (node != POLICY_NONE && !prefix_contains(&nodes[node].prefix, a))
		node = nodes[node].parent;
	return node;
}

uint32_t
policy_find(const struct policy *p, const struct node_list *list, const struct addr *a)
{
	const uint32_t *keys = (const uint32_t *)at(p, p->keys4_at) + list->first;
	uint32_t before;

	if (a->family == 4)
		before = count_before4(keys, list->count4, key4(a));
	else
		before = count_before6(policy_nodes(p) + list->first, list->count4, list->count, a);
	if (before == 0)
		return POLICY_NONE;
	/* Usually each node has one rule of the same index: prefetch both. */
	__builtin_prefetch(policy_rules(p) + list->first + before - 1);
	return climb(p, list->first + before - 1, a);
}

bool
policy_is_lan(const struct policy *p, const struct addr *a)
{
	return policy_find(p, &p->lan, a) != POLICY_NONE;
}

uint32_t
policy_range(const struct policy *p, const struct addr *a)
{
	uint32_t node = policy_find(p, &p->ranges, a);

	return node == POLICY_NONE ? POLICY_NONE : policy_nodes(p)[node].line;
}

static struct decision
refuse(const struct policy *p, const struct addr *src, enum reason reason, uint32_t line)
{
	static const uint8_t verdicts[] = {VERDICT_REJECT, VERDICT_DROP, VERDICT_AUDIT};
	uint32_t range = policy_find(p, &p->ranges, src);
	uint32_t action = range == POLICY_NONE ? p->stranger : policy_nodes(p)[range].value;
	struct decision d = {
	        .verdict = verdicts[action], .reason = (uint8_t)reason, .line = line, .missed = POLICY_NONE};

	return d;
}

/* The reason why an allow line does not apply to this opening; REASON_LISTED if it does. */
static enum reason
allows(const struct policy *p, const struct rule *rule, const struct addr *dst, int64_t now)
{
	if (now < rule->from)
		return REASON_EARLY;
	if (now >= rule->until)
		return REASON_EXPIRED;
	if (rule->to_count == 0)
		return REASON_LISTED;
	for (uint32_t i = 0; i < rule->to_count; i++)
		if (prefix_contains(policy_to(p) + rule->to + i, dst))
			return REASON_LISTED;
	return REASON_DESTINATION;
}

/* The same as allows() for a line that is bound to cards. */
static enum reason
allows_card(const struct policy *p, const struct rule *rule, const struct addr *dst, const uint8_t card[6], int64_t now)
{
	enum reason why = allows(p, rule, dst, now);

	return why == REASON_LISTED && !policy_has_card(p, rule, card) ? REASON_WRONG_MAC : why;
}

/* FNV-1a over the destinations, independent of their place in the configuration. */
static uint32_t
limit_name(const struct policy *p, const struct rule *rule)
{
	static_assert(sizeof(struct prefix) == 18, "a prefix has padding, which would be hashed");
	const uint8_t *bytes = (const uint8_t *)(policy_to(p) + rule->to);
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < rule->to_count * sizeof(struct prefix); i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return hash;
}

static struct decision
pass(const struct policy *p, const struct rule *rule)
{
	struct decision d = {
	        .verdict = VERDICT_PASS, .reason = REASON_LISTED, .line = rule->line, .missed = POLICY_NONE};

	if ((d.max = rule->max) > 0)
		d.limit = limit_name(p, rule);
	return d;
}

struct decision
policy_over_max(const struct policy *p, const struct addr *src, const struct decision *d)
{
	struct decision over = refuse(p, src, REASON_RATE, d->line);

	if (over.verdict == VERDICT_REJECT)
		over.verdict = VERDICT_DROP;
	return over;
}

/* True, and *d set, if a deny-to line applies. It applies to every source. */
static inline bool
is_denied(const struct policy *p, const struct addr *src, const struct addr *dst, struct decision *d)
{
	uint32_t range = policy_find(p, &p->deny, dst);

	if (range == POLICY_NONE)
		return false;
	*d = refuse(p, src, REASON_DENY_TO, policy_nodes(p)[range].line);
	if (d->verdict == VERDICT_AUDIT)
		d->verdict = VERDICT_REJECT;
	return true;
}

/* The two ends of an opening, and the card that sends it. */
struct ends {
	const struct addr *src, *dst;
	const uint8_t *card;
};

/* Decides by the lines of node n, that of the source or of a user, and of the wider nodes. POLICY_NONE: none. */
static inline struct decision
decide(const struct policy *p, uint32_t n, struct ends ends, int64_t now)
{
	const struct node *nodes = policy_nodes(p);
	const struct rule *rules = policy_rules(p);
	enum reason missed_reason = REASON_STRANGER, why;
	uint32_t missed = POLICY_NONE, range;
	struct decision d;

	for (; n != POLICY_NONE; n = nodes[n].parent) {
		for (uint32_t i = nodes[n].rule; i < nodes[n].rule + nodes[n].rule_count; i++) {
			const struct rule *rule = rules + i;

			if (rule->action == RULE_BLOCK) {
				if (now < rule->from || now >= rule->until)
					continue;
				d = refuse(p, ends.src, REASON_BLOCKED, rule->line);
				d.missed = missed;
				return d;
			}
			why = rule->action == RULE_ALLOW ? allows(p, rule, ends.dst, now)
			                                 : allows_card(p, rule, ends.dst, ends.card, now);
			if (why == REASON_LISTED)
				return pass(p, rule);
			if (missed == POLICY_NONE) {
				missed = rule->line;
				missed_reason = why;
			}
		}
	}
	range = policy_find(p, &p->ranges, ends.src);
	d = refuse(p, ends.src, missed_reason, p->stranger_line);
	if (range != POLICY_NONE && nodes[range].rule != POLICY_NONE)
		d.line = nodes[range].rule; /* the `stranger ... in` line of its range */
	d.missed = missed;
	return d;
}

struct decision
policy_decide(const struct policy *p, const struct addr *src, const struct addr *dst, const uint8_t card[6],
              int64_t now)
{
	struct decision d;

	if (is_denied(p, src, dst, &d))
		return d;
	return decide(p, policy_find(p, &p->sources, src), (struct ends){src, dst, card}, now);
}

struct prefix
policy_user(uint32_t user)
{
	uint8_t bytes[4] = {(uint8_t)(user >> 24), (uint8_t)(user >> 16), (uint8_t)(user >> 8), (uint8_t)user};
	struct addr a = addr_v4(bytes);

	return prefix_of(&a, 32);
}

struct decision
policy_decide_local(const struct policy *p, const uint32_t *user, const struct addr *src, const struct addr *dst,
                    int64_t now)
{
	struct prefix who = policy_user(user != NULL ? *user : 0);
	struct decision d;

	if (is_denied(p, src, dst, &d))
		return d;
	d = decide(p, user != NULL ? policy_find(p, &p->users, &who.addr) : POLICY_NONE, (struct ends){src, dst, NULL},
	           now);
	if (d.max > 0) /* users share the gateway's addresses, but not their buckets */
		d.limit ^= *user * 2654435761U + 1;
	return d;
}

/* A line with a `max`, with cards, or with destinations for a time. */
static bool
is_limited(const struct policy *p, const struct rule *rule, bool ends, const void *arg)
{
	(void)p;
	(void)arg;
	return rule->max > 0 || rule->action == RULE_BOUND || (rule->to_count > 0 && ends);
}

int64_t
policy_limited(const struct policy *p, const struct addr *a, int64_t now)
{
	return policy_until(p, a, now, &(struct policy_line){.is = is_limited});
}

bool
policy_limited_user(const struct policy *p, uint32_t user)
{
	struct prefix who = policy_user(user);
	uint32_t n = policy_find(p, &p->users, &who.addr);

	for (uint32_t i = 0; n != POLICY_NONE && i < policy_nodes(p)[n].rule_count; i++) {
		const struct rule *rule = policy_rules(p) + policy_nodes(p)[n].rule + i;

		if (rule->max > 0 || rule->from != INT64_MIN || rule->until != INT64_MAX)
			return true;
	}
	return false;
}

/* A reject because of a line of the source, which may be in force in the kernel at another time than here. */
static bool
is_unsettled(const struct decision *d)
{
	return d->verdict == VERDICT_REJECT && d->reason != REASON_DENY_TO && d->reason != REASON_STRANGER;
}

void
policy_settle(const struct policy *p, const struct addr *src, const struct addr *dst, int64_t now, struct decision *d)
{
	int64_t before = now - KERNEL_LATE;

	if (is_unsettled(d) && (policy_limited(p, src, now) != 0 || policy_limited(p, src, before) != 0 ||
	                        policy_decide(p, src, dst, NULL, before).verdict == VERDICT_PASS))
		d->verdict = VERDICT_DROP;
}

void
policy_settle_local(const struct policy *p, uint32_t user, struct decision *d)
{
	if (is_unsettled(d) && policy_limited_user(p, user))
		d->verdict = VERDICT_DROP;
}
