/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label: each number that decides about a mail server, on both sides of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/known_hosts.h"

/* Nine in ten contacts are returns. */
static void
patience(void **state)
{
	(void)state;
	known_patient(12, 12, 9, 7);
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	known_patient(12, 12, 8, 8);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	known_patient(12, 12, 9, 6);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	known_patient(12, 4, 4, 4);
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	known_patient(12, 3, 3, 3);
	expect(MAIL_SERVER, COMES_BACK, PROVISIONAL);
	known_patient(12, 2, 2, 2);
	expect(MAIL_SERVER, COMES_BACK, PROVISIONAL);
	known_patient(12, 1, 1, 1);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	known_patient(12, 12, 12, 12);
	known_host.contacts = 119;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

/* With some steps eleven in twenty suffice. */
static void
patience_with_steps(void **state)
{
	(void)state;
	known_patient(9, 9, 9, 9);
	known_host.contacts = 20;
	known_steps(100, 15);
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	known_steps(100, 14);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_steps(100, 15);
	known_host.contacts = 19;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

/* Steps and returns: however soon it returns, and however many networks are new. */
static void
steps(void **state)
{
	(void)state;
	known_zombie(10, 10);
	known_return(6, 0);
	known_steps(100, 35);
	expect(MAIL_SERVER, STEPS, CONFIRMED);
	known_steps(100, 34);
	expect_zombie();
	known_steps(3, 3);
	expect_zombie();
	known_steps(4, 4);
	known_return(6, 0);
	expect(MAIL_SERVER, STEPS, CONFIRMED);
	known_wide.networks[0].prompt = 0;
	expect_zombie();
	known_zombie(10, 1);
	known_return(1, 0);
	known_steps(100, 100);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	/* One that has not crossed has four networks. */
	known_fixed(4, 4);
	known_return(3, 0);
	known_host.contacts = 40;
	known_steps(100, 35);
	expect(MAIL_SERVER, STEPS, CONFIRMED);
	known_steps(100, 34);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	known_fixed(3, 3);
	known_return(3, 0);
	known_steps(100, 100);
	assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
}

/* Old enough, and not for being asked about in a time before it. */
static void
old_networks(void **state)
{
	(void)state;
	known_zombie(10, 4);
	assert_int_equal(known_verdict().aged, 4);
	for (size_t n = 4; n < 10; n++)
		known_wide.networks[n].first = NOW + (n % 2);
	assert_int_equal(known_verdict().aged, 4);
}

static void
tries_at_first(void **state)
{
	(void)state;
	known_patient(10, 2, 2, 2);
	known_wide.networks[0].brief = 6;
	assert_int_equal(known_verdict().clean, 2);
	known_wide.networks[0].brief = 7;
	assert_int_equal(known_verdict().clean, 1);
	known_wide.networks[1].brief_late = 1;
	assert_int_equal(known_verdict().clean, 0);
	assert_int_equal(known_verdict().revisited, 2);
	known_wide.networks[2].prompt = 1; /* not old enough */
	assert_int_equal(known_verdict().revisited, 2);
}

static void
small_servers(void **state)
{
	static const struct {
		uint32_t networks, contacts, together, aged, clean;
		bool server;
	} cases[] = {{4, 8, 2, 4, 2, true},  {4, 9, 2, 4, 2, false}, {5, 10, 2, 4, 2, true}, {5, 11, 2, 4, 2, false},
	             {3, 8, 8, 3, 3, false}, {4, 8, 2, 2, 1, true},  {4, 8, 2, 1, 1, false}, {4, 8, 2, 4, 1, false},
	             {6, 10, 2, 6, 3, true}, {6, 10, 2, 5, 2, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		known_fixed(cases[i].networks, cases[i].aged);
		known_host.contacts = cases[i].contacts;
		known_host.together = cases[i].together;
		known_return(cases[i].clean, cases[i].clean);
		if ((known_verdict().label == LABEL_MAIL_SERVER) != cases[i].server)
			fail_msg("case %zu: %s", i, judge_label_name(known_verdict().label));
		known_host.submission = 1;
		assert_int_not_equal(known_verdict().label, LABEL_MAIL_SERVER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(patience),     cmocka_unit_test(patience_with_steps), cmocka_unit_test(steps),
	        cmocka_unit_test(old_networks), cmocka_unit_test(tries_at_first),      cmocka_unit_test(small_servers),
	};

	return cmocka_run_group_tests_name("mail_servers", tests, NULL, NULL);
}
