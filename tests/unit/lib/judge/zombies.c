/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label: each number that decides between a zombie and a scanner, or no label, on both sides of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/known_hosts.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/state.h"

static void
a_zombie(void **state)
{
	(void)state;
	known_zombie(10, 10);
	expect_zombie();
	known_host.crossed = JUDGE_BY_NETWORKS;
	expect(ZOMBIE, NETWORKS, CONFIRMED);
}

static void
sure_of_a_zombie(void **state)
{
	(void)state;
	known_zombie(10, 3);
	known_return(1, 1);
	expect_zombie();
	known_zombie(10, 2);
	known_return(1, 1);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_zombie(10, 0);
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_zombie(10, 10);
	known_host.first = known_host.last - 300 * LIFE_SECOND;
	expect_zombie();
	known_host.first++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_zombie(10, 10);
	known_host.crossed_at = NOW - JUDGE_AGED;
	expect_zombie();
	known_host.crossed_at++;
	expect(ZOMBIE, FANOUT, PROVISIONAL);
	known_host.crossed_at = NOW + 1; /* asked about a moment before */
	expect(ZOMBIE, FANOUT, PROVISIONAL);
}

static void
raw_syns(void **state)
{
	(void)state;
	known_zombie(10, 10);
	known_host.attempts = 4;
	known_host.raw = 2;
	expect(SCANNER, RAW_SYN, CONFIRMED);
	known_host.attempts = 3;
	known_host.raw = 3;
	expect_zombie();
	known_host.attempts = 7;
	expect_zombie();
	known_host.attempts = 6;
	expect(SCANNER, RAW_SYN, CONFIRMED);
}

/* With this few, the estimate is the number of bits. */
static void
set_addresses(uint32_t addresses)
{
	known_wide.bits[0][0] = (UINT64_C(1) << addresses) - 1;
}

static void
set_moves(uint32_t up, uint32_t down)
{
	known_wide.networks[0].more = down << 20 | up << 8 | 1;
}

/* Addresses in order, up or down; or most addresses of a network in any order. */
static void
sweeps(void **state)
{
	(void)state;
	known_zombie(4, 4);
	set_addresses(16);
	expect_zombie();
	set_moves(14, 2);
	expect(SCANNER, SWEEP, CONFIRMED);
	assert_int_equal(known_verdict().moves, 16);
	assert_int_equal(known_verdict().ordered, 14);
	set_moves(13, 2);
	expect_zombie();
	set_moves(2, 14);
	expect(SCANNER, SWEEP, CONFIRMED);
	set_moves(0, 11);
	expect_zombie();
	set_moves(12, 0);
	expect(SCANNER, SWEEP, CONFIRMED);
	set_addresses(15);
	assert_int_equal(known_verdict().addresses, 15);
	expect_zombie();
	known_zombie(3, 3);
	set_moves(12, 0);
	set_addresses(15);
	expect_zombie();
	known_zombie(5, 5);
	set_moves(12, 0);
	set_addresses(19);
	expect_zombie();
	set_addresses(20);
	expect(SCANNER, SWEEP, CONFIRMED);
	known_zombie(1, 1);
	set_addresses(60);
	assert_true(known_verdict().addresses < 64);
	expect_zombie();
	known_wide.bits[0][1] = 0xff;
	assert_true(known_verdict().addresses >= 64 && known_verdict().addresses < 128);
	expect(SCANNER, SWEEP, CONFIRMED);
	known_zombie(2, 2);
	expect_zombie();
}

/* How the moves are counted: of new addresses alone, network by network. */
static void
moves(void **state)
{
	static const uint8_t servers[] = {5, 6, 5, 9, 9, 6, 8, 1, 0, 3}; /* of these, new: 5 6 9 8 1 0 3 */
	struct judge_step step[2];

	(void)state;
	known_contacts(0);
	for (uint32_t n = 0; n < sizeof servers; n++)
		for (uint32_t k = 0; k < 2; k++) {
			struct judge_row row = {.destination = life_address(k, servers[n], false), .attempts = 1};
			bool is_new = judge_see_address(&known_host, &row.destination, TICK(n));

			judge_network_row(&known_host, &row, TICK(n), TICK(n), &step[k]);
			if (is_new)
				judge_name_address(judge_network_find(&known_host, step[k].network, TICK(n)),
				                   &row.destination);
		}
	for (uint32_t k = 0; k < 2; k++) {
		struct judge_moves m = judge_moves_of(judge_network_find(&known_host, step[k].network, TICK(10)));

		assert_int_equal(m.up, 3);
		assert_int_equal(m.down, 3);
	}
}

