/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/count/attempts.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1700000000) * SECOND)

static struct flow
flow_of(uint8_t host, uint16_t sport)
{
	struct flow f = {.sport = sport, .dport = 25};

	f.src = addr_v4((uint8_t[]){10, 1, 0, host});
	f.dst = addr_v4((uint8_t[]){203, 0, 113, 9});
	return f;
}

static int
setup(void **state)
{
	*state = attempts_new(1024, 1);
	return *state == NULL;
}

static int
teardown(void **state)
{
	attempts_free(*state);
	return 0;
}

static bool
is_new(struct attempts *t, const struct flow *f, uint32_t isn, int64_t when)
{
	bool answer = false;
	struct attempt *a = attempts_syn(t, f, isn, when, &answer);

	assert_non_null(a);
	assert_int_equal(a->isn, isn);
	return answer;
}

static void
the_same_syn_within_the_window_is_a_retransmission(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000);

	assert_true(is_new(t, &f, 7, START));
	assert_false(is_new(t, &f, 7, START + 1 * SECOND));
	assert_false(is_new(t, &f, 7, START + 180 * SECOND));    /* the window counts from the first */
	assert_true(is_new(t, &f, 7, START + 180 * SECOND + 1)); /* over: a new attempt, and a new window */
	assert_false(is_new(t, &f, 7, START + 360 * SECOND));
}

static void
addresses_ports_and_isn_make_an_attempt(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000), other;

	assert_true(is_new(t, &f, 7, START));
	assert_true(is_new(t, &f, 8, START)); /* another initial sequence number */
	other = flow_of(1, 1001);
	assert_true(is_new(t, &other, 7, START));
	other = flow_of(2, 1000);
	assert_true(is_new(t, &other, 7, START));
	other = f;
	other.dport = 587;
	assert_true(is_new(t, &other, 7, START));
	other = f;
	other.dst.bytes[3] = 10;
	assert_true(is_new(t, &other, 7, START));
	other = f;
	other.src.family = 6; /* same bytes, other family */
	assert_true(is_new(t, &other, 7, START));
	assert_false(is_new(t, &f, 7, START));
	assert_false(is_new(t, &f, 8, START));
}

/* A capture that jumps back by more than the window holds other attempts; a small step back is the same one. */
static void
a_small_step_back_is_the_same_attempt(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000);

	assert_true(is_new(t, &f, 7, START));
	assert_false(is_new(t, &f, 7, START - 1 * SECOND));
	assert_true(is_new(t, &f, 7, START - 400 * SECOND));
}

static void
an_answer_finds_its_attempt(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000), other = flow_of(1, 1001);
	struct attempt *a;

	is_new(t, &f, 7, START);
	assert_null(attempts_answer(t, &f, 8, START));
	assert_null(attempts_answer(t, &other, 7, START));
	a = attempts_answer(t, &f, 7, START + SECOND);
	assert_non_null(a);
	assert_int_equal(a->state, ATTEMPT_OPEN);
	assert_int_equal(a->first, START);
	assert_null(attempts_answer(t, &f, 7, START + 181 * SECOND));
}

static void
a_segment_after_the_answer_finds_its_attempt(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000);

	is_new(t, &f, UINT32_MAX, START);              /* the ACK's sequence number wraps to 0 */
	assert_null(attempts_follow(t, &f, 0, START)); /* not answered yet */
	attempts_answer(t, &f, UINT32_MAX, START)->state = ATTEMPT_ANSWERED;
	assert_null(attempts_follow(t, &f, UINT32_MAX, START)); /* the SYN's own number */
	assert_null(attempts_follow(t, &f, UINT32_MAX - 1, START));
	assert_non_null(attempts_follow(t, &f, 0, START));
	assert_non_null(attempts_follow(t, &f, 5000, START)); /* the first ACK was not captured */
	attempts_follow(t, &f, 0, START)->state = ATTEMPT_ESTABLISHED;
	assert_null(attempts_follow(t, &f, 0, START));
}

