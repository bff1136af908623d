/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_pack: there and back, and bytes that are none of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/judge.h"
#include "lib/judge/pack.h"
#include "lib/judge/state.h"

static const struct stack_turns stacks[STACKS_MOST] = {{6, 41, 0}, {10, 22, 0}};
static const struct stack_turns clocks[STACKS_MOST] = {{STACK_CLOCK, 41, 0}, {STACK_CLOCK, 22, 65535}};
static struct life life;
static const struct judge_key key = {.kind = JUDGE_IPV4, .bytes = {10, 0, 0, 1}};

/* A judge that knows the life of one host. */
static struct judge *
judge_of(uint64_t *random, uint32_t networks)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	judge_begin(j, &key);
	life_make(&life, random, networks);
	life_play(j, &life, LIFE_MINUTE, false);
	return j;
}

/* Split at any point, packed, and unpacked by another judge: the result is the same. */
static void
goes_on_where_it_was(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int n = 0; n < 300; n++) {
		uint8_t bytes[JUDGE_PACKED], again[JUDGE_PACKED], whole[JUDGE_PACKED];
		struct judge *one = judge_new(&judge_defaults, NULL, NULL);
		struct judge *two = judge_new(&judge_defaults, NULL, NULL);
		struct judgement a, b;
		struct life part;
		size_t size, cut;

		life_make(&life, &random, n % 2 == 0 ? 3 : 300);
		cut = life_random(&random) % life.count;
		while (cut > 0 && life.list[cut].when / LIFE_MINUTE == life.list[cut - 1].when / LIFE_MINUTE)
			cut--;
		part.count = cut;
		memcpy(part.list, life.list, cut * sizeof life.list[0]);
		judge_begin(one, &key);
		life_play(one, &part, LIFE_MINUTE, false);
		if (n % 3 == 0)
			judge_stacks(one, LIFE_BEGIN + n * LIFE_MINUTE, stacks);
		size = judge_pack(one, bytes);
		assert_true(judge_unpack(two, bytes, size));
		assert_int_equal(judge_pack(two, again), size);
		assert_memory_equal(bytes, again, size);
		part.count = life.count - cut;
		memcpy(part.list, life.list + cut, part.count * sizeof life.list[0]);
		life_play(one, &part, LIFE_MINUTE, false);
		life_play(two, &part, LIFE_MINUTE, false);
		a = judge_verdict(one, INT64_MAX);
		b = judge_verdict(two, INT64_MAX);
		assert_memory_equal(&a, &b, sizeof a);
		assert_int_equal(judge_pack(one, whole), judge_pack(two, again));
		judge_free(one);
		judge_free(two);
	}
}

static void
small_and_large(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	uint8_t bytes[JUDGE_PACKED];
	size_t size;

	(void)state;
	size = judge_pack(j, bytes);
	assert_in_range(size, 100, 300);
	for (uint32_t n = 0; n < 100; n++) {
		struct addr to = life_address(n, 1, false);
		struct judge_row row = life_row(LIFE_BEGIN + n * LIFE_SECOND, &to, 25);

		judge_row(j, &row);
	}
	size = judge_pack(j, bytes);
	assert_in_range(size, 1900, JUDGE_PACKED);
	judge_free(j);
}

/* Whatever they are. */
static void
put_stacks(struct judge *j, const struct stack_turns turns[STACKS_MOST])
{
	struct judge_host host = *judge_host(j);

	memcpy(host.stacks, turns, sizeof host.stacks);
	judge_put(j, &host, NULL);
}

