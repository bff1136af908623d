/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label, judge_words: a life for each label and rule, and sentences for each. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/judged_host.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/judge.h"
#include "lib/judge/words.h"

static void
zombie(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(n * 5, n);
	judged_host_expect(60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	judged_host_expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL); /* over in a minute */
	judged_host_try(300, 12);
	judged_host_expect(44 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	judged_host_expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL); /* one try each */
	for (uint32_t n = 13; n < 31; n++)
		judged_host_try(300 + n, n);
	judged_host_expect(60 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	judged_host_try(340, 31);
	judged_host_expect(60 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
}

/* Three known networks to one new one: the walk never crosses, the limit does. */
static void
zombie_that_hides(void **state)
{
	int64_t seconds = 0;
	struct judgement v;

	(void)state;
	for (uint32_t n = 0; n < 40; n++) {
		judged_host_try(seconds += 60, n);
		for (uint32_t k = 0; k < 3 && n > 0; k++)
			judged_host_try(seconds += 60, (n * 7 + k) % n);
	}
	v = judge_verdict(judged_host, 0);
	assert_true(v.crossed_at != 0 && v.by_networks);
	assert_true(v.score < v.cross);
	judged_host_expect(seconds + 3600, LABEL_ZOMBIE, RULE_NETWORKS, CERTAINTY_CONFIRMED);
}

/* Twelve domains, each tried again after 5, 15 and 35 minutes. */
static void
mail_server(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(n, n);
	judged_host_expect(60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(300 + n, n);
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(900 + n, n);
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(2100 + n, n);
	judged_host_expect(46 * 60, LABEL_MAIL_SERVER, RULE_STEPS, CERTAINTY_CONFIRMED);
}

/* The same on port 587: no mail server does that. */
static void
mail_server_on_the_wrong_port(void **state)
{
	struct judge_row row = judged_host_row_at(2200, 3, 1);

	mail_server(state);
	row.port = 587;
	judged_host_row(&row);
	judged_host_expect(46 * 60, LABEL_ROAMING, RULE_SUBMISSION, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 12; n < 20; n++)
		judged_host_try(2160 + n * 5, n);
	judged_host_expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
small_mail_server(void **state)
{
	(void)state;
	for (int64_t at = 0; at <= 3000; at += 1000)
		for (uint32_t n = 0; n < 5; n++)
			judged_host_try(at + n * 30, n);
	judged_host_expect(60 * 60, LABEL_MAIL_SERVER, RULE_STEPS, CERTAINTY_CONFIRMED);
}

static void
monitor(void **state)
{
	(void)state;
	for (int64_t round = 0; round < 8; round++)
		for (uint32_t n = 0; n < 9; n++)
			judged_host_try(round * 300 + n * 31, n);
	judged_host_expect(2400, LABEL_MONITOR, RULE_RHYTHM, CERTAINTY_CONFIRMED);
}

static void
printer(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++)
		judged_host_try(n * 180, 1);
	judged_host_expect(1440, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
}

/* One smart host with nine networks, one after the other, every ten minutes. */
static void
printer_with_many_addresses(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 18; n++)
		judged_host_try(n * 600, n % 9);
	assert_true(judge_verdict(judged_host, 0).crossed_at != 0);
	judged_host_expect(18 * 600, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
	/* But not for more networks than smart hosts have. */
	for (uint32_t n = 18; n < 35; n++)
		judged_host_try(n * 600, n);
	judged_host_expect(35 * 600, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
}

static void
visitor(void **state)
{
	static const int64_t times[] = {0, 130, 500, 640, 1300, 1500, 2500};

	(void)state;
	for (size_t n = 0; n < sizeof times / sizeof times[0]; n++)
		judged_host_try(times[n], n % 4 == 0);
	judged_host_expect(2600, LABEL_ROAMING, RULE_BY_HAND, CERTAINTY_PROVISIONAL);
}

static void
raw_scanner(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 4; n++) {
		struct judge_row row = judged_host_row_at(n, 1, (uint8_t)n);

		row.raw = n < 2;
		judged_host_row(&row);
	}
	judged_host_expect(5, LABEL_SCANNER, RULE_RAW_SYN, CERTAINTY_CONFIRMED);
}

static void
sweeping_scanner(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 20; n++) {
		struct judge_row row = judged_host_row_at(n, n % 2, (uint8_t)(1 + n));

		judged_host_row(&row);
	}
	judged_host_expect(20, LABEL_SCANNER, RULE_SWEEP, CERTAINTY_CONFIRMED);
}

/* Addresses at random; but two old smart hosts in private networks are no scan, nor are some domains that point there.
 */
static void
random_scanner(void **state)
{
	uint8_t bytes[4] = {10, 1, 1, 1};

	(void)state;
	for (uint32_t n = 0; n < 20; n++) {
		struct judge_row row = judged_host_row_at(n * 180, 0, 1);

		bytes[1] = (uint8_t)(n % 2);
		row.destination = addr_v4(bytes);
		judged_host_row(&row);
	}
	judged_host_expect(3600, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 0; n < 30; n++) {
		struct judge_row row = judged_host_row_at(3600 + n, n, 1);

		bytes[1] = (uint8_t)n;
		if (n % 5 == 0)
			row.destination = addr_v4(bytes);
		judged_host_row(&row);
	}
	judged_host_expect(3700, LABEL_SCANNER, RULE_BOGON, CERTAINTY_CONFIRMED);
}

static void
domains_that_point_nowhere(void **state)
{
	uint8_t bytes[4] = {127, 0, 0, 1};

	(void)state;
	for (uint32_t n = 0; n < 200; n++) {
		struct judge_row row = judged_host_row_at(n, n, 1);

		bytes[2] = (uint8_t)n;
		if (n % 20 == 0)
			row.destination = addr_v4(bytes);
		judged_host_row(&row);
	}
	judged_host_expect(200, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
scanner_without_resends(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		struct judge_row row = judged_host_row_at(n, n, 1);

		row.retransmits = 0;
		judged_host_row(&row);
	}
	judged_host_expect(8, LABEL_SCANNER, RULE_NO_RESEND, CERTAINTY_CONFIRMED);
}

/* A refused host has no reason to retransmit. */
static void
refused_without_resends(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		struct judge_row row = judged_host_row_at(n * 2, n, 1);

		row.retransmits = 0;
		row.answer = JUDGE_REFUSED;
		judged_host_row(&row);
	}
	judged_host_expect(16, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

/* Eighteen servers at once: nobody is accused of that, neither now nor later, nor for coming back to them. The next
 * new one decides. */
static void
all_at_once(void **state)
{
	struct judgement v;

	(void)state;
	for (uint32_t n = 0; n < 18; n++)
		judged_host_try(n / 2, n);
	v = judged_host_expect(9, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	assert_true(v.crossed_at != 0 && v.score >= v.cross);
	judged_host_try(120, 3);
	judged_host_expect(121, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	judged_host_expect(3 * 3600, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	judged_host_try(130, 18);
	judged_host_expect(130, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

/* More in ten seconds than anybody may in a day. */
static void
very_many_at_once(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 31; n++)
		judged_host_try(n / 4, n);
	judged_host_expect(8, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	judged_host_try(8, 31);
	judged_host_expect(8, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
listed_and_unknown(void **state)
{
	struct judge_row row = judged_host_row_at(0, 1, 1);

	(void)state;
	row.listed = true;
	for (uint32_t n = 0; n < 50; n++) {
		row.destination = life_address(n, 1, false);
		judged_host_row(&row);
	}
	judged_host_expect(10, LABEL_LISTED, RULE_ALLOWED, CERTAINTY_NONE);
	judged_host_try(60, 1);
	assert_int_equal(judged_host_expect(61, LABEL_UNKNOWN, RULE_TOO_LITTLE, CERTAINTY_NONE).allowed, 50);
	for (uint32_t n = 2; n < 6; n++)
		judged_host_try(60 + n * 60, n);
	judged_host_expect(600, LABEL_UNKNOWN, RULE_UNDECIDED, CERTAINTY_NONE);
}

/* Several machines are reported for each label, with numbers, for a week. */
static void
several_machines(void **state)
{
	static const struct stack_turns three[STACKS_MOST] = {{6, 41, 0}, {10, 22, 0}, {17, 5, 0}},
	                                two[STACKS_MOST] = {{6, 30, 0}, {10, 3, 0}},
	                                clocks[STACKS_MOST] = {{STACK_CLOCK, 22, 83}, {STACK_CLOCK, 3, 0}};
	struct judgement v;
	struct judge_words w;
	char advice[JUDGE_ADVICE];

	(void)state;
	judge_stacks(judged_host, LIFE_BEGIN, two); /* with no other data */
	judged_host_try(0, 0);
	assert_int_equal(judged_host_expect(10, LABEL_UNKNOWN, RULE_TOO_LITTLE, CERTAINTY_NONE).machines, 0);
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(n * 60, n);
	v = judged_host_expect(720, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	assert_string_equal(judge_advice(&v, advice), "disconnect it and clean it; passwords used on it may be stolen");
	judge_stacks(judged_host, LIFE_BEGIN + 720 * LIFE_SECOND, three);
	judge_stacks(judged_host, LIFE_BEGIN + 4320 * LIFE_SECOND, two); /* an hour has just begun */
	v = judged_host_expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	assert_int_equal(v.machines, 3);
	judge_reasons(&v, &w);
	assert_string_equal(
	        w.text[w.count - 1],
	        "SYNs of 3 kinds (by TTL and options) alternate at one address in the hour before "
	        "2023-11-14T22:25:20Z: 41 minutes TTL 127 like Windows, 22 minutes TTL 63 like Linux, 5 minutes TTL 64 "
	        "like macOS: at least three machines behind a router of their own");
	assert_string_equal(
	        judge_advice(&v, advice),
	        "find which machine behind the router at this address it is; then disconnect it and clean it; "
	        "passwords used on it may be stolen");
	judge_stacks(judged_host, LIFE_BEGIN + 4380 * LIFE_SECOND, two);
	assert_int_equal(judged_host_expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL).machines, 2);
	judge_stacks(judged_host, LIFE_BEGIN + 4380 * LIFE_SECOND, clocks);
	v = judged_host_expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	judge_reasons(&v, &w);
	assert_string_equal(
	        w.text[w.count - 1],
	        "TCP timestamps of 2 clocks alternate at one address in the hour before 2023-11-14T23:26:20Z: 22 "
	        "minutes a clock at 3 d 11 h, 3 minutes a clock below 1 h: at least two machines behind a router of "
	        "their own");
	for (int hours = 0; hours < 7 * 24; hours++)
		judged_host_try(4380 + hours * 3600, (uint32_t)hours);
	assert_int_equal(judged_host_expect(604800, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL).machines, 2);
	for (int hours = 7 * 24; hours < 7 * 24 + 3; hours++)
		judged_host_try(4380 + hours * 3600, (uint32_t)hours);
	assert_int_equal(judged_host_expect(700000, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL).machines, 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, judged_host_begin, judged_host_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        test(zombie),
	        test(zombie_that_hides),
	        test(mail_server),
	        test(mail_server_on_the_wrong_port),
	        test(small_mail_server),
	        test(monitor),
	        test(printer),
	        test(printer_with_many_addresses),
	        test(visitor),
	        test(raw_scanner),
	        test(sweeping_scanner),
	        test(random_scanner),
	        test(domains_that_point_nowhere),
	        test(scanner_without_resends),
	        test(refused_without_resends),
	        test(all_at_once),
	        test(very_many_at_once),
	        test(listed_and_unknown),
	        test(several_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
