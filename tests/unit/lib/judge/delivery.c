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
static uint16_t port = 25;

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

static void
begin_again(void)
{
	struct judge_key key = judge_key(judge);

	judge_begin(judge, &key);
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
	                        .port = port,
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

static void
save_and_load(void)
{
	uint8_t bytes[JUDGE_PACKED], again[JUDGE_PACKED];
	size_t size = judge_pack(judge, bytes);

	assert_true(judge_unpack(judge, bytes, size));
	assert_int_equal(judge_pack(judge, again), size);
	assert_memory_equal(again, bytes, size);
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

/* Nobody hides a list of servers behind a name or a domain of his own. */
static void
a_name_with_too_many_networks_counts_as_these(void **state)
{
	(void)state;
	for (enum naming_kind kind = NAMING_NAME; kind <= NAMING_MX; kind++) {
		uint32_t first = 0;

		begin_again();
		for (uint32_t n = 0; n < 240; n++) {
			try(n * 300 + n * n * 37 % 170, n, kind, 7);
			first = first == 0 && verdict(n * 300 + 299).networks > 1 ? n : first;
		}
		assert_true(first >= 64 - 12 && first <= 64 + 12);
		assert_int_equal(verdict(240 * 300).label, LABEL_ZOMBIE);
		assert_int_not_equal(verdict(240 * 300).crossed_at, 0);
	}
}

/* ... nor all of it in one minute. */
static void
a_burst_behind_a_name_is_a_bot(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 600; n++)
		try(40 + n / 10, n, NAMING_NAME, 7); /* LIFE_BEGIN is 20 s after a minute begins */
	assert_int_not_equal(verdict(3600).crossed_at, 0);
}

/* A smart host on a submission port may have any number of networks, and leaves room for those on port 25. */
static void
a_smart_host_has_any_number_of_networks(void **state)
{
	uint32_t networks;

	(void)state;
	port = 587;
	for (uint32_t n = 0; n < 240; n++)
		try(n * 300 + n * n * 37 % 170, n, NAMING_NAME, 7);
	port = 25;
	try(240 * 300, 240, NAMING_NAME, 7);
	assert_int_equal(verdict(241 * 300).networks, 1);
	assert_int_not_equal(verdict(241 * 300).label, LABEL_ZOMBIE);
	for (uint32_t n = 0; n < 100; n++)
		try(241 * 300 + n * 60, 300 + n, NAMING_NAME, 7);
	networks = verdict(261 * 300).networks;
	assert_true(networks > 10);
	port = 587;
	try(261 * 300, 500, NAMING_NAME, 7);
	port = 25;
	assert_int_equal(verdict(262 * 300).networks, networks);
}

/* Its own DNS answers for its own domain with the servers of its victims, in the pace of a mail server: five by a step
 * of 30 s, a pause, the next five. */
static void
hostile_dns_makes_no_mail_server(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 110; n++)
		try(n / 5 * 900 + n % 5 * 30, n, NAMING_MX, 9);
	assert_int_equal(verdict(22 * 900).delivery.domains, 0);
	assert_int_equal(verdict(22 * 900).label, LABEL_ZOMBIE);
	/* Nor on the next day, by what the domain was before. */
	try(86400 + 3600, 500, NAMING_MX, 9);
	assert_int_equal(verdict(86400 + 3600).delivery.steps, 0);
	assert_int_equal(verdict(86400 + 3600).label, LABEL_ZOMBIE);
}

/* ... or for many domains, of less networks each. */
static void
hostile_domains_are_a_bot(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 400; n++)
		try(n * 60 + n * n * 37 % 50, n, NAMING_MX, n / 40);
	assert_int_equal(verdict(400 * 60).domains, 10);
	assert_int_equal(verdict(400 * 60).label, LABEL_ZOMBIE);
}

/* Rows in parts, and a state that is saved and loaded after each of them, count the same: also in the minute in which
 * the networks become too many. */
