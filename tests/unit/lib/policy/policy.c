/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/common/policies.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"

#define NOW "2026-11-21T12:00:00Z"

/* `want`: "verdict reason line" (0: the default). */
static void
expect(const struct config *c, const char *src, const char *dst, const char *time, const char *want)
{
	policies_expect(c, &(struct policies_asked){src, dst, time, NULL}, want);
}

static void
the_most_specific_line_decides(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8 2001:db8:1::/48\n"         /* 1 */
	                             "allow 10.1.0.0/16\n"                      /* 2 */
	                             "block 10.1.0.128/25\n"                    /* 3 */
	                             "allow 10.1.0.200\n"                       /* 4 */
	                             "allow 10.1.0.201 to 203.0.113.0/24\n"     /* 5 */
	                             "allow 10.2.0.5 to 203.0.113.0/24\n"       /* 6 */
	                             "allow lan to 192.0.2.25 2001:db8:f::25\n" /* 7 */
	                             "deny-to 198.51.100.0/24\n"                /* 8 */
	                             "stranger drop\n"                          /* 9 */
	                             "allow 2001:db8:1:5::/64\n",               /* 10 */
	                             NULL);

	(void)state;
	assert_non_null(c);
	expect(c, "10.1.0.1", "203.0.113.9", NOW, "pass listed 2");
	expect(c, "10.1.0.129", "203.0.113.9", NOW, "drop blocked 3");
	expect(c, "10.1.0.127", "203.0.113.9", NOW, "pass listed 2");
	expect(c, "10.1.0.200", "203.0.113.9", NOW, "pass listed 4");
	expect(c, "10.1.0.201", "203.0.113.9", NOW, "pass listed 5");
	expect(c, "10.1.0.201", "8.8.8.8", NOW, "drop blocked 3"); /* falls through to the block */
	expect(c, "10.1.0.129", "192.0.2.25", NOW, "drop blocked 3");
	expect(c, "10.2.0.5", "203.0.113.9", NOW, "pass listed 6");
	expect(c, "10.2.0.5", "192.0.2.25", NOW, "pass listed 7"); /* falls through to lan */
	expect(c, "10.2.0.5", "8.8.8.8", NOW, "drop destination 9");
	expect(c, "10.1.0.200", "198.51.100.77", NOW, "drop deny-to 8"); /* listed or not */
	expect(c, "2001:db8:1:5::9", "2001:db8:f::1", NOW, "pass listed 10");
	expect(c, "2001:db8:1:5::", "2001:db8:f::1", NOW, "pass listed 10"); /* the first address of a prefix */
	expect(c, "2001:db8:1:6::9", "2001:db8:f::25", NOW, "pass listed 7");
	expect(c, "2001:db8:1:6::9", "2001:db8:f::1", NOW, "drop destination 9");
	expect(c, "192.168.1.1", "8.8.8.8", NOW, "drop stranger 9"); /* came in through the interface, say */
	config_free(c);
}

static void
lines_hold_from_and_until(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\n"                                            /* 1 */
	                             "allow 10.0.0.1 until 2026-11-20\n"                           /* 2 */
	                             "allow 10.0.0.2 from 2026-12-01\n"                            /* 3 */
	                             "allow 10.0.0.3 from 2026-11-01 until 2026-11-21T12:00:00Z\n" /* 4 */
	                             "block 10.0.0.4 until 2026-11-20\n"                           /* 5 */
	                             "allow 10.0.0.0/24 from 2026-11-20 until 2026-11-30\n"        /* 6 */
	                             "allow 10.0.1.1 until 2026-11-20\n",                          /* 7 */
	                             NULL);

	(void)state;
	assert_non_null(c);
	/* A date means the whole day, UTC. */
	expect(c, "10.0.1.1", "8.8.8.8", "2026-11-20T23:59:59.999999Z", "pass listed 7");
	expect(c, "10.0.1.1", "8.8.8.8", "2026-11-21T00:00:00Z", "reject expired 0");
	expect(c, "10.0.0.1", "8.8.8.8", NOW, "pass listed 6"); /* the wider line still holds */
	expect(c, "10.0.0.1", "8.8.8.8", "2026-12-01T00:00:00Z", "reject expired 0");
	expect(c, "10.0.0.2", "8.8.8.8", "2026-11-30T23:59:59Z", "pass listed 6");
	expect(c, "10.0.0.2", "8.8.8.8", "2026-12-01T00:00:00Z", "pass listed 3");
	expect(c, "10.0.0.2", "8.8.8.8", "2026-11-19T00:00:00Z", "reject early 0");
	expect(c, "10.0.0.3", "8.8.8.8", "2026-11-10T00:00:00Z", "pass listed 4");
	expect(c, "10.0.0.4", "8.8.8.8", "2026-11-20T12:00:00Z", "reject blocked 5");
	expect(c, "10.0.0.4", "8.8.8.8", "2026-11-21T00:00:00Z", "pass listed 6");
	config_free(c);
}

