/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label: each number that decides, on both sides of it. Hosts are made as the judge
 * would know them, for rows that lead to just so much of one thing, and of nothing else, would hide what is looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/state.h"

#define TICK(seconds) ((seconds) * (uint32_t)JUDGE_TICKS)
#define NOW TICK(10 * 3600)

static struct judge_bounds bounds;
static struct judge_wide wide;
static struct judge_host host;

/* Ten hours old, crossed in the first; of its networks so many are old enough to have been tried again, and the others
 * almost. No rule holds but that of a zombie, not even the one about a single burst. */
static void
make(uint32_t networks, uint32_t aged)
{
	bounds = judge_bounds_of(&judge_defaults);
	wide = (struct judge_wide){0};
	host = (struct judge_host){.begun = 1,
	                           .crossed = JUDGE_BY_WALK,
	                           .base = LIFE_BEGIN,
	                           .first = LIFE_BEGIN,
	                           .last = LIFE_BEGIN + 10 * LIFE_HOUR,
	                           .wide = &wide,
	                           .score = 14,
	                           .crossed_at = TICK(3600),
	                           .attempts = networks,
	                           .contacts = networks,
	                           .fresh = networks};
	for (uint32_t n = 0; n < networks; n++)
		wide.networks[n] = (struct judge_network){
		        .id = n + 1, .first = NOW - JUDGE_AGED + (n < aged ? 0 : 1), .last = NOW, .contacts = 1};
}

/* `revisited` of the old networks were retried, `clean` of these like a mail server. */
static void
come_back(uint32_t revisited, uint32_t clean)
{
	for (uint32_t n = 0; n < revisited; n++) {
		wide.networks[n].prompt = 1;
		wide.networks[n].brief_late = n >= clean;
	}
}

/* Not crossed, and not on the way there. */
static void
make_fixed(uint32_t networks, uint32_t aged)
{
	make(networks, aged);
	host.crossed = JUDGE_BELOW;
	host.score = 0;
}

/* `regular` networks contacted every `period` ticks. */
static void
make_rhythm(uint32_t networks, uint32_t regular, uint32_t period)
{
	make(networks, 0);
	for (uint32_t n = 0; n < regular; n++) {
		wide.networks[n].gaps = 3;
		wide.networks[n].alike = 2;
		wide.networks[n].gap = period;
	}
}

static struct judgement
verdict(void)
{
	return judge_verdict_of(&bounds, &host, LIFE_BEGIN + 10 * LIFE_HOUR);
}

static void
expect_at(int line, enum judge_label label, enum judge_rule rule, enum judge_certainty certainty)
{
	struct judgement v = verdict();

	if (v.label != label || v.rule != rule || v.certainty != certainty)
		fail_msg("line %d: expected %s by rule %d, certainty %d, got %s by rule %d, certainty %d", line,
		         judge_label_name(label), (int)rule, (int)certainty, judge_label_name(v.label), (int)v.rule,
		         (int)v.certainty);
}

#define expect(label, rule, certainty) expect_at(__LINE__, LABEL_##label, RULE_##rule, CERTAINTY_##certainty)
#define expect_zombie() expect(ZOMBIE, FANOUT, CONFIRMED)

static void
a_zombie(void **state)
{
	(void)state;
	make(10, 10);
	expect_zombie();
	host.crossed = JUDGE_BY_NETWORKS;
	expect(ZOMBIE, NETWORKS, CONFIRMED);
}

