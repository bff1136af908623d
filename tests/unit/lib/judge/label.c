/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label, judge_words: a life for each label and rule, and sentences for each. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/judge.h"
#include "lib/judge/words.h"

static struct judge *judge;

static int
set_up(void **state)
{
	(void)state;
	judge = judge_new(&judge_defaults, NULL, NULL);
	return judge == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	judge_free(judge);
	return 0;
}

static void
take(const struct judge_row *row)
{
	judge_row(judge, row);
}

/* `seconds` after the beginning. */
static struct judge_row
row_at(int64_t seconds, uint32_t network, uint8_t server)
{
	struct addr to = life_address(network, server, false);

	return life_row(LIFE_BEGIN + seconds * LIFE_SECOND, &to, 25);
}

static void
try_at(int64_t seconds, uint32_t network)
{
	struct judge_row row = row_at(seconds, network, 1);

	take(&row);
}

/* Of `seconds` after the beginning; each label has a reason, with a number in it, that is not cut. */
static struct judgement
expect(int64_t seconds, enum judge_label label, enum judge_rule rule, enum judge_certainty certainty)
{
	struct judgement v = judge_verdict(judge, LIFE_BEGIN + seconds * LIFE_SECOND);
	struct judge_words w;
	char advice[JUDGE_ADVICE];

	judge_reasons(&v, &w);
	if (v.label != label || v.rule != rule || v.certainty != certainty)
		fail_msg("expected %s by rule %d, certainty %d, got %s by rule %d, certainty %d: %s",
		         judge_label_name(label), (int)rule, (int)certainty, judge_label_name(v.label), (int)v.rule,
		         (int)v.certainty, w.count > 0 ? w.text[0] : "");
	assert_in_range(w.count, 1, JUDGE_SENTENCES);
	for (size_t i = 0; i < w.count; i++) {
		bool number = false;

		for (const char *c = w.text[i]; *c != '\0'; c++)
			number |= isdigit((unsigned char)*c) != 0;
		if (!number)
			fail_msg("a reason without a number: %s", w.text[i]);
	}
	assert_int_equal(judge_advice(&v, advice) == NULL, label == LABEL_UNKNOWN || label == LABEL_LISTED);
	return v;
}

static void
zombie(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 12; n++)
		try_at(n * 5, n);
	expect(60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL); /* over in a minute */
	try_at(300, 12);
	expect(44 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
}

/* Three known networks to one new one: the walk never crosses, the limit does. */
static void
zombie_that_hides(void **state)
{
	int64_t seconds = 0;
	struct judgement v;

	(void)state;
	for (uint32_t n = 0; n < 40; n++) {
		try_at(seconds += 60, n);
		for (uint32_t k = 0; k < 3 && n > 0; k++)
			try_at(seconds += 60, (n * 7 + k) % n);
	}
	v = judge_verdict(judge, 0);
	assert_true(v.crossed_at != 0 && v.by_networks);
	assert_true(v.score < v.cross);
	expect(seconds + 3600, LABEL_ZOMBIE, RULE_NETWORKS, CERTAINTY_CONFIRMED);
}

/* Twelve domains, each tried again after 5, 15 and 35 minutes. */
static void
mail_server(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 12; n++)
		try_at(n, n);
	expect(60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 0; n < 12; n++)
		try_at(300 + n, n);
	for (uint32_t n = 0; n < 12; n++)
		try_at(900 + n, n);
	for (uint32_t n = 0; n < 12; n++)
		try_at(2100 + n, n);
	expect(46 * 60, LABEL_MAIL_SERVER, RULE_COMES_BACK, CERTAINTY_CONFIRMED);
}