/* Two attempts of one flow: a segment belongs to the nearest below, whatever the state of that one. */
static void
a_segment_belongs_to_the_nearest_isn_below(void **state)
{
	struct attempts *t = *state;
	struct flow f = flow_of(1, 1000);
	struct attempt *a;

	is_new(t, &f, 100, START);
	is_new(t, &f, 900, START + SECOND);
	attempts_answer(t, &f, 100, START)->state = ATTEMPT_ANSWERED;
	assert_null(attempts_follow(t, &f, 901, START + SECOND));
	a = attempts_follow(t, &f, 101, START + SECOND);
	assert_non_null(a);
	assert_int_equal(a->isn, 100);
}

/* A table of one bucket: the seventeenth entry evicts the oldest, which is counted; an expired entry is no loss. */
static void
a_full_bucket_evicts_the_oldest(void **state)
{
	struct attempts *t = attempts_new(1, 1);
	struct flow f;

	(void)state;
	assert_non_null(t);
	for (uint16_t i = 0; i < 16; i++) {
		f = flow_of(1, i);
		assert_true(is_new(t, &f, 7, START + (i == 5 ? -1 : i)));
	}
	assert_int_equal(attempts_evicted(t), 0);
	f = flow_of(1, 16);
	assert_true(is_new(t, &f, 7, START + 16));
	assert_int_equal(attempts_evicted(t), 1);
	f = flow_of(1, 0);
	assert_false(is_new(t, &f, 7, START + 17));
	f = flow_of(1, 5); /* the oldest was this one */
	assert_true(is_new(t, &f, 7, START + 17));
	assert_int_equal(attempts_evicted(t), 2);
	for (uint16_t i = 100; i < 116; i++) {
		f = flow_of(1, i);
		assert_true(is_new(t, &f, 7, START + 400 * SECOND));
	}
	assert_int_equal(attempts_evicted(t), 2);
	attempts_free(t);
}

/* A table of one bucket: decoys of a flow take nobody else's place, and an answered attempt keeps its own. */
static void
decoys_replace_each_other(void **state)
{
	struct attempts *t = attempts_new(1, 1);
	struct flow f = flow_of(1, 1), other = flow_of(2, 2), more;

	(void)state;
	assert_non_null(t);
	is_new(t, &other, 7, START);
	for (uint32_t isn = 0; isn < 1000; isn++)
		assert_true(is_new(t, &f, isn, START + 1 + isn));
	assert_non_null(attempts_find(t, &other, 7, START + SECOND));
	assert_non_null(attempts_find(t, &f, 0, START + SECOND));
	assert_non_null(attempts_find(t, &f, 999, START + SECOND));
	assert_int_equal(attempts_alike(t, attempts_flow(t, &f), START + SECOND, SECOND), 15);
	assert_int_equal(attempts_alike(t, attempts_flow(t, &f), START + 1000, 0), 1);
	assert_int_equal(attempts_alike(t, attempts_flow(t, &other), START, SECOND), 1);
	attempts_find(t, &f, 3, START + SECOND)->state = ATTEMPT_ANSWERED;
	attempts_find(t, &f, 4, START + SECOND)->state = ATTEMPT_ESTABLISHED;
	for (uint16_t i = 0; i < 16; i++) {
		more = flow_of(3, i);
		is_new(t, &more, 7, START + 2 * SECOND + i);
		if (i == 0)
			assert_null(attempts_find(t, &f, 4, START + SECOND));
	}
	assert_null(attempts_find(t, &f, 0, START + SECOND));
	assert_non_null(attempts_find(t, &f, 3, START + SECOND));
	attempts_free(t);
}

