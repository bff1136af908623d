/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's view of a policy is never wider than the policy, and equal to it where sets can say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/common/policies.h"
#include "nfqd/rules/kernel_policy.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"

static bool
holds(const struct element_list *list, const struct addr *src, const struct addr *dst, int64_t now)
{
	for (size_t i = 0; i < list->count; i++)
		if (prefix_contains(&list->items[i].source, src) &&
		    (dst == NULL || prefix_contains(&list->items[i].to, dst)) && now < list->items[i].until)
			return true;
	return false;
}

static bool
holds_card(const struct element_list *list, const struct addr *src, const uint8_t card[6], int64_t now)
{
	const struct prefix wanted = policy_card(card);

	for (size_t i = 0; i < list->count; i++)
		if (prefix_contains(&list->items[i].source, src) && prefix_cmp(&list->items[i].to, &wanted) == 0 &&
		    now < list->items[i].until)
			return true;
	return false;
}

/* One opening, at a time. */
struct asked {
	const struct addr *src, *dst;
	const uint8_t *card;
	int64_t now;
};

/* The verdict of the kernel's rules for an opening while no daemon runs. */
static bool
kernel_passes(const struct kernel_policy *p, const struct asked *a)
{
	return !holds(&p->deny, a->dst, NULL, a->now) &&
	       (holds(&p->open, a->src, NULL, a->now) || holds(&p->pairs, a->src, a->dst, a->now) ||
	        holds_card(&p->cards, a->src, a->card, a->now));
}

/* ... without asking a gate, while one runs. */
static bool
kernel_passes_freely(const struct kernel_policy *p, const struct asked *a)
{
	return kernel_passes(p, a) && (!p->has_max || (!holds(&p->max, a->src, NULL, a->now) &&
	                                               !holds(&p->max_pairs, a->src, a->dst, a->now) &&
	                                               !holds_card(&p->max_cards, a->src, a->card, a->now)));
}

/* True if the last places pass an opening that the gate has accepted; `sets`: the kernel has sets for pairs. */
static bool
last_passes(const struct kernel_policy *p, const struct addr *src, const struct addr *dst, int64_t now, bool sets)
{
	return !holds(&p->deny, dst, NULL, now) &&
	       (holds(&p->open, src, NULL, now) || holds(sets ? &p->bound : &p->limited, src, NULL, now) ||
	        holds(&p->pairs, src, dst, sets ? now : RULES_FOREVER - 1));
}

/* What the gate leaves to the last places they refuse, also when an element outlives its line by some seconds and when
 * it should have been made anew; what it lets pass they let pass as long as it is current. */
static void
check_last_places(const struct config *c, const struct kernel_policy *p, const struct asked *a, const char *text)
{
	const struct addr *src = a->src, *dst = a->dst;
	int64_t now = a->now;
	struct decision d = policy_decide(c->policy, src, dst, a->card, now);

	policy_settle(c->policy, src, dst, now, &d);
	for (int late = 0; late < 30; late += 29)
		for (int sets = 0; sets < 2; sets++) {
			int64_t at = now - late * SECOND < p->now ? p->now : now - late * SECOND;
			bool passes = last_passes(p, src, dst, at, sets);

			if (d.verdict == VERDICT_REJECT && passes)
				fail_msg("the last places would let pass what the gate leaves to them:\n%s", text);
			if (d.verdict == VERDICT_PASS && !passes && late == 0 && now < p->next)
				fail_msg("the last places would refuse what passes:\n%s", text);
		}
}

static bool
policy_passes(const struct config *c, const struct asked *a)
{
	return !verdict_refuses((enum verdict)policy_decide(c->policy, a->src, a->dst, a->card, a->now).verdict);
}

/* A line with cards for the source names destinations as well, which the kernel's sets cannot say. */
static bool
is_beyond_sets(const struct config *c, const struct addr *src)
{
	const struct node *nodes = policy_nodes(c->policy);

	for (uint32_t n = policy_find(c->policy, &c->policy->sources, src); n != POLICY_NONE; n = nodes[n].parent)
		for (uint32_t r = nodes[n].rule; r < nodes[n].rule + nodes[n].rule_count; r++)
			if (policy_rules(c->policy)[r].card_count > 0 && policy_rules(c->policy)[r].to_count > 0)
				return true;
	return false;
}

static void
check_apart(const struct element_list *list, bool pairs)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct element *a = &list->items[i], *b = &list->items[k];
			bool source = prefix_covers(&a->source, &b->source) || prefix_covers(&b->source, &a->source);
			bool to = prefix_covers(&a->to, &b->to) || prefix_covers(&b->to, &a->to);

			if (source && (!pairs || to))
				fail_msg("elements %zu and %zu overlap", k, i);
		}
}

static struct addr
random_addr(unsigned *seed, uint8_t family)
{
	struct addr a = {.family = family};

	a.bytes[0] = 10;
	a.bytes[addr_size(&a) - 2] = (uint8_t)(rand_r(seed) % 2);
	a.bytes[addr_size(&a) - 1] = (uint8_t)(rand_r(seed) % 64);
	return a;
}

#define T0 INT64_C(1000000000000000)

