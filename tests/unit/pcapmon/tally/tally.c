/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tally where tables are short: who is told apart under a flood, and what is counted beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pcapmon/tally/tracked.h"
#include "tests/unit/common/tallied.h"

#define SECOND INT64_C(1000000)

/* Spread like random sources, and never the same twice. */
static uint32_t
spoofed(uint32_t n)
{
	return UINT32_C(0x40000000) + (n * UINT32_C(2654435761) & UINT32_C(0x3fffffff));
}

/* A run that stores attempts is notified that there are too many to list. */
static void
too_many_changes_are_noticed(void **state)
{
	struct tallied p;
	uint32_t n = 0;

	(void)state;
	tallied_begin(&p, 1, 1 << 17);
	for (; n < 8192; n++)
		tallied_segment(&p, &(struct segment){spoofed(n), 1, TCP_SYN, n, 0, TALLIED_START + n});
	tally_settle(p.tally);
	assert_false(tally_missed(p.tally));
	tallied_segment(&p, &(struct segment){spoofed(n), 1, TCP_SYN, n, 0, TALLIED_START + n});
	tally_settle(p.tally);
	assert_true(tally_missed(p.tally));
	tally_kept(p.tally);
	assert_true(tally_missed(p.tally)); /* the one is still not written */
	tallied_end(&p);
}

/* 400,000 sources that come once each, before and after the host does what it does. */
static void
a_flood_of_sources_displaces_no_host(void **state)
{
	struct tallied p;
	const uint32_t bot = 0x0a010042, late = 0x0a010043;
	struct tally_sums sums;

	(void)state;
	tallied_begin(&p, 1, 1 << 17);
	for (uint32_t i = 0; i < 5; i++)
		tallied_segment(&p, &(struct segment){bot, (uint16_t)(1000 + i), TCP_SYN, i, 0, TALLIED_START + i});
	for (uint32_t i = 0; i < 400000; i++)
		tallied_segment(&p,
		                &(struct segment){spoofed(i), 1, TCP_SYN, i, 0, TALLIED_START + 2 * SECOND + i * 100});
	for (uint32_t i = 0; i < 5; i++)
		tallied_segment(&p, &(struct segment){bot, (uint16_t)(2000 + i), TCP_SYN, i, 0,
		                                      TALLIED_START + 60 * SECOND + i});
	tallied_handshake(&p, late, 1, 7, TALLIED_START + 61 * SECOND);
	tally_settle(p.tally);
	sums = tally_sums(p.tally);
	assert_int_equal(tallied_total(&p, bot)->attempts, 10);
	assert_int_equal(tallied_total(&p, late)->attempts, 1);
	assert_int_equal(tallied_total(&p, late)->established, 1);
	assert_in_range(sums.attempts, TRACKED_HOSTS, TRACKED_HOSTS + 10000); /* some look as if they came twice */
	assert_int_equal(sums.attempts + sums.pooled, 400000 + 11);
	/* Those that lost their place made one attempt each. */
	assert_int_equal(totals_pool(p.counters.totals, POOL_ROOM)->attempts, sums.pooled + sums.evicted_hosts);
	tallied_end(&p);
}

/* A SYN that may be sent again, of an attempt that was evicted, is no attempt; later it is one. */
static void
a_syn_in_doubt_is_no_attempt(void **state)
{
	const uint32_t first = 0x0a010001;
	struct tally_sums sums;
	struct tallied p;

	(void)state;
	tallied_begin(&p, 1, 1);
	for (uint32_t i = 0; i <= 16; i++) /* one more than there is room for */
		tallied_segment(&p, &(struct segment){first + i, 1000, TCP_SYN, 7, 0, TALLIED_START + i * SECOND});
	tallied_segment(&p, &(struct segment){first, 1000, TCP_SYN, 7, 0, TALLIED_START + 20 * SECOND});
	tally_settle(p.tally);
	sums = tally_sums(p.tally);
	assert_int_equal(sums.syns, 18);
	assert_int_equal(sums.attempts, 17);
	assert_int_equal(tallied_total(&p, first)->attempts, 1);
	assert_int_equal(tallied_total(&p, first)->retransmits, 1);
	tallied_segment(&p, &(struct segment){first, 1000, TCP_SYN, 8, 0, TALLIED_START + 420 * SECOND});
	tally_settle(p.tally);
	assert_int_equal(tally_sums(p.tally).attempts, 18);
	tallied_end(&p);
}

/* Where there is no room, who comes twice gets in instead of one who came once, and what that one did is pooled. */
static void
a_source_is_tracked_at_its_second_attempt(void **state)
{
	struct tracked *c = tracked_new(1);
	struct addr first = addr_v4((uint8_t[]){10, 1, 0, 1}), proved = addr_v4((uint8_t[]){10, 1, 0, 2}), evicted, a;
	uint32_t in = 0, came = 0, let = 0;

	(void)state;
	assert_true(tracked_attempt(c, &first, &evicted));
	assert_true(tracked_attempt(c, &first, &evicted));
	tracked_proved(c, &proved, &evicted);
	for (uint32_t i = 0; i < 600000; i++) {
		a = addr_v4((uint8_t[]){64, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		in += tracked_attempt(c, &a, &evicted);
		came += evicted.family != 0;
	}
	assert_in_range(in, TRACKED_HOSTS,
	                2 * TRACKED_HOSTS + 60000); /* two that share a bit look like one that came twice */
	for (uint32_t i = 599000; i < 600000; i++) {
		a = addr_v4((uint8_t[]){64, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		let += tracked_attempt(c, &a, &evicted);
		came += evicted.family != 0;
	}
	assert_in_range(let, 900, 1000);
	assert_int_equal(tracked_evicted(c), came);
	assert_true(tracked_has(c, &first));
	assert_true(tracked_has(c, &proved));
	tracked_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(too_many_changes_are_noticed),
	        cmocka_unit_test(a_flood_of_sources_displaces_no_host),
	        cmocka_unit_test(a_syn_in_doubt_is_no_attempt),
	        cmocka_unit_test(a_source_is_tracked_at_its_second_attempt),
	};

	tally_free(NULL);
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