/* The same on port 587: no mail server does that. */
static void
mail_server_on_the_wrong_port(void **state)
{
	struct judge_row row = row_at(2200, 3, 1);

	mail_server(state);
	row.port = 587;
	take(&row);
	expect(46 * 60, LABEL_ROAMING, RULE_SUBMISSION, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 12; n < 20; n++)
		try_at(2160 + n * 5, n);
	expect(46 * 60, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
small_mail_server(void **state)
{
	(void)state;
	for (int64_t at = 0; at <= 3000; at += 1000)
		for (uint32_t n = 0; n < 5; n++)
			try_at(at + n * 30, n);
	expect(60 * 60, LABEL_MAIL_SERVER, RULE_COMES_BACK, CERTAINTY_CONFIRMED);
}

static void
monitor(void **state)
{
	(void)state;
	for (int64_t round = 0; round < 8; round++)
		for (uint32_t n = 0; n < 9; n++)
			try_at(round * 300 + n * 31, n);
	expect(2400, LABEL_MONITOR, RULE_RHYTHM, CERTAINTY_CONFIRMED);
}

static void
printer(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++)
		try_at(n * 180, 1);
	expect(1440, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
}

/* One smart host with nine networks, one after the other, every ten minutes. */
static void
printer_with_many_addresses(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 18; n++)
		try_at(n * 600, n % 9);
	assert_true(judge_verdict(judge, 0).crossed_at != 0);
	expect(18 * 600, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
	/* But not for more networks than smart hosts have. */
	for (uint32_t n = 18; n < 35; n++)
		try_at(n * 600, n);
	expect(35 * 600, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
}

static void
visitor(void **state)
{
	static const int64_t times[] = {0, 130, 500, 640, 1300, 1500, 2500};

	(void)state;
	for (size_t n = 0; n < sizeof times / sizeof times[0]; n++)
		try_at(times[n], n % 4 == 0);
	expect(2600, LABEL_ROAMING, RULE_BY_HAND, CERTAINTY_PROVISIONAL);
}

static void
raw_scanner(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 4; n++) {
		struct judge_row row = row_at(n, 1, (uint8_t)n);

		row.raw = n < 2;
		take(&row);
	}
	expect(5, LABEL_SCANNER, RULE_RAW_SYN, CERTAINTY_CONFIRMED);
}

static void
sweeping_scanner(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 20; n++) {
		struct judge_row row = row_at(n, n % 2, (uint8_t)(1 + n));

		take(&row);
	}
	expect(20, LABEL_SCANNER, RULE_SWEEP, CERTAINTY_CONFIRMED);
}

/* Addresses at random; but two old smart hosts in private networks are no scan, nor are some domains that point there.
 */
static void
random_scanner(void **state)
{
	uint8_t bytes[4] = {10, 1, 1, 1};

	(void)state;
	for (uint32_t n = 0; n < 20; n++) {
		struct judge_row row = row_at(n * 180, 0, 1);

		bytes[1] = (uint8_t)(n % 2);
		row.destination = addr_v4(bytes);
		take(&row);
	}
	expect(3600, LABEL_MISCONFIGURED, RULE_BY_TIMER, CERTAINTY_PROVISIONAL);
	for (uint32_t n = 0; n < 30; n++) {
		struct judge_row row = row_at(3600 + n, n, 1);

		bytes[1] = (uint8_t)n;
		if (n % 5 == 0)
			row.destination = addr_v4(bytes);
		take(&row);
	}
	expect(3700, LABEL_SCANNER, RULE_BOGON, CERTAINTY_CONFIRMED);
}

static void
domains_that_point_nowhere(void **state)
{
	uint8_t bytes[4] = {127, 0, 0, 1};

	(void)state;
	for (uint32_t n = 0; n < 200; n++) {
		struct judge_row row = row_at(n, n, 1);

		bytes[2] = (uint8_t)n;
		if (n % 20 == 0)
			row.destination = addr_v4(bytes);
		take(&row);
	}
	expect(200, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
scanner_without_resends(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		struct judge_row row = row_at(n, n, 1);

		row.retransmits = 0;
		take(&row);
	}
	expect(8, LABEL_SCANNER, RULE_NO_RESEND, CERTAINTY_CONFIRMED);
}

/* A refused host has no reason to retransmit. */
static void
refused_without_resends(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		struct judge_row row = row_at(n * 2, n, 1);

		row.retransmits = 0;
		row.answer = JUDGE_REFUSED;
		take(&row);
	}
	expect(16, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

/* Eighteen servers at once: nobody is accused of that, neither now nor later, nor for coming back to them. The next
 * new one decides. */
static void
all_at_once(void **state)
{
	struct judgement v;

	(void)state;
	for (uint32_t n = 0; n < 18; n++)
		try_at(n / 2, n);
	v = expect(9, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	assert_true(v.crossed_at != 0 && v.score >= v.cross);
	try_at(120, 3);
	expect(121, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	expect(3 * 3600, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	try_at(130, 18);
	expect(130, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

/* More in ten seconds than anybody may in a day. */
static void
very_many_at_once(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 31; n++)
		try_at(n / 4, n);
	expect(8, LABEL_UNKNOWN, RULE_ONE_BURST, CERTAINTY_NONE);
	try_at(8, 31);
	expect(8, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
}

static void
listed_and_unknown(void **state)
{
	struct judge_row row = row_at(0, 1, 1);

	(void)state;
	row.listed = true;
	for (uint32_t n = 0; n < 50; n++) {
		row.destination = life_address(n, 1, false);
		take(&row);
	}
	expect(10, LABEL_LISTED, RULE_ALLOWED, CERTAINTY_NONE);
	try_at(60, 1);
	assert_int_equal(expect(61, LABEL_UNKNOWN, RULE_TOO_LITTLE, CERTAINTY_NONE).allowed, 50);
	for (uint32_t n = 2; n < 6; n++)
		try_at(60 + n * 60, n);
	expect(600, LABEL_UNKNOWN, RULE_UNDECIDED, CERTAINTY_NONE);
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
	judge_stacks(judge, LIFE_BEGIN, two); /* with no other data */
	try_at(0, 0);
	assert_int_equal(expect(10, LABEL_UNKNOWN, RULE_TOO_LITTLE, CERTAINTY_NONE).machines, 0);
	for (uint32_t n = 0; n < 12; n++)
		try_at(n * 60, n);
	v = expect(720, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	assert_string_equal(judge_advice(&v, advice),
	                    "disconnect it and clean it; passwords used on it may be stolen");
	judge_stacks(judge, LIFE_BEGIN + 720 * LIFE_SECOND, three);
	judge_stacks(judge, LIFE_BEGIN + 4320 * LIFE_SECOND, two); /* an hour has just begun */
	v = expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
	assert_int_equal(v.machines, 3);
	judge_reasons(&v, &w);
	assert_string_equal(
	        w.text[w.count - 1],
	        "SYNs of 3 kinds (by TTL and options) alternate at one address in the hour before 2023-11-14T22:25:20Z: 41 minutes TTL 127 like Windows, 22 minutes TTL 63 like Linux, 5 minutes TTL 64 like macOS: at least three machines behind a router of their own");
	assert_string_equal(
	        judge_advice(&v, advice),
	        "find which machine behind the router at this address it is; then disconnect it and clean it; passwords used on it may be stolen");
	judge_stacks(judge, LIFE_BEGIN + 4380 * LIFE_SECOND, two);
	assert_int_equal(expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED).machines, 2);
	judge_stacks(judge, LIFE_BEGIN + 4380 * LIFE_SECOND, clocks);
	v = expect(4400, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED);
	judge_reasons(&v, &w);
	assert_string_equal(
	        w.text[w.count - 1],
	        "TCP timestamps of 2 clocks alternate at one address in the hour before 2023-11-14T23:26:20Z: 22 minutes a clock at 3 d 11 h, 3 minutes a clock below 1 h: at least two machines behind a router of their own");
	for (int hours = 0; hours < 7 * 24; hours++)
		try_at(4380 + hours * 3600, (uint32_t)hours);
	assert_int_equal(expect(604800, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED).machines, 2);
	for (int hours = 7 * 24; hours < 7 * 24 + 3; hours++)
		try_at(4380 + hours * 3600, (uint32_t)hours);
	assert_int_equal(expect(700000, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_CONFIRMED).machines, 0);
}

/* All numbers as large as they can be, for each label and rule. */
static void
no_sentence_is_cut(void **state)
{
	struct judge_words w;
	char advice[JUDGE_ADVICE];

	(void)state;
	for (int label = 0; label < LABEL_COUNT; label++)
		for (int rule = 0; rule <= RULE_ONE_BURST; rule++)
			for (int by = 0; by < 2; by++) {
				struct judgement v;

				memset(&v, 0xff, sizeof v);
				v.label = (enum judge_label)label;
				v.rule = (enum judge_rule)rule;
				v.first = 0;
				v.last = v.crossed_at = INT64_C(253402300799) * LIFE_SECOND;
				v.score = v.cross = -99999.9;
				v.period = 99999;
				v.bogons = 32;
				v.kept = 1; /* less than all: a sample */
				v.by_networks = by;
				judge_reasons(&v, &w);
				assert_in_range(w.count, 1, JUDGE_SENTENCES);
				for (size_t i = 0; i < w.count; i++)
					if (strlen(w.text[i]) > JUDGE_SENTENCE - 20)
						fail_msg("too long: %s", w.text[i]);
				if (judge_advice(&v, advice) != NULL && strlen(advice) > JUDGE_ADVICE - 20)
					fail_msg("too long: %s", advice);
			}
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(judge_label_name(LABEL_ZOMBIE), "zombie");
	assert_string_equal(judge_label_name(LABEL_MAIL_SERVER), "mail-server");
	assert_string_equal(judge_label_name((enum judge_label)99), "?");
	assert_null(judge_certainty_name(CERTAINTY_NONE));
	assert_string_equal(judge_certainty_name(CERTAINTY_CONFIRMED), "confirmed");
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

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
	        cmocka_unit_test(no_sentence_is_cut),
	        cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