static void
add_line(char *text, unsigned *seed)
{
	static const char *const words[] = {"allow", "allow", "allow", "block", "deny-to"};
	const char *word = words[rand_r(seed) % 5];
	uint8_t family = rand_r(seed) % 3 ? 4 : 6;
	struct addr a = random_addr(seed, family), to = random_addr(seed, family);
	struct prefix p = prefix_of(&a, (uint8_t)(addr_bits(&a) - (uint8_t)(rand_r(seed) % 8)));
	struct prefix q = prefix_of(&to, (uint8_t)(addr_bits(&a) - (uint8_t)(rand_r(seed) % 8)));
	char buf[PREFIX_TEXT], when[WHEN_TEXT];

	sprintf(text + strlen(text), "%s %s", word, prefix_print(strcmp(word, "deny-to") == 0 ? &q : &p, buf));
	if (strcmp(word, "allow") == 0 && rand_r(seed) % 2)
		sprintf(text + strlen(text), " to %s", prefix_print(&q, buf));
	if (strcmp(word, "allow") == 0 && rand_r(seed) % 4 == 0)
		strcat(text, " max 5/minute");
	if (strcmp(word, "allow") == 0 && rand_r(seed) % 3 == 0)
		sprintf(text + strlen(text), " mac 02:00:00:00:00:0%d", rand_r(seed) % 3 + 1);
	if (strcmp(word, "deny-to") != 0 && rand_r(seed) % 3 == 0)
		sprintf(text + strlen(text), " until %s",
		        when_print(T0 + (rand_r(seed) % 5 + 1) * 1000 * SECOND, false, when));
	else if (strcmp(word, "deny-to") != 0 && rand_r(seed) % 4 == 0)
		sprintf(text + strlen(text), " from %s",
		        when_print(T0 + rand_r(seed) % 5 * 1000 * SECOND, false, when));
	strcat(text, "\n");
}

static void
the_kernel_never_passes_more_than_the_policy(void **state)
{
	unsigned seed = 3, compared = 0, exact = 0, freely = 0, with_max = 0, by_card = 0;

	(void)state;
	for (int round = 0; round < 400; round++) {
		char text[8192] = "lan 10.0.0.0/8 a00::/8\nrange r 10.0.0.0/26\n";
		struct config *c;
		struct kernel_policy *p;

		if (round % 5 == 0)
			strcat(text, "stranger audit in r\n");
		for (int i = 0; i < 14; i++)
			add_line(text, &seed);
		if ((c = config_of(text, NULL)) == NULL)
			continue; /* the lines contradict each other */
		assert_non_null(p = kernel_policy_make(c, T0 + 500 * SECOND));
		check_apart(&p->open, false);
		check_apart(&p->pairs, true);
		check_apart(&p->max, false);
		check_apart(&p->max_pairs, true);
		check_apart(&p->limited, false);
		check_apart(&p->bound, false);
		check_apart(&p->cards, true);
		check_apart(&p->bound_cards, true);
		check_apart(&p->max_cards, true);
		for (int i = 0; i < 1500; i++) {
			uint8_t family = rand_r(&seed) % 3 ? 4 : 6;
			struct addr src = random_addr(&seed, family), dst = random_addr(&seed, family);
			int64_t later = p->now + rand_r(&seed) % 7000 * SECOND;
			const uint8_t card[6] = {2, 0, 0, 0, 0, (uint8_t)(rand_r(&seed) % 4)};
			const struct asked a = {&src, &dst, card, later};
			struct decision d = policy_decide(c->policy, &src, &dst, card, later);

			check_last_places(c, p, &a, text);
			/* Daemon dead: never wider, at any later time. */
			if (kernel_passes(p, &a) && !policy_passes(c, &a))
				fail_msg("the kernel would pass what the policy refuses:\n%s", text);
			/* Until it is due to be made anew, it equals the policy. */
			if (later < p->next) {
				if (!is_beyond_sets(c, &src)) {
					assert_int_equal(kernel_passes(p, &a), policy_passes(c, &a));
					exact++;
				}
				/* What passes from a card alone is known to be bound. */
				if (d.verdict == VERDICT_PASS &&
				    policy_decide(c->policy, &src, &dst, NULL, later).verdict != VERDICT_PASS) {
					assert_true(holds(&p->bound, &src, NULL, later));
					assert_true(holds_card(&p->bound_cards, &src, card, later));
					by_card++;
				}
				/* A source with a `max` never passes without a decision of the gate. */
				if (kernel_passes_freely(p, &a)) {
					assert_int_equal(d.max, 0);
					freely++;
				} else {
					with_max += d.max > 0;
				}
			}
			compared++;
		}
		kernel_policy_free(p);
		config_free(c);
	}
	assert_true(compared > 100000 && exact > 10000 && freely > 1000 && with_max > 1000 && by_card > 1000);
}