static void
the_narrowest_range_decides_about_strangers(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\n"
	                             "range dsl 10.20.0.0/16\n"
	                             "range dialup 10.30.0.0/16 10.20.5.0/24\n"
	                             "range office 10.40.0.0/16\n"
	                             "stranger drop in dsl\n"     /* 5 */
	                             "stranger audit in dialup\n" /* 6 */
	                             "block 10.30.0.1\n"          /* 7 */
	                             "deny-to 198.51.100.0/24\n", /* 8 */
	                             NULL);

	(void)state;
	assert_non_null(c);
	expect(c, "10.1.0.1", "8.8.8.8", NOW, "reject stranger 0");
	expect(c, "10.20.0.1", "8.8.8.8", NOW, "drop stranger 5");
	expect(c, "10.20.5.1", "8.8.8.8", NOW, "audit stranger 6"); /* the narrower range */
	expect(c, "10.40.0.1", "8.8.8.8", NOW, "reject stranger 0");
	expect(c, "10.30.0.1", "8.8.8.8", NOW, "audit blocked 7");
	expect(c, "10.30.0.2", "198.51.100.1", NOW, "reject deny-to 8"); /* also in a dry run */
	expect(c, "10.20.0.1", "198.51.100.1", NOW, "drop deny-to 8");
	config_free(c);
}

/* "SRC DST" -> the limit of the line that lets it pass. */
static struct decision
limited(const struct config *c, const char *src, const char *dst)
{
	struct addr s, d;

	assert_true(addr_parse(src, &s) && addr_parse(dst, &d));
	return policy_decide(c->policy, &s, &d, NULL, 0);
}

static void
max_is_that_of_the_line_that_passes(void **state)
{
	static const char text[] = "lan 10.0.0.0/8 2001:db8:1::/48\n" /* 1 */
	                           "range dsl 10.20.0.0/16\n"
	                           "range wifi 10.30.0.0/16\n"
	                           "stranger drop in dsl\n"
	                           "stranger audit in wifi\n"
	                           "allow lan max 5/minute\n" /* 6 */
	                           "allow 10.0.0.1 max 65535/minute to 192.0.2.1 192.0.2.2\n"
	                           "allow 10.0.0.1 to 192.0.2.3 max 1/minute\n"
	                           "allow 10.0.0.2\n";
	char later[400];
	struct config *c = config_of(text, NULL), *again;
	struct decision d, over;
	struct addr src;

	(void)state;
	assert_non_null(c);
	assert_int_equal(limited(c, "10.0.0.1", "192.0.2.2").max, 65535);
	assert_int_equal(limited(c, "10.0.0.1", "192.0.2.3").max, 1);
	assert_int_equal(limited(c, "10.0.0.1", "192.0.2.4").max, 5);
	assert_int_equal(limited(c, "10.0.0.2", "192.0.2.4").max, 0);
	assert_int_equal(limited(c, "2001:db8:1::9", "2001:db8:f::1").max, 5);
	/* Separate limits, identified by the content of a line and not its position. */
	assert_int_not_equal(limited(c, "10.0.0.1", "192.0.2.2").limit, limited(c, "10.0.0.1", "192.0.2.3").limit);
	assert_int_not_equal(limited(c, "10.0.0.1", "192.0.2.2").limit, limited(c, "10.0.0.1", "192.0.2.4").limit);
	assert_int_equal(limited(c, "10.0.0.1", "192.0.2.1").limit, limited(c, "10.0.0.1", "192.0.2.2").limit);
	snprintf(later, sizeof later, "deny-to 198.51.100.1\nallow 10.9.0.1 to 203.0.113.1 max 2/minute\n%s", text);
	assert_non_null(again = config_of(later, NULL));
	for (int i = 1; i <= 4; i++) {
		char dst[32];

		snprintf(dst, sizeof dst, "192.0.2.%d", i);
		assert_int_equal(limited(c, "10.0.0.1", dst).limit, limited(again, "10.0.0.1", dst).limit);
	}
	config_free(again);
	/* Above the limit, the source gets a stranger's verdict, but no reset, and the line is named. */
	static const struct {
		const char *src;
		enum verdict verdict;
	} cases[] = {{"10.0.0.9", VERDICT_DROP}, {"10.20.0.9", VERDICT_DROP}, {"10.30.0.9", VERDICT_AUDIT}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(addr_parse(cases[i].src, &src));
		d = limited(c, cases[i].src, "192.0.2.4");
		over = policy_over_max(c->policy, &src, &d);
		assert_int_equal(d.verdict, VERDICT_PASS);
		assert_int_equal(over.verdict, cases[i].verdict);
		assert_int_equal(over.reason, REASON_RATE);
		assert_int_equal(c->lines[over.line].number, 6);
	}
	config_free(c);
}