static void
sure_of_a_zombie(void **state)
{
	(void)state;
	make(10, 3);
	come_back(1, 1);
	expect_zombie();
	make(10, 2);
	come_back(1, 1);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make(10, 0);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make(10, 10);
	host.first = host.last - 300 * LIFE_SECOND;
	expect_zombie();
	host.first++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make(10, 10);
	host.crossed_at = NOW - JUDGE_AGED;
	expect_zombie();
	host.crossed_at++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	host.crossed_at = NOW + 1; /* asked about a moment before */
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

static void
raw_syns(void **state)
{
	(void)state;
	make(10, 10);
	host.attempts = 4;
	host.raw = 2;
	expect(SCANNER, RAW_SYN, CONFIRMED);
	host.attempts = 3;
	host.raw = 3;
	expect_zombie();
	host.attempts = 7;
	expect_zombie();
	host.attempts = 6;
	expect(SCANNER, RAW_SYN, CONFIRMED);
}

/* With this few, the estimate is the number of bits. */
static void
set_addresses(uint32_t addresses)
{
	wide.bits[0][0] = (UINT64_C(1) << addresses) - 1;
}

static void
sweeps(void **state)
{
	(void)state;
	make(4, 4);
	set_addresses(16);
	expect(SCANNER, SWEEP, CONFIRMED);
	set_addresses(15);
	assert_int_equal(verdict().addresses, 15);
	expect_zombie();
	make(3, 3);
	set_addresses(15);
	expect_zombie();
	make(5, 5);
	set_addresses(19);
	expect_zombie();
	set_addresses(20);
	expect(SCANNER, SWEEP, CONFIRMED);
}

static void
bogons(void **state)
{
	(void)state;
	make(8, 8);
	host.bogon = 0xf;
	host.bogons = 10;
	host.attempts = 132;
	host.unnamed = 12;
	expect(SCANNER, BOGON, CONFIRMED);
	host.bogons = 9;
	expect_zombie();
	host.bogons = 11;
	host.attempts = 155;
	expect(SCANNER, BOGON, CONFIRMED);
	host.bogon = 0x7;
	expect_zombie();
	make(7, 7);
	host.bogon = 0xf;
	host.bogons = 7;
	expect_zombie();
}

static void
no_resends(void **state)
{
	(void)state;
	make(10, 10);
	host.silent = 8;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	host.silent = 7;
	expect_zombie();
	host.silent = 11;
	host.silent_again = 1;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	host.silent = 10;
	expect_zombie();
	/* Of many attempts some are answered in the minute after them, and look like silence. */
	make(10, 10);
	host.silent = 8;
	host.attempts = 89;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	host.attempts = 90;
	expect_zombie();
	host.unnamed = 1;
	expect(SCANNER, NO_RESEND, CONFIRMED);
}

static void
rhythms(void **state)
{
	(void)state;
	make_rhythm(10, 8, TICK(300));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	host.contacts = 39;
	expect(MONITOR, RHYTHM, PROVISIONAL);
	host.contacts = 40;
	expect(MONITOR, RHYTHM, CONFIRMED);
	make_rhythm(10, 7, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make_rhythm(11, 8, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make_rhythm(2, 2, TICK(300));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	make_rhythm(1, 1, TICK(300));
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make_rhythm(10, 10, TICK(900));
	expect(MONITOR, RHYTHM, PROVISIONAL);
	make_rhythm(10, 10, TICK(900) + 1);
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
		make_rhythm(2, 2, TICK(300));
		for (size_t n = 0; n < 2; n++) {
			wide.networks[n].gaps = cases[i].gaps;
			wide.networks[n].alike = cases[i].alike;
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
	make_rhythm(9, 7, 0);
	assert_true(verdict().period == 0);
	for (size_t n = 0; n < 7; n++)
		wide.networks[n].gap = TICK(seconds[n]);
	assert_true(verdict().period == 300);
	assert_int_equal(verdict().regular, 4);
	assert_int_equal(verdict().kept, 9);
	make_rhythm(9, 1, TICK(77));
	assert_true(verdict().period == 77);
	make_rhythm(9, 0, 0);
	assert_true(verdict().period == 0);
	assert_int_equal(verdict().regular, 0);
	/* One of the day before yesterday is none of them. */
	make_rhythm(9, 9, TICK(77));
	host.last = LIFE_BEGIN + 40 * LIFE_HOUR;
	for (size_t n = 1; n < 9; n++)
		wide.networks[n].last = TICK(40 * 3600);
	assert_int_equal(verdict().kept, 8);
	assert_int_equal(verdict().regular, 8);
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
		make_rhythm(10, 10, TICK(300));
		host.gaps = cases[i].gaps;
		host.alike = cases[i].alike;
		host.together = cases[i].together;
		host.contacts = cases[i].contacts;
		assert_int_equal(verdict().label == LABEL_MONITOR, !cases[i].round);
	}
}

/* Its networks are all known after two rounds and ten minutes, or it has more than can be known. */
static void
monitors_find_nothing_new(void **state)
{
	(void)state;
	make_rhythm(10, 10, TICK(300));
	host.renewed = TICK(1200);
	expect(MONITOR, RHYTHM, PROVISIONAL);
	host.renewed++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	host.unnamed = 1;
	expect(MONITOR, RHYTHM, PROVISIONAL);
}

static void
make_patient(uint32_t networks, uint32_t aged, uint32_t revisited, uint32_t clean)
{
	make(networks, aged);
	come_back(revisited, clean);
	host.contacts = 3 * networks;
}

static void
patience(void **state)
{
	(void)state;
	make_patient(12, 12, 9, 7);
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	make_patient(12, 12, 8, 8);
	assert_int_not_equal(verdict().label, LABEL_MAIL_SERVER);
	make_patient(12, 12, 9, 6);
	assert_int_not_equal(verdict().label, LABEL_MAIL_SERVER);
	make_patient(12, 4, 4, 4);
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	make_patient(12, 3, 3, 3);
	expect(MAIL_SERVER, COMES_BACK, PROVISIONAL);
	make_patient(12, 2, 2, 2);
	expect(MAIL_SERVER, COMES_BACK, PROVISIONAL);
	make_patient(12, 1, 1, 1);
	assert_int_not_equal(verdict().label, LABEL_MAIL_SERVER);
	make_patient(9, 9, 9, 9);
	host.contacts = 20;
	expect(MAIL_SERVER, COMES_BACK, CONFIRMED);
	make_patient(10, 10, 10, 10);
	host.contacts = 22;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

/* Old enough, and not for being asked about in a time before it. */
static void
old_networks(void **state)
{
	(void)state;
	make(10, 4);
	assert_int_equal(verdict().aged, 4);
	for (size_t n = 4; n < 10; n++)
		wide.networks[n].first = NOW + (n % 2);
	assert_int_equal(verdict().aged, 4);
}

static void
tries_at_first(void **state)
{
	(void)state;
	make_patient(10, 2, 2, 2);
	wide.networks[0].brief = 6;
	assert_int_equal(verdict().clean, 2);
	wide.networks[0].brief = 7;
	assert_int_equal(verdict().clean, 1);
	wide.networks[1].brief_late = 1;
	assert_int_equal(verdict().clean, 0);
	assert_int_equal(verdict().revisited, 2);
	wide.networks[2].prompt = 1; /* not old enough */
	assert_int_equal(verdict().revisited, 2);
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
		make_fixed(cases[i].networks, cases[i].aged);
		host.contacts = cases[i].contacts;
		host.together = cases[i].together;
		come_back(cases[i].clean, cases[i].clean);
		if ((verdict().label == LABEL_MAIL_SERVER) != cases[i].server)
			fail_msg("case %zu: %s", i, judge_label_name(verdict().label));
		host.submission = 1;
		assert_int_not_equal(verdict().label, LABEL_MAIL_SERVER);
	}
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
		make(cases[i].networks, cases[i].networks);
		host.gaps = cases[i].gaps;
		host.alike = cases[i].alike;
		host.together = cases[i].together;
		if (cases[i].round)
			expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
		else
			expect_zombie();
	}
	make_patient(16, 16, 16, 16);
	host.submission = 1;
	expect(ROAMING, SUBMISSION, PROVISIONAL);
	make_patient(17, 17, 17, 17);
	host.submission = 1;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	make(16, 16);
	host.submission = 1;
	expect_zombie();
}

static void
one_burst(void **state)
{
	(void)state;
	make(31, 31);
	host.burst = 31;
	expect(UNKNOWN, ONE_BURST, NONE);
	host.burst = 30;
	expect_zombie();
	make(32, 32);
	host.burst = 32;
	expect_zombie();
	make(31, 31);
	host.burst = 31;
	host.crossed = JUDGE_BY_NETWORKS;
	expect(ZOMBIE, NETWORKS, CONFIRMED);
}

static void
too_little(void **state)
{
	(void)state;
	make_fixed(2, 0);
	host.contacts = 3;
	host.attempts = 24;
	host.unnamed = 5;
	expect(UNKNOWN, TOO_LITTLE, NONE);
	host.attempts = 25;
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	host.attempts = 4;
	host.unnamed = 0;
	expect(UNKNOWN, TOO_LITTLE, NONE);
	host.contacts = 4;
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	host.score = (float)(bounds.cross * 0.51);
	expect(UNKNOWN, UNDECIDED, NONE);
	host.score = (float)(bounds.cross * 0.49);
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	make_fixed(0, 0);
	expect(UNKNOWN, TOO_LITTLE, NONE);
	host.allowed = 1;
	expect(LISTED, ALLOWED, NONE);
	host.attempts = 1;
	expect(UNKNOWN, TOO_LITTLE, NONE);
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
		make_fixed(2, 0);
		host.contacts = 100;
		host.gaps = cases[i].gaps;
		host.alike = cases[i].alike;
		if (cases[i].hand)
			expect(ROAMING, BY_HAND, PROVISIONAL);
		else
			expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
		host.submission = 1;
		expect(ROAMING, SUBMISSION, PROVISIONAL);
	}
}

/* The number of machines is kept for a week of the host's time. */
static void
kinds_of_syns(void **state)
{
	(void)state;
	make(10, 10);
	host.stacks_at = TICK(60);
	assert_int_equal(verdict().stacks_at, 0); /* nothing was shown */
	host.stacks[0] = (struct stack_turns){6, 41, 0};
	host.stacks[1] = (struct stack_turns){10, 22, 0};
	host.stacks_at = TICK(60);
	host.last = LIFE_BEGIN + 7 * 24 * LIFE_HOUR + 60 * LIFE_SECOND;
	assert_int_equal(verdict().machines, 2);
	assert_int_equal(verdict().stacks_at, LIFE_BEGIN + 60 * LIFE_SECOND);
	host.last += LIFE_SECOND;
	assert_int_equal(verdict().machines, 0);
	host.last = LIFE_BEGIN; /* a clock that was set back */
	assert_int_equal(verdict().machines, 2);
	for (size_t n = 0; n < STACKS_MOST; n++)
		host.stacks[n] = (struct stack_turns){(uint8_t)(n + 1), 9, 0};
	assert_int_equal(verdict().machines, STACKS_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_zombie),
	        cmocka_unit_test(sure_of_a_zombie),
	        cmocka_unit_test(raw_syns),
	        cmocka_unit_test(sweeps),
	        cmocka_unit_test(bogons),
	        cmocka_unit_test(no_resends),
	        cmocka_unit_test(rhythms),
	        cmocka_unit_test(a_rhythm),
	        cmocka_unit_test(periods),
	        cmocka_unit_test(monitor_or_round),
	        cmocka_unit_test(monitors_find_nothing_new),
	        cmocka_unit_test(patience),
	        cmocka_unit_test(old_networks),
	        cmocka_unit_test(tries_at_first),
	        cmocka_unit_test(small_servers),
	        cmocka_unit_test(going_round),
	        cmocka_unit_test(one_burst),
	        cmocka_unit_test(too_little),
	        cmocka_unit_test(by_hand_or_by_timer),
	        cmocka_unit_test(kinds_of_syns),
	};

	return cmocka_run_group_tests_name("judge_limits", tests, NULL, NULL);
}