static void
bogons(void **state)
{
	(void)state;
	known_zombie(8, 8);
	known_host.bogon = 0xf;
	known_host.bogons = 10;
	known_host.attempts = 132;
	known_host.unnamed = 12;
	expect(SCANNER, BOGON, CONFIRMED);
	known_host.bogons = 9;
	expect_zombie();
	known_host.bogons = 11;
	known_host.attempts = 155;
	expect(SCANNER, BOGON, CONFIRMED);
	known_host.bogon = 0x7;
	expect_zombie();
	known_zombie(7, 7);
	known_host.bogon = 0xf;
	known_host.bogons = 7;
	expect_zombie();
}

static void
no_resends(void **state)
{
	(void)state;
	known_zombie(10, 10);
	known_host.silent = 8;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	known_host.silent = 7;
	expect_zombie();
	known_host.silent = 11;
	known_host.silent_again = 1;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	known_host.silent = 10;
	expect_zombie();
	/* Of many attempts some are answered in the minute after them, and look like silence. */
	known_zombie(10, 10);
	known_host.silent = 8;
	known_host.attempts = 89;
	expect(SCANNER, NO_RESEND, CONFIRMED);
	known_host.attempts = 90;
	expect_zombie();
	known_host.unnamed = 1;
	expect(SCANNER, NO_RESEND, CONFIRMED);
}

static void
one_burst(void **state)
{
	(void)state;
	known_zombie(31, 31);
	known_host.burst = 31;
	expect(UNKNOWN, ONE_BURST, NONE);
	known_host.burst = 30;
	expect_zombie();
	known_zombie(32, 32);
	known_host.burst = 32;
	expect_zombie();
	known_zombie(31, 31);
	known_host.burst = 31;
	known_host.crossed = JUDGE_BY_NETWORKS;
	expect(ZOMBIE, NETWORKS, CONFIRMED);
}

static void
too_little(void **state)
{
	(void)state;
	known_fixed(2, 0);
	known_host.contacts = 3;
	known_host.attempts = 24;
	known_host.unnamed = 5;
	expect(UNKNOWN, TOO_LITTLE, NONE);
	known_host.attempts = 25;
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	known_host.attempts = 4;
	known_host.unnamed = 0;
	expect(UNKNOWN, TOO_LITTLE, NONE);
	known_host.contacts = 4;
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	known_host.score = (float)(known_bounds.cross * 0.51);
	expect(UNKNOWN, UNDECIDED, NONE);
	known_host.score = (float)(known_bounds.cross * 0.49);
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	known_fixed(0, 0);
	expect(UNKNOWN, TOO_LITTLE, NONE);
	known_host.allowed = 1;
	expect(LISTED, ALLOWED, NONE);
	known_host.attempts = 1;
	expect(UNKNOWN, TOO_LITTLE, NONE);
}

static void
floods(void **state)
{
	(void)state;
	known_fixed(0, 0);
	known_host.allowed = 1;
	known_host.syns_most = 299;
	expect(UNKNOWN, TOO_LITTLE, NONE);
	known_host.syns_most = 300;
	expect(SCANNER, FLOOD, PROVISIONAL);
	known_fixed(2, 0);
	known_host.syns_most = 300;
	known_host.contacts = 3;
	expect(SCANNER, FLOOD, PROVISIONAL);
	known_host.contacts = 4;
	expect(MISCONFIGURED, BY_TIMER, PROVISIONAL);
	known_zombie(10, 10);
	known_host.syns_most = 300;
	expect_zombie();
}

/* The number of machines is kept for a week of the host's time. */
static void
kinds_of_syns(void **state)
{
	(void)state;
	known_zombie(10, 10);
	known_host.stacks_at = TICK(60);
	assert_int_equal(known_verdict().stacks_at, 0); /* nothing was shown */
	known_host.stacks[0] = (struct stack_turns){6, 41, 0};
	known_host.stacks[1] = (struct stack_turns){10, 22, 0};
	known_host.stacks_at = TICK(60);
	known_host.last = LIFE_BEGIN + 7 * 24 * LIFE_HOUR + 60 * LIFE_SECOND;
	assert_int_equal(known_verdict().machines, 2);
	assert_int_equal(known_verdict().stacks_at, LIFE_BEGIN + 60 * LIFE_SECOND);
	known_host.last += LIFE_SECOND;
	assert_int_equal(known_verdict().machines, 0);
	known_host.last = LIFE_BEGIN; /* a clock that was set back */
	assert_int_equal(known_verdict().machines, 2);
	for (size_t n = 0; n < STACKS_MOST; n++)
		known_host.stacks[n] = (struct stack_turns){(uint8_t)(n + 1), 9, 0};
	assert_int_equal(known_verdict().machines, STACKS_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_zombie),   cmocka_unit_test(sure_of_a_zombie),
	        cmocka_unit_test(raw_syns),   cmocka_unit_test(sweeps),
	        cmocka_unit_test(moves),      cmocka_unit_test(bogons),
	        cmocka_unit_test(no_resends), cmocka_unit_test(one_burst),
	        cmocka_unit_test(too_little), cmocka_unit_test(kinds_of_syns),
	        cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests_name("zombies", tests, NULL, NULL);
}