static void
own_processes_are_decided_by_user(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\n" /* 1 */
	                             "range dsl 10.20.0.0/16\n"
	                             "stranger drop in dsl\n" /* 3 */
	                             "local\n"
	                             "allow local user postfix\n" /* 5 */
	                             "allow local user 0 to 192.0.2.25\n"
	                             "allow local user 33 34 until 2026-11-20 max 5/minute\n"
	                             "deny-to 198.51.100.0/24\n" /* 8 */
	                             "allow 0.0.0.101\n",
	                             NULL);
	static const struct {
		int64_t user; /* -1: not known */
		const char *src, *dst, *time, *want;
	} cases[] = {
	        {101, "198.18.0.1", "8.8.8.8", NOW, "pass listed 5"},
	        {101, "198.18.0.1", "198.51.100.1", NOW, "reject deny-to 8"},
	        {0, "198.18.0.1", "192.0.2.25", NOW, "pass listed 6"},
	        {0, "198.18.0.1", "8.8.8.8", NOW, "reject destination 0"},
	        {33, "198.18.0.1", "8.8.8.8", NOW, "reject expired 0"},
	        {34, "198.18.0.1", "8.8.8.8", "2026-11-20T12:00:00Z", "pass listed 7"},
	        {35, "198.18.0.1", "8.8.8.8", NOW, "reject stranger 0"},
	        {35, "10.20.0.1", "8.8.8.8", NOW, "drop stranger 3"},
	        {-1, "198.18.0.1", "192.0.2.25", NOW, "reject stranger 0"},
	};
	struct decision d[2];

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t user = (uint32_t)cases[i].user;
		struct addr src, dst;
		struct decision got;
		int64_t now = 0;
		char text[100];

		assert_true(addr_parse(cases[i].src, &src) && addr_parse(cases[i].dst, &dst) &&
		            when_parse(cases[i].time, &now));
		got = policy_decide_local(c->policy, cases[i].user >= 0 ? &user : NULL, &src, &dst, now);
		snprintf(text, sizeof text, "%s %s %u", verdict_name((enum verdict)got.verdict),
		         reason_name((enum reason)got.reason), got.line == POLICY_NONE ? 0 : c->lines[got.line].number);
		assert_string_equal(text, cases[i].want);
	}
	/* A user is no source: neither does a line for the one speak for the other. */
	expect(c, "0.0.0.101", "8.8.8.8", NOW, "pass listed 9");
	expect(c, "0.0.0.0", "192.0.2.25", NOW, "reject stranger 0");
	/* Users have buckets of their own. */
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t user = 33 + i;
		struct addr src, dst;

		assert_true(addr_parse("198.18.0.1", &src) && addr_parse("8.8.8.8", &dst));
		d[i] = policy_decide_local(c->policy, &user, &src, &dst, 0);
		assert_int_equal(d[i].max, 5);
	}
	assert_int_not_equal(d[0].limit, d[1].limit);
	config_free(c);
}

/* The slow and obvious way: every line of the policy, the longest prefix that holds. */
struct plain {
	struct prefix prefix, to;
	bool block, limited;
};

static enum verdict
decide_plainly(const struct plain *lines, size_t count, const struct addr *src, const struct addr *dst)
{
	for (int len = 32; len >= 0; len--)
		for (size_t i = 0; i < count; i++)
			if (lines[i].prefix.len == len && prefix_contains(&lines[i].prefix, src) &&
			    (!lines[i].limited || prefix_contains(&lines[i].to, dst)))
				return lines[i].block ? VERDICT_REJECT : VERDICT_PASS;
	return VERDICT_REJECT;
}

static struct addr
random_addr(unsigned *seed)
{
	struct addr a = {.family = 4, .bytes = {10, 0, (uint8_t)(rand_r(seed) % 4), (uint8_t)rand_r(seed)}};

	return a;
}

static void
decisions_match_a_plain_search(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct plain lines[40];
		char text[8192] = "lan 10.0.0.0/8\n", word[PREFIX_TEXT];
		size_t count = 0;
		struct config *c;

		while (count < 40) {
			struct addr a = random_addr(&seed), to = random_addr(&seed);
			struct plain line = {prefix_of(&a, (uint8_t)(20 + rand_r(&seed) % 13)),
			                     prefix_of(&to, (uint8_t)(20 + rand_r(&seed) % 13)), rand_r(&seed) % 2,
			                     false};
			bool again = false;

			line.limited = !line.block && rand_r(&seed) % 2;
			for (size_t i = 0; i < count; i++)
				again = again || prefix_cmp(&lines[i].prefix, &line.prefix) == 0;
			if (again)
				continue;
			sprintf(text + strlen(text), "%s %s", line.block ? "block" : "allow",
			        prefix_print(&line.prefix, word));
			if (line.limited)
				sprintf(text + strlen(text), " to %s", prefix_print(&line.to, word));
			strcat(text, "\n");
			lines[count++] = line;
		}
		assert_non_null(c = config_of(text, NULL));
		for (int i = 0; i < 3000; i++) {
			struct addr src = random_addr(&seed), dst = random_addr(&seed);

			assert_int_equal(policy_decide(c->policy, &src, &dst, NULL, 0).verdict,
			                 decide_plainly(lines, count, &src, &dst));
		}
		config_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_most_specific_line_decides),
	        cmocka_unit_test(lines_hold_from_and_until),
	        cmocka_unit_test(the_narrowest_range_decides_about_strangers),
	        cmocka_unit_test(max_is_that_of_the_line_that_passes),
	        cmocka_unit_test(own_processes_are_decided_by_user),
	        cmocka_unit_test(decisions_match_a_plain_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