static void
too_many_networks_are_the_same_in_parts(void **state)
{
	struct judgement whole, parts;

	(void)state;
	for (enum naming_kind kind = NAMING_NAME; kind <= NAMING_MX; kind++) {
		begin_again();
		for (uint32_t n = 0; n < 90; n++)
			try(n / 15 * 60 + n % 15, n, kind, 7);
		whole = verdict(600);
		assert_true(whole.networks > 8);
		begin_again();
		for (uint32_t minute = 0; minute < 6; minute++)
			for (uint32_t n = 0; n < 30; n++) {
				try(minute * 60 + n, minute * 15 + n % 15, kind, 7);
				save_and_load();
			}
		parts = verdict(600);
		assert_int_equal(parts.networks, whole.networks);
		assert_int_equal(parts.contacts, whole.contacts);
		assert_int_equal(parts.fresh, whole.fresh);
		assert_int_equal(parts.crossed_at, whole.crossed_at);
	}
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

/* So many contacts by turns to three domains, of which the last has every seventh, one each `pause` seconds or so. */
static struct judgement
to_three_domains(uint32_t contacts, uint32_t pause)
{
	static const uint8_t domain[] = {1, 1, 2, 1, 2, 1, 3};
	uint64_t random = 1;
	int64_t at = 0;

	begin_again();
	for (uint32_t n = 0; n < contacts; n++) {
		at += pause + (int64_t)(life_random(&random) % pause);
		try(at, domain[n % 7], NAMING_MX, domain[n % 7]);
	}
	return verdict(at);
}

/* The domain with the least mail alone looks patient. */
static void
haste_is_of_contacts_not_of_domains(void **state)
{
	struct judgement v = to_three_domains(140, 60);

	(void)state;
	assert_int_equal(v.label, LABEL_ZOMBIE);
	assert_int_equal(v.rule, RULE_NO_FAIL_OVER);
	v = to_three_domains(140, 70); /* 42 in 100 */
	assert_int_equal(v.label, LABEL_UNKNOWN);
	assert_int_equal(v.rule, RULE_DELIVERS);
	/* More patient contacts than the count holds. */
	v = to_three_domains(2000, 300);
	assert_int_equal(v.label, LABEL_UNKNOWN);
	assert_int_equal(v.delivery.soon, 0);
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
	(void)state;
	for (uint32_t n = 0; n < 60; n++) {
		try(n * 100, n, (enum naming_kind)(n % NAMINGS), n % 7);
		save_and_load();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_name_is_one_contact, begin, end),
	        cmocka_unit_test_setup_teardown(a_name_with_too_many_networks_counts_as_these, begin, end),
	        cmocka_unit_test_setup_teardown(a_burst_behind_a_name_is_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(a_smart_host_has_any_number_of_networks, begin, end),
	        cmocka_unit_test_setup_teardown(hostile_dns_makes_no_mail_server, begin, end),
	        cmocka_unit_test_setup_teardown(hostile_domains_are_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(too_many_networks_are_the_same_in_parts, begin, end),
	        cmocka_unit_test_setup_teardown(many_names_that_nobody_asked_an_mx_for_are_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(names_do_not_hide_a_bot, begin, end),
	        cmocka_unit_test_setup_teardown(fail_over_and_return_make_a_mail_server, begin, end),
	        cmocka_unit_test_setup_teardown(haste_without_fail_over_makes_a_provisional_zombie, begin, end),
	        cmocka_unit_test_setup_teardown(haste_is_of_contacts_not_of_domains, begin, end),
	        cmocka_unit_test_setup_teardown(domains_without_return_make_a_provisional_zombie, begin, end),
	        cmocka_unit_test_setup_teardown(a_host_that_looks_up_mx_is_not_roaming, begin, end),
	        cmocka_unit_test_setup_teardown(states_with_names_are_packed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
