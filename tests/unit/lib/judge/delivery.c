/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts whose DNS answers were seen: what their contacts count as, and how they deliver mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/judge/judge.h"
#include "lib/judge/pack.h"
#include "tests/unit/common/lives.h"

static struct judge *judge;

static int
begin(void **state)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct judge_key key = judge_key_mac(mac);

	(void)state;
	if ((judge = judge_new(&judge_defaults, NULL, NULL)) == NULL)
		return -1;
	judge_begin(judge, &key);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	judge_free(judge);
	return 0;
}

/* An attempt, `at` seconds after the beginning, to a server of a network; `name` is a number. */
static void
try(int64_t at, uint32_t network, enum naming_kind kind, uint32_t name)
{
	struct judge_row row = {.destination = life_address(network, 1, false),
	                        .port = 25,
	                        .answer = JUDGE_SILENCE,
	                        .attempts = 1,
	                        .retransmits = 2,
	                        .name = {name, (uint8_t)kind}};

	row.first = row.last = LIFE_BEGIN + at * SECOND;
	judge_row(judge, &row);
}

static struct judgement
verdict(int64_t at)
{
	return judge_verdict(judge, LIFE_BEGIN + at * SECOND);
}

/* Sixty networks behind one name are one; behind no name they are a bot. */
static void
a_name_is_one_contact(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 40; n++)
		try(n * 300, n, NAMING_NAME, 7);
	assert_int_equal(verdict(40 * 300).networks, 1);
	assert_int_equal(verdict(40 * 300).crossed_at, 0);
	assert_int_not_equal(verdict(40 * 300).label, LABEL_ZOMBIE);
	for (uint32_t n = 100; n < 109; n++)
		try(12000 + n * 300 + n * n * 37 % 170, n, NAMING_NONE, 0);
	assert_int_equal(verdict(12000 + 109 * 300).label, LABEL_ZOMBIE);
}

/* Nobody hides a list of servers behind one name. */
static void
a_name_with_too_many_networks_counts_as_these(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 150; n++)
		try(n * 60, n, NAMING_NAME, 7);
	assert_int_equal(verdict(150 * 60).label, LABEL_ZOMBIE);
}

static void
many_names_that_nobody_asked_an_mx_for_are_a_bot(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 12; n++)
		try(n * 100 + n * n * 37 % 70, n, NAMING_NAME, 1000 + n);
	assert_int_equal(verdict(1200).label, LABEL_ZOMBIE);
}

/* A branch that returns to its smart host all the time does not hide its bot. */
static void
names_do_not_hide_a_bot(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 10 * 60; n++) {
		try(n * 60, 1, NAMING_NAME, 7);
		if (n % 60 == 0)
			try(n * 60 + 20, 100 + n, NAMING_MX, 2000 + n);
	}
	assert_int_equal(verdict(36000).label, LABEL_ZOMBIE);
	assert_int_equal(verdict(36000).names, 1);
}

/* Five addresses of a domain, a step of 30 s between them, again after ten minutes: Postfix to one domain. */
static void
fail_over_and_return_make_a_mail_server(void **state)
{
	struct judgement v;

	(void)state;
	for (uint32_t round = 0; round < 8; round++)
		for (uint32_t n = 0; n < 5; n++)
			try(round * 600 + n * 30, n, NAMING_MX, 9);
	v = verdict(3600);
	assert_int_equal(v.label, LABEL_MAIL_SERVER);
	assert_int_equal(v.rule, RULE_FAILS_OVER);
	assert_int_equal(v.delivery.domains, 1);
	assert_true(v.delivery.steps >= 28 && v.delivery.steps <= 32);
}

/* The same five addresses, at any time. */
static void
haste_without_fail_over_makes_a_provisional_zombie(void **state)
{
	uint64_t random = 1;
	struct judgement v;
	int64_t at = 0;

	(void)state;
	for (uint32_t n = 0; n < 100; n++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		at += 5 + (int64_t)(random >> 33) % 120;
		try(at, (uint32_t)(random >> 40) % 5, NAMING_MX, 9);
	}
	v = verdict(at);
	assert_int_equal(v.label, LABEL_ZOMBIE);
	assert_int_equal(v.rule, RULE_NO_FAIL_OVER);
	assert_int_equal(v.certainty, CERTAINTY_PROVISIONAL);
}

static void
domains_without_return_make_a_provisional_zombie(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 5; n++)
		try(n * 600, n, NAMING_MX, n + 1);
	assert_int_equal(verdict(4 * 600 + 44 * 60).label, LABEL_UNKNOWN);
	assert_int_equal(verdict(4 * 600 + 46 * 60).label, LABEL_ZOMBIE);
	assert_int_equal(verdict(4 * 600 + 46 * 60).rule, RULE_NO_RETURN);
	assert_int_equal(verdict(4 * 600 + 46 * 60).certainty, CERTAINTY_PROVISIONAL);
}

static void
a_host_that_looks_up_mx_is_not_roaming(void **state)
{
	uint64_t random = 1;
	int64_t at = 0;

	(void)state;
	for (uint32_t n = 0; n < 12; n++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		at += 120 + (int64_t)(random >> 33) % 1200;
		try(at, 1, NAMING_MX, 9);
	}
	assert_int_equal(verdict(at).label, LABEL_UNKNOWN);
	assert_int_equal(verdict(at).rule, RULE_DELIVERS);
}

/* At any moment the state can be packed and goes on the same. */
static void
states_with_names_are_packed(void **state)
{
	uint8_t bytes[JUDGE_PACKED], again[JUDGE_PACKED];
	size_t size;

	(void)state;
	for (uint32_t n = 0; n < 60; n++) {
		try(n * 100, n, (enum naming_kind)(n % NAMINGS), n % 7);
		size = judge_pack(judge, bytes);
		assert_true(judge_unpack(judge, bytes, size));
		assert_int_equal(judge_pack(judge, again), size);
		assert_memory_equal(again, bytes, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_name_is_one_contact, begin, end),
	        cmocka_unit_test_setup_teardown(a_name_with_too_many_networks_counts_as_these, begin, end),
	        cmocka_unit_test_setup_teardown(many_names_that_nobody_asked_an_mx_for_are_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(names_do_not_hide_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(fail_over_and_return_make_a_mail_server, begin, end),
	        cmocka_unit_test_setup_teardown(haste_without_fail_over_makes_a_provisional_zombie, begin, end),
	        cmocka_unit_test_setup_teardown(domains_without_return_make_a_provisional_zombie, begin, end),
	        cmocka_unit_test_setup_teardown(a_host_that_looks_up_mx_is_not_roaming, begin, end),
	        cmocka_unit_test_setup_teardown(states_with_names_are_packed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
