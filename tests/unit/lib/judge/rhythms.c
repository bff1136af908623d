/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label: each number that decides about hosts with a rhythm, on both sides of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/known_hosts.h"
#include "tests/unit/common/lives.h"

static void
rhythms(void **state)
{
	(void)state;
	known_rhythm(10, 8, TICK(300));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	known_host.contacts = 39;
	expect(MONITOR, RHYTHM, PROVISIONAL);
	known_host.contacts = 40;
	expect(MONITOR, RHYTHM, CONFIRMED);
	known_rhythm(10, 7, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_rhythm(11, 8, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_rhythm(2, 2, TICK(300));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	known_rhythm(1, 1, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_rhythm(10, 10, TICK(900));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	known_rhythm(10, 10, TICK(900) + 1);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

/* Of one network: from three gaps on, seven of ten like the one before. */
static void
a_rhythm(void **state)
{
	static const struct {
		uint16_t gaps, alike;
		bool regular;
	} cases[] = {{3, 2, true},   {2, 1, false},  {2, 2, false},  {11, 7, true},
	             {11, 6, false}, {12, 7, false}, {16, 10, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		known_rhythm(2, 2, TICK(300));
		for (size_t n = 0; n < 2; n++) {
			known_wide.networks[n].gaps = cases[i].gaps;
			known_wide.networks[n].alike = cases[i].alike;
		}
		if (cases[i].regular)
			expect(MONITOR, RHYTHM, PROVISIONAL);
		else
			expect(ZOMBIE, FANOUT, PROVISIONAL);
	}
}

/* The middle one of their periods, and those that differ from it by a fifth at most. */
static void
periods(void **state)
{
	static const uint32_t seconds[] = {300, 100, 310, 361, 239, 240, 360};

	(void)state;
	known_rhythm(9, 7, 0);
	assert_true(known_verdict().period == 0);
	for (size_t n = 0; n < 7; n++)
		known_wide.networks[n].gap = TICK(seconds[n]);
	assert_true(known_verdict().period == 300);
	assert_int_equal(known_verdict().regular, 4);
	assert_int_equal(known_verdict().kept, 9);
	known_rhythm(9, 1, TICK(77));
	assert_true(known_verdict().period == 77);
	known_rhythm(9, 0, 0);
	assert_true(known_verdict().period == 0);
	assert_int_equal(known_verdict().regular, 0);
	/* One of the day before yesterday is none of them. */
	known_rhythm(9, 9, TICK(77));
	known_host.last = LIFE_BEGIN + 40 * LIFE_HOUR;
	for (size_t n = 1; n < 9; n++)
		known_wide.networks[n].last = TICK(40 * 3600);
	assert_int_equal(known_verdict().kept, 8);
	assert_int_equal(known_verdict().regular, 8);
}

/* All that the host does is in one rhythm: it goes round, and is no monitor. */
static void
monitor_or_round(void **state)
{
	static const struct {
		uint32_t gaps, alike, together, contacts;
		bool round;
	} cases[] = {{10, 7, 0, 10, true},  {10, 6, 0, 10, false}, {11, 7, 0, 10, false},
	             {3, 3, 0, 10, true},   {2, 2, 0, 10, false},  {10, 7, 1, 10, true},
	             {10, 7, 2, 10, false}, {10, 7, 2, 11, true},  {2, 0, 0, 10, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		known_rhythm(10, 10, TICK(300));
		known_host.gaps = cases[i].gaps;
		known_host.alike = cases[i].alike;
		known_host.together = cases[i].together;
		known_host.contacts = cases[i].contacts;
		assert_int_equal(known_verdict().label == LABEL_MONITOR, !cases[i].round);
	}
}

/* Its networks are all known after two rounds and ten minutes, or it has more than can be known. */
static void
monitors_find_nothing_new(void **state)
{
	(void)state;
	known_rhythm(10, 10, TICK(300));
	known_host.renewed = TICK(1200);
	expect(MONITOR, RHYTHM, PROVISIONAL);
	known_host.renewed++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_host.unnamed = 1;
	expect(MONITOR, RHYTHM, PROVISIONAL);
}

/* The addresses of one smart host, by a timer; or a patient mail program on submission ports. */
static void
going_round(void **state)
{
	static const struct {
		uint32_t networks, gaps, alike, together;
		bool round;
	} cases[] = {{16, 10, 8, 0, true}, {17, 10, 8, 0, false}, {16, 10, 7, 0, false}, {16, 11, 8, 0, false},
	             {16, 6, 6, 0, true},  {16, 5, 5, 0, false},  {16, 10, 8, 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		known_zombie(cases[i].networks, cases[i].networks);
		known_host.gaps = cases[i].gaps;
		known_host.alike = cases[i].alike;
		known_host.together = cases[i].together;
		if (cases[i].round)
			expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
		else
			expect_zombie();
	}
	known_patient(16, 16, 16, 16);
	known_host.submission = 1;
	expect(ROAMING, SUBMISSION, PROVISIONAL);
	known_patient(17, 17, 17, 17);
	known_host.submission = 1;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_zombie(16, 16);
	known_host.submission = 1;
	expect_zombie();
}

static void
by_hand_or_by_timer(void **state)
{
	static const struct {
		uint32_t gaps, alike;
		bool hand;
	} cases[] = {{3, 0, true},  {2, 0, false},   {20, 2, true},   {20, 3, false},
	             {21, 3, true}, {101, 15, true}, {100, 15, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		known_fixed(2, 0);
		known_host.contacts = 100;
		known_host.gaps = cases[i].gaps;
		known_host.alike = cases[i].alike;
		if (cases[i].hand)
			expect(ROAMING, BY_HAND, PROVISIONAL);
		else
			expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
		known_host.submission = 1;
		expect(ROAMING, SUBMISSION, PROVISIONAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rhythms),
	        cmocka_unit_test(a_rhythm),
	        cmocka_unit_test(periods),
	        cmocka_unit_test(monitor_or_round),
	        cmocka_unit_test(monitors_find_nothing_new),
	        cmocka_unit_test(going_round),
	        cmocka_unit_test(by_hand_or_by_timer),
	};

	return cmocka_run_group_tests_name("rhythms", tests, NULL, NULL);
}
