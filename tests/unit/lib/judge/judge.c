/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: properties that hold for any behaviour, on random lives. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/judge.h"
#include "lib/judge/pack.h"
#include "lib/judge/state.h"

#define LIVES 400

static struct life life;

static void
try_one(struct judge *j, int64_t when, uint32_t network)
{
	struct addr to = life_address(network, 1, false);
	struct judge_row row = life_row(when, &to, 25);

	judge_row(j, &row);
}

/* Makes a zombie: ten networks, one a minute. */
static void
cross(struct judge *j, int64_t when)
{
	for (uint32_t n = 0; n < 10; n++)
		try_one(j, when + n * LIFE_MINUTE, n);
}

static void
eight_networks_cross_and_seven_do_not(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	(void)state;
	for (uint32_t n = 0; n < 7; n++)
		try_one(j, LIFE_BEGIN + n * 2 * LIFE_SECOND, n);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN).crossed_at, 0);
	try_one(j, LIFE_BEGIN + 14 * LIFE_SECOND, 7);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN).crossed_at, LIFE_BEGIN + 14 * LIFE_SECOND);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN).label, LABEL_ZOMBIE);
	judge_free(j);
}

/* However long it has been honest, ten networks cross. */
static void
an_honest_past_is_no_credit(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	int64_t when = LIFE_BEGIN;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++)
		try_one(j, when += LIFE_MINUTE, 0);
	for (uint32_t n = 1; n < 10; n++)
		try_one(j, when += LIFE_MINUTE, n);
	assert_int_equal(judge_verdict(j, when).crossed_at, 0);
	try_one(j, when += LIFE_MINUTE, 10);
	assert_int_equal(judge_verdict(j, when).crossed_at, when);
	judge_free(j);
}

/* At any pace, over days, and with a clock that is set. */
static void
seven_networks_never_cross(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int n = 0; n < LIVES; n++) {
		struct judge *j = judge_new(&judge_defaults, NULL, NULL);

		life_make(&life, &random, 1 + (uint32_t)(life_random(&random) % 7));
		for (size_t i = 0; n % 4 == 0 && i < life.count; i++)
			if (life_random(&random) % 20 == 0)
				life.list[i].when -= (int64_t)(life_random(&random) % (uint64_t)(48 * LIFE_HOUR));
		for (size_t i = 0; i < life.count; i++) {
			life_feed(j, &life.list[i], 1, true);
			assert_int_equal(judge_verdict(j, 0).crossed_at, 0);
		}
		judge_free(j);
	}
}

/* Seven networks one after the other, each time just after a day: each is forgotten when it comes again. */
static void
seven_networks_a_day_never_cross(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	(void)state;
	for (uint32_t n = 0; n < 700; n++)
		try_one(j, LIFE_BEGIN + n * (25 * LIFE_HOUR / 7), n % 7);
	assert_int_equal(judge_verdict(j, INT64_MAX).crossed_at, 0);
	assert_true(judge_verdict(j, INT64_MAX).networks <= 7);
	judge_free(j);
}

static void
assert_same_state(const struct judge *a, const struct judge *b, int n)
{
	uint8_t x[JUDGE_PACKED], y[JUDGE_PACKED];
	size_t size = judge_pack(a, x);

	if (size != judge_pack(b, y) || memcmp(x, y, size) != 0)
		fail_msg("life %d: the states differ", n);
}

static void
parts_are_the_whole(void **state)
{
	static const int64_t spans[] = {LIFE_MINUTE, LIFE_MINUTE, 30 * LIFE_SECOND, LIFE_SECOND, LIFE_SECOND / 10};
	uint64_t random = 2;

	(void)state;
	for (int n = 0; n < LIVES; n++) {
		struct judge *j[5];

		life_make(&life, &random, n % 2 == 0 ? 8 : 300);
		for (int i = 0; i < 5; i++) {
			j[i] = judge_new(&judge_defaults, NULL, NULL);
			life_play(j[i], &life, spans[i], false);
			assert_same_state(j[0], j[i], n);
		}
		for (int i = 0; i < 5; i++)
			judge_free(j[i]);
	}
}

/* Drops retransmissions. */
static void
forget_retransmissions(struct life *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->list[i].again)
			l->list[kept++] = l->list[i];
	l->count = kept;
}