/* One smart host open to all must not cost an element for every listed customer. */
static void
a_smart_host_for_all_costs_one_pair(void **state)
{
	char *text = malloc(100000);
	struct config *c;
	struct kernel_policy *p;

	(void)state;
	strcpy(text, "lan 10.0.0.0/8\nallow lan to 192.0.2.25\n");
	for (int i = 0; i < 2000; i++)
		sprintf(text + strlen(text), "allow 10.%d.%d.7\n", i / 250, i % 250);
	assert_non_null(c = config_of(text, NULL));
	assert_non_null(p = kernel_policy_make(c, T0));
	assert_int_equal(p->open.count, 2000);
	assert_int_equal(p->pairs.count, 1);
	assert_true(p->next == RULES_FOREVER);
	kernel_policy_free(p);
	config_free(c);
	free(text);
}

static void
audit_passes_everybody_in_the_kernel(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\nstranger audit\nblock 10.0.0.1\n", NULL);
	struct addr any = {.family = 4, .bytes = {192, 168, 0, 1}}, blocked = {.family = 4, .bytes = {10, 0, 0, 1}};
	struct kernel_policy *p = kernel_policy_make(c, T0);

	(void)state;
	assert_true(holds(&p->open, &any, NULL, T0));
	assert_true(holds(&p->open, &blocked, NULL, T0)); /* a dry run cuts nobody off, dead daemon or not */
	kernel_policy_free(p);
	config_free(c);
}

/* Only what has no `max` anywhere is decided by the kernel. */
static void
the_kernel_decides_only_without_max(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\nallow 10.0.0.1\nallow 10.0.0.2 max 5/minute\n"
	                             "allow 10.0.0.3 to 192.0.2.1 max 5/minute\nallow 10.0.0.3\n"
	                             "allow 10.0.0.4 to 192.0.2.1 max 5/minute\nallow 10.0.0.4 to 192.0.2.2\n",
	                             NULL);
	struct addr host = {.family = 4, .bytes = {10, 0, 0, 0}};
	struct addr one = {.family = 4, .bytes = {192, 0, 2, 1}}, two = {.family = 4, .bytes = {192, 0, 2, 2}};
	static const uint8_t card[6] = {2, 0, 0, 0, 0, 1};
	const struct asked to_one = {&host, &one, card, T0}, to_two = {&host, &two, card, T0};
	static const bool expected[][2] = {{true, true}, {false, false}, {false, false}, {false, true}};
	struct kernel_policy *p;

	(void)state;
	assert_non_null(c);
	assert_non_null(p = kernel_policy_make(c, T0));
	assert_true(p->has_max);
	for (uint8_t i = 0; i < 4; i++) {
		host.bytes[3] = (uint8_t)(i + 1);
		assert_int_equal(kernel_passes_freely(p, &to_one), expected[i][0]);
		assert_int_equal(kernel_passes_freely(p, &to_two), expected[i][1]);
		assert_true(kernel_passes(p, &to_one)); /* and with a dead gate */
	}
	kernel_policy_free(p);
	config_free(c);
}

/* Users have no timeout in the kernel: those whose line ends are left to the gate. */
static void
users_with_an_end_are_left_to_the_gate(void **state)
{
	static const char text[] = "lan 10.0.0.0/8\nrange r 10.1.0.0/16\nlocal\nstranger audit\n"
	                           "allow local user 1 max 5/minute\n"
	                           "allow local user 2 to 192.0.2.1\n"
	                           "allow local user 3 until 2099-01-01\n"
	                           "allow local user 4 from 2027-01-01\n"
	                           "allow local user 5 from 2020-01-01\n"
	                           "allow local user 5\n";
	char strict[600];
	struct config *c = config_of(text, NULL);
	struct kernel_policy *p;
	int64_t begin = 0, now = 0;

	(void)state;
	assert_true(when_parse("2026-11-21T12:00:00Z", &now) && when_parse_date("2027-01-01", &begin));
	assert_non_null(c);
	assert_non_null(p = kernel_policy_make(c, now));
	assert_int_equal(p->users.count, 3);
	assert_int_equal(element_user(&p->users.items[0]), 1);
	assert_int_equal(p->users.items[0].to.addr.family, 0);
	assert_true(p->users.items[0].max && !p->users.items[1].max);
	assert_int_equal(element_user(&p->users.items[1]), 2);
	assert_int_equal(p->users.items[1].to.addr.family, 4);
	assert_int_equal(element_user(&p->users.items[2]), 5);
	assert_true(p->next == begin);
	assert_true(p->users_open);
	kernel_policy_free(p);
	assert_non_null(p = kernel_policy_make(c, begin));
	assert_int_equal(p->users.count, 4);
	kernel_policy_free(p);
	config_free(c);
	snprintf(strict, sizeof strict, "%sstranger drop in r\n", text); /* a range is stricter: no guess */
	assert_non_null(c = config_of(strict, NULL));
	assert_non_null(p = kernel_policy_make(c, now));
	assert_false(p->users_open);
	kernel_policy_free(p);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_kernel_never_passes_more_than_the_policy),
	        cmocka_unit_test(a_smart_host_for_all_costs_one_pair),
	        cmocka_unit_test(audit_passes_everybody_in_the_kernel),
	        cmocka_unit_test(users_with_an_end_are_left_to_the_gate),
	        cmocka_unit_test(the_kernel_decides_only_without_max),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
