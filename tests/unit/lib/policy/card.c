/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/policies.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"

#define NOW "2026-11-21T12:00:00Z"

static void
expect_from(const struct config *c, const char *src, const uint8_t card[6], const char *dst, const char *want)
{
	policies_expect(c, &(struct policies_asked){src, dst, NOW, card}, want);
}

/* A line with cards holds for them alone. From others, or from one that is not known, the next line is asked. */
static void
a_bound_line_holds_for_its_cards_alone(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8 2001:db8:1::/48\n"                            /* 1 */
	                             "allow 10.0.0.1 mac 02:00:00:00:00:01 02-00-00-00-00-0A\n"    /* 2 */
	                             "allow 10.0.0.2 to 192.0.2.1 mac 02:00:00:00:00:02\n"         /* 3 */
	                             "allow 10.0.0.3 mac 02:00:00:00:00:03 until 2026-11-20\n"     /* 4 */
	                             "allow lan to 203.0.113.25\n"                                 /* 5 */
	                             "allow 10.0.0.4 mac 02:00:00:00:00:04 to 192.0.2.1\n"         /* 6 */
	                             "allow 10.0.0.4 mac 02:00:00:00:00:05\n"                      /* 7 */
	                             "allow 10.1.0.0/24 2001:db8:1:1::/64 mac 02:00:00:00:00:06\n" /* 8 */
	                             "block 10.1.0.7\n",                                           /* 9 */
	                             NULL);
	static const uint8_t one[6] = {2, 0, 0, 0, 0, 1}, ten[6] = {2, 0, 0, 0, 0, 10}, two[6] = {2, 0, 0, 0, 0, 2};
	static const uint8_t four[6] = {2, 0, 0, 0, 0, 4}, five[6] = {2, 0, 0, 0, 0, 5}, six[6] = {2, 0, 0, 0, 0, 6};
	static const uint8_t three[6] = {2, 0, 0, 0, 0, 3}, zero[6];

	(void)state;
	assert_non_null(c);
	expect_from(c, "10.0.0.1", one, "8.8.8.8", "pass listed 2");
	expect_from(c, "10.0.0.1", ten, "8.8.8.8", "pass listed 2");
	expect_from(c, "10.0.0.1", policy_right_card, "8.8.8.8", "pass listed 2");
	expect_from(c, "10.0.0.1", two, "8.8.8.8", "reject wrong-mac 0");
	expect_from(c, "10.0.0.1", zero, "8.8.8.8", "reject wrong-mac 0"); /* as in a forged frame */
	expect_from(c, "10.0.0.1", NULL, "8.8.8.8", "reject wrong-mac 0");
	expect_from(c, "10.0.0.1", two, "203.0.113.25", "pass listed 5"); /* as all others */
	expect_from(c, "10.0.0.2", two, "192.0.2.1", "pass listed 3");
	expect_from(c, "10.0.0.2", one, "192.0.2.1", "reject wrong-mac 0");
	expect_from(c, "10.0.0.2", one, "192.0.2.2", "reject destination 0");
	expect_from(c, "10.0.0.2", two, "192.0.2.2", "reject destination 0");
	expect_from(c, "10.0.0.3", three, "8.8.8.8", "reject expired 0");
	expect_from(c, "10.0.0.4", four, "192.0.2.1", "pass listed 6");
	expect_from(c, "10.0.0.4", five, "192.0.2.1", "pass listed 7");
	expect_from(c, "10.0.0.4", four, "8.8.8.8", "reject destination 0");
	expect_from(c, "10.0.0.4", five, "8.8.8.8", "pass listed 7");
	expect_from(c, "10.1.0.9", six, "8.8.8.8", "pass listed 8");
	expect_from(c, "10.1.0.9", one, "8.8.8.8", "reject wrong-mac 0");
	expect_from(c, "10.1.0.7", six, "8.8.8.8", "reject blocked 9");
	expect_from(c, "2001:db8:1:1::9", six, "2001:db8:f::1", "pass listed 8");
	expect_from(c, "2001:db8:1:1::9", one, "2001:db8:f::1", "reject wrong-mac 0");
	config_free(c);
}

/* The last places do not see cards: the gate drops what they would let pass. */
static void
another_card_is_dropped_while_the_kernel_may_pass_it(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\nallow 10.0.0.1 mac 02:00:00:00:00:01 until 2026-11-21\n", NULL);
	struct addr src = {.family = 4, .bytes = {10, 0, 0, 1}}, dst = {.family = 4, .bytes = {8, 8, 8, 8}};
	int64_t end = 0;

	(void)state;
	assert_non_null(c);
	assert_true(when_parse_date("2026-11-22", &end));
	assert_true(policy_limited(c->policy, &src, end - 1) == end);
	for (int64_t at = end - SECOND; at <= end + 31 * SECOND; at += 16 * SECOND) {
		struct decision d = policy_decide(c->policy, &src, &dst, NULL, at);

		assert_int_equal(d.verdict, VERDICT_REJECT);
		policy_settle(c->policy, &src, &dst, at, &d);
		assert_int_equal(d.verdict, at < end + 30 * SECOND ? VERDICT_DROP : VERDICT_REJECT);
	}
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_bound_line_holds_for_its_cards_alone),
	        cmocka_unit_test(another_card_is_dropped_while_the_kernel_may_pass_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