/* One kind alone, one that is none, and more minutes than an hour has. */
static void
wrong_stacks(void **state)
{
	static const struct stack_turns wrong[][STACKS_MOST] = {{{6, 3, 0}},
	                                                        {{6, 3, 0}, {0}, {10, 3, 0}},
	                                                        {{0}, {6, 3, 0}, {10, 3, 0}},
	                                                        {{6, 3, 0}, {STACKS + 1, 3, 0}},
	                                                        {{6, 3, 0}, {10, 61, 0}},
	                                                        {{6, 3, 0}, {10, 0, 0}},
	                                                        {{6, 3, 0}, {0, 3, 0}, {0}},
	                                                        {{STACK_CLOCK + 1, 3, 0}, {STACK_CLOCK + 1, 3, 0}},
	                                                        {{STACK_CLOCK, 3, 7}, {6, 3, 0}},
	                                                        {{6, 3, 0}, {10, 3, 7}},
	                                                        {{STACK_CLOCK, 3, 7}, {0, 0, 7}}};
	uint64_t random = 5;
	struct judge *from = judge_of(&random, 3), *to = judge_new(&judge_defaults, NULL, NULL);
	uint8_t bytes[JUDGE_PACKED];

	(void)state;
	for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++) {
		judge_stacks(from, INT64_MAX, i > 0 ? stacks : clocks);
		if (i > 0)
			put_stacks(from, wrong[i - 1]);
		if (judge_unpack(to, bytes, judge_pack(from, bytes)) != (i == 0))
			fail_msg("case %zu", i);
		if (i == 0)
			assert_memory_equal(judge_host(to)->stacks, clocks, sizeof clocks);
	}
	judge_free(from);
	judge_free(to);
}

/* Other versions, and each length but the right one. */
static void
cut_and_lengthened(void **state)
{
	uint64_t random = 2;
	struct judge *from = judge_of(&random, 300), *to = judge_new(&judge_defaults, NULL, NULL);
	uint8_t bytes[JUDGE_PACKED + 1] = {0}, before[JUDGE_PACKED], after[JUDGE_PACKED], *count;
	size_t size = judge_pack(from, bytes);
	struct judge_key found;

	(void)state;
	judge_pack(to, before);
	for (size_t n = 0; n < size; n++)
		assert_false(judge_unpack(to, bytes, n));
	assert_false(judge_unpack(to, bytes, size + 1));
	bytes[0]++;
	assert_false(judge_unpack(to, bytes, size));
	bytes[0]--;
	count = &bytes[size - 40 * JUDGE_FAR - 1]; /* networks, of 40 bytes each, follow */
	assert_int_equal(*count, JUDGE_FAR);
	*count = JUDGE_FAR + 1;
	assert_false(judge_unpack(to, bytes, size));
	*count = UINT8_MAX;
	assert_false(judge_unpack(to, bytes, size));
	assert_memory_equal(before, after, judge_pack(to, after)); /* nothing has changed */
	*count = JUDGE_FAR;
	assert_true(judge_unpack(to, bytes, size));
	found = judge_key(to);
	assert_memory_equal(&found, &key, sizeof key);
	judge_free(from);
	judge_free(to);
}

/* Unpacked state must be usable: more rows and a verdict work. */
static void
use(struct judge *j)
{
	for (uint32_t n = 0; n < 4; n++) {
		struct addr to = life_address(n, 1, n % 2);
		struct judge_row row = life_row(LIFE_BEGIN + n * LIFE_HOUR, &to, 25);

		judge_row(j, &row);
	}
	assert_in_range(judge_verdict(j, INT64_MAX).label, 0, LABEL_COUNT - 1);
}

/* Random bytes, and states with some bytes changed: refused, or usable. */
static void
damaged_bytes(void **state)
{
	uint64_t random = 3;
	struct judge *to = judge_new(&judge_defaults, NULL, NULL);
	int taken = 0, refused = 0;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		uint8_t bytes[JUDGE_PACKED];
		size_t size = life_random(&random) % (JUDGE_PACKED + 1);

		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)life_random(&random);
		bytes[0] = JUDGE_FORM;
		assert_false(judge_unpack(to, bytes, size));
	}
	for (int n = 0; n < 300; n++) {
		struct judge *from = judge_of(&random, n % 2 == 0 ? 3 : 300);
		uint8_t good[JUDGE_PACKED], bytes[JUDGE_PACKED];
		size_t size = judge_pack(from, good);

		for (int k = 0; k < 100; k++) {
			memcpy(bytes, good, size);
			for (size_t i = 0; i <= life_random(&random) % 4; i++)
				bytes[life_random(&random) % (k % 2 == 0 ? size : 64)] = (uint8_t)life_random(&random);
			if (!judge_unpack(to, bytes, size)) {
				refused++;
				continue;
			}
			taken++;
			use(to);
		}
		judge_free(from);
	}
	assert_in_range(taken, 1000, 29000);
	assert_in_range(refused, 1000, 29000);
	judge_free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(goes_on_where_it_was), cmocka_unit_test(small_and_large),
	        cmocka_unit_test(cut_and_lengthened),   cmocka_unit_test(wrong_stacks),
	        cmocka_unit_test(damaged_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