/* What may have been given up is in doubt until it could not be sent again, and nothing else is. */
static void
doubt_lasts_as_long_as_a_resend_may_come(void **state)
{
	struct attempts *t = attempts_new(1, 1);
	struct flow f = flow_of(1, 0), other = flow_of(9, 9);

	(void)state;
	assert_non_null(t);
	assert_false(attempts_doubt(t, &f, 0));
	for (uint16_t i = 0; i < 16; i++) {
		f = flow_of(1, i);
		assert_false(attempts_doubt(t, &f, START + i));
		is_new(t, &f, 7, START + i);
	}
	f = flow_of(1, 0);
	assert_false(attempts_doubt(t, &f, START + SECOND));
	is_new(t, &other, 7, START + SECOND); /* takes the place of the oldest */
	assert_false(attempts_doubt(t, &other, START + SECOND));
	assert_true(attempts_doubt(t, &f, START + SECOND));
	assert_true(attempts_doubt(t, &f, START + 180 * SECOND));
	assert_false(attempts_doubt(t, &f, START + 182 * SECOND));
	f = flow_of(1, 1);
	assert_false(attempts_doubt(t, &f, START + SECOND));
	attempts_free(t);
}

/* 2,000 new openings a second, each resent after 1, 3, 7, 15, 31 and 63 s, for 400 s: all are told apart. */
static void
two_thousand_openings_a_second_are_told_apart(void **state)
{
	static const uint32_t after[] = {1, 3, 7, 15, 31, 63};
	const uint32_t rate = 200; /* a tenth of the load in a tenth of the room */
	struct attempts *t = attempts_new(26214, 1);
	uint32_t wrong = 0;

	(void)state;
	assert_non_null(t);
	for (uint32_t n = 0; n < 400 * rate; n++) {
		struct flow f = flow_of((uint8_t)(n % 100), (uint16_t)(n / 100));
		int64_t when = START + n * SECOND / rate;

		wrong += attempts_doubt(t, &f, when) || !is_new(t, &f, n, when);
		for (size_t i = 0; i < sizeof after / sizeof *after && n >= after[i] * rate; i++) {
			uint32_t m = n - after[i] * rate;

			f = flow_of((uint8_t)(m % 100), (uint16_t)(m / 100));
			wrong += is_new(t, &f, m, when);
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(attempts_evicted(t), 0);
	attempts_free(t);
}

/* As many as it was made for fit, and half as many again. */
static void
one_and_a_half_times_the_room_fits(void **state)
{
	struct attempts *t = attempts_new(100000, 1);
	uint32_t resent = 0;

	(void)state;
	assert_non_null(t);
	for (uint32_t i = 0; i < 150000; i++) {
		struct flow f = flow_of((uint8_t)(i >> 16), (uint16_t)i);

		assert_true(is_new(t, &f, i * 7919, START + i));
	}
	assert_int_equal(attempts_evicted(t), 0);
	for (uint32_t i = 0; i < 150000; i++) {
		struct flow f = flow_of((uint8_t)(i >> 16), (uint16_t)i);

		resent += !is_new(t, &f, i * 7919, START + 200000);
	}
	assert_int_equal(resent, 150000);
	attempts_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(the_same_syn_within_the_window_is_a_retransmission, setup, teardown),
	        cmocka_unit_test_setup_teardown(addresses_ports_and_isn_make_an_attempt, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_small_step_back_is_the_same_attempt, setup, teardown),
	        cmocka_unit_test_setup_teardown(an_answer_finds_its_attempt, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_segment_after_the_answer_finds_its_attempt, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_segment_belongs_to_the_nearest_isn_below, setup, teardown),
	        cmocka_unit_test(a_full_bucket_evicts_the_oldest),
	        cmocka_unit_test(decoys_replace_each_other),
	        cmocka_unit_test(doubt_lasts_as_long_as_a_resend_may_come),
	        cmocka_unit_test(two_thousand_openings_a_second_are_told_apart),
	        cmocka_unit_test(one_and_a_half_times_the_room_fits),
	};

	attempts_free(NULL);
	return cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