static void
retransmissions_change_no_label(void **state)
{
	uint64_t random = 3;
	int told = 0;

	(void)state;
	for (int n = 0; n < LIVES; n++) {
		struct judge *with = judge_new(&judge_defaults, NULL, NULL);
		struct judge *mixed = judge_new(&judge_defaults, NULL, NULL);
		struct judge *without = judge_new(&judge_defaults, NULL, NULL);
		struct judgement a, b, c;
		int64_t now;

		life_make(&life, &random, n % 2 == 0 ? 8 : 300);
		life_play(with, &life, LIFE_MINUTE, false);
		life_play(mixed, &life, LIFE_MINUTE, true);
		forget_retransmissions(&life);
		life_play(without, &life, LIFE_MINUTE, false);
		now = life.list[life.count - 1].when + LIFE_HOUR;
		a = judge_verdict(with, now);
		b = judge_verdict(without, now);
		c = judge_verdict(mixed, now);
		assert_true(a.score == b.score);
		assert_int_equal(a.crossed_at, b.crossed_at);
		assert_int_equal(c.contacts, b.contacts);
		assert_int_equal(c.fresh, b.fresh);
		assert_int_equal(c.networks, b.networks);
		assert_int_equal(b.retransmits, 0);
		if (b.rule == RULE_NO_RESEND) {
			told++;
		} else {
			assert_int_equal(a.label, b.label);
			assert_int_equal(a.rule, b.rule);
			assert_int_equal(a.certainty, b.certainty);
		}
		judge_free(with);
		judge_free(mixed);
		judge_free(without);
	}
	assert_in_range(told, 1, LIVES);
}

struct sum {
	double sum, last;
	int steps, walks;
};

static void
add_step(void *arg, const struct judge_step *step)
{
	struct sum *s = arg;

	if (step->score == step->step) {
		s->sum = 0;
		s->walks++;
	}
	s->sum += step->step;
	s->last = step->score;
	s->steps++;
}

static void
steps_sum_up_to_the_score(void **state)
{
	uint64_t random = 4;
	struct sum all = {0};

	(void)state;
	for (int n = 0; n < LIVES; n++) {
		struct sum s = {0};
		struct judge *j = judge_new(&judge_defaults, add_step, &s);

		life_make(&life, &random, 1 + (uint32_t)(life_random(&random) % 30));
		life_play(j, &life, LIFE_MINUTE, false);
		if (s.steps > 0) {
			assert_true(fabs(s.sum - s.last) < 1e-6);
			if (judge_verdict(j, 0).contacts > 1)
				assert_true(s.last == judge_verdict(j, 0).score);
		}
		all.steps += s.steps;
		all.walks += s.walks;
		judge_free(j);
	}
	assert_in_range(all.steps, 1000, INT32_MAX);
	assert_in_range(all.walks, LIVES / 2, INT32_MAX);
}

static void
a_day_away(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	struct judgement then, later;

	(void)state;
	cross(j, LIFE_BEGIN);
	then = judge_verdict(j, LIFE_BEGIN + LIFE_HOUR);
	later = judge_verdict(j, LIFE_BEGIN + 100 * LIFE_HOUR);
	assert_int_equal(then.networks, 10);
	assert_memory_equal(&then, &later, sizeof then);
	try_one(j, LIFE_BEGIN + 23 * LIFE_HOUR, 1);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN + 24 * LIFE_HOUR).label, LABEL_ZOMBIE);
	try_one(j, LIFE_BEGIN + 48 * LIFE_HOUR, 1);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN + 48 * LIFE_HOUR).label, LABEL_UNKNOWN);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN + 48 * LIFE_HOUR).attempts, 1);
	judge_free(j);
}

/* Crossed, and to nothing new for a week: judged anew. */
static void
a_week_of_the_same(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	(void)state;
	cross(j, LIFE_BEGIN);
	for (int64_t n = 1; n < 24 * 7; n++)
		try_one(j, LIFE_BEGIN + n * LIFE_HOUR, 3);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN + 24 * 7 * LIFE_HOUR).label, LABEL_ZOMBIE);
	for (int64_t n = 24 * 7; n < 24 * 8; n++)
		try_one(j, LIFE_BEGIN + n * LIFE_HOUR, 3);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN + 24 * 8 * LIFE_HOUR).label, LABEL_MISCONFIGURED);
	judge_free(j);
}

static void
clocks_that_are_set(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	(void)state;
	try_one(j, LIFE_BEGIN, 1);
	try_one(j, LIFE_BEGIN - LIFE_HOUR, 1); /* an hour back: its time stands still */
	try_one(j, LIFE_BEGIN - LIFE_HOUR / 2, 2);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN).contacts, 2);
	assert_int_equal(judge_verdict(j, LIFE_BEGIN).attempts, 3);
	cross(j, LIFE_BEGIN + LIFE_HOUR);
	assert_int_equal(judge_verdict(j, INT64_MIN).label, LABEL_ZOMBIE);
	try_one(j, LIFE_BEGIN + 100000 * LIFE_HOUR, 1); /* to a year that is far away, and back */
	assert_int_equal(judge_verdict(j, INT64_MAX).contacts, 1);
	cross(j, LIFE_BEGIN + 2 * LIFE_HOUR);
	assert_int_equal(judge_verdict(j, INT64_MAX).label, LABEL_ZOMBIE);
	assert_int_equal(judge_verdict(j, INT64_MAX).attempts, 10);
	judge_free(j);
}

static void
rows_that_cannot_be(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, LIFE_BEGIN, INT64_MAX - 1, INT64_MAX};
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	struct judgement v;

	(void)state;
	for (size_t i = 0; i < 49 * 20; i++) {
		struct judge_row row = {.destination = life_address((uint32_t)i % 60, 1, i % 2),
		                        .answer = JUDGE_SILENCE,
		                        .first = times[i % 7],
		                        .last = times[i / 7 % 7],
		                        .attempts = i % 3 == 0 ? UINT64_MAX : i % 3,
		                        .retransmits = UINT64_MAX,
		                        .raw = UINT64_MAX};

		judge_row(j, &row);
		v = judge_verdict(j, times[i % 7]);
		assert_true(v.first <= v.last && v.first >= 0);
	}
	judge_free(j);
}

/* 5,000 networks in a day are estimated; a day later the 20 of that day are counted. */
static void
many_networks(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	uint32_t networks;

	(void)state;
	for (uint32_t n = 0; n < 5000; n++)
		try_one(j, LIFE_BEGIN + n * LIFE_MINUTE / 10, n);
	networks = judge_verdict(j, LIFE_BEGIN).networks;
	assert_in_range(networks, 3000, 8000);
	assert_in_range(judge_verdict(j, LIFE_BEGIN).addresses, 3000, 8000);
	for (uint32_t n = 0; n < 24; n++)
		try_one(j, LIFE_BEGIN + (9 + n) * LIFE_HOUR, 3);
	for (uint32_t n = 0; n < 20; n++)
		try_one(j, LIFE_BEGIN + (34 + n) * LIFE_HOUR, 100 + n);
	assert_in_range(judge_verdict(j, LIFE_BEGIN).networks, 5, 30);
	judge_free(j);
}

static void
keys(void **state)
{
	struct addr a, b;
	struct judge_key x, y;
	uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	(void)state;
	assert_true(addr_parse("2001:db8::1", &a) && addr_parse("2001:db8::ffff:2", &b));
	x = judge_key_address(&a);
	y = judge_key_address(&b);
	assert_memory_equal(&x, &y, sizeof x);
	assert_true(addr_parse("2001:db8:0:1::1", &b));
	y = judge_key_address(&b);
	assert_memory_not_equal(&x, &y, sizeof x);
	x = judge_key_mac(mac);
	assert_int_equal(x.kind, JUDGE_MAC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(eight_networks_cross_and_seven_do_not),
	        cmocka_unit_test(an_honest_past_is_no_credit),
	        cmocka_unit_test(seven_networks_never_cross),
	        cmocka_unit_test(seven_networks_a_day_never_cross),
	        cmocka_unit_test(parts_are_the_whole),
	        cmocka_unit_test(retransmissions_change_no_label),
	        cmocka_unit_test(steps_sum_up_to_the_score),
	        cmocka_unit_test(a_day_away),
	        cmocka_unit_test(a_week_of_the_same),
	        cmocka_unit_test(clocks_that_are_set),
	        cmocka_unit_test(rows_that_cannot_be),
	        cmocka_unit_test(many_networks),
	        cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
