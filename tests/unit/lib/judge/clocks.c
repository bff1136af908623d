/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clocks: which timestamps are of several machines, and which never are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/judge/clocks.h"
#include "lib/base/when.h"

#define START (INT64_C(1700002800) * SECOND)

struct machine {
	uint32_t rate;
	int64_t began;
	int drift; /* ppm */
};

static struct clock_reading hour[CLOCKS_MINUTES];
static struct stack_turns found[STACKS_MOST];

static uint32_t
random_word(void)
{
	return (uint32_t)random() << 16 ^ (uint32_t)random();
}

static uint32_t
ticks(const struct machine *m, int64_t at)
{
	int64_t ran = at - m->began;

	return (uint32_t)((ran + (at - START) * m->drift / 1000000) / 100 * m->rate / (SECOND / 100));
}

/* The machine sends in this minute, and we read it up to `late` microseconds afterwards. */
static void
sends(size_t minute, uint32_t destination, const struct machine *m, int64_t late)
{
	int64_t at = START + (int64_t)minute * MINUTE + random() % (MINUTE - SECOND);

	hour[minute] = (struct clock_reading){.at = at + (late > 0 ? random() % late : 0), .value = ticks(m, at)};
	hour[minute].destination = addr_v4((uint8_t[]){203, 0, (uint8_t)(destination >> 8), (uint8_t)destination});
}

/* The sender in each minute, 'A' or a later letter; anything else: none. Each to its own `destinations`. */
static size_t
machines(const char *who, const struct machine *list, uint32_t destinations, int64_t late)
{
	memset(hour, 0, sizeof hour);
	for (size_t n = 0; who[n] != '\0'; n++)
		if (who[n] >= 'A')
			sends(n, (uint32_t)n % destinations + 1000 * (uint32_t)(who[n] - 'A'), &list[who[n] - 'A'],
			      late);
	return clocks_by_turns(hour, found);
}

static const char by_turns[] = "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB";

/* Of each rate, with drift and jitter, also over the moment in which a clock begins anew. */
static void
one_clock(void **state)
{
	static const uint32_t rates[] = {1000, 300, 250, 100, 10, 2, 977};

	(void)state;
	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
		for (int drift = -100; drift <= 100; drift += 50) {
			int64_t whole = (INT64_C(1) << 32) * SECOND / rates[r];
			struct machine m[] = {{rates[r], START - DAY, drift}, {rates[r], START - DAY, drift}};

			assert_int_equal(machines(by_turns, m, 60, SECOND / 5), 0);
			m[0].began = m[1].began = START + 30 * MINUTE - whole;
			assert_int_equal(machines(by_turns, m, 60, SECOND / 5), 0);
			m[0].began = m[1].began = START + 30 * MINUTE - whole / 2;
			assert_int_equal(machines(by_turns, m, 60, SECOND / 5), 0);
		}
	}
}

static void
two_clocks(void **state)
{
	static const uint32_t rates[] = {1000, 300, 250, 100, 10};
	const struct machine days[] = {{1000, START - 83 * HOUR, 0}, {250, START - 5 * HOUR, 0}};

	(void)state;
	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
		for (size_t other = 0; other < sizeof rates / sizeof *rates; other++) {
			int64_t whole = (INT64_C(1) << 32) * SECOND / rates[r];
			struct machine m[] = {{rates[r], START - DAY, 50}, {rates[other], START - 2 * DAY, -50}};

			assert_int_equal(machines(by_turns, m, 60, SECOND / 5), 2);
			assert_int_equal(found[0].minutes, 30);
			assert_int_equal(found[1].minutes, 30);
			m[0].began = START + 30 * MINUTE - whole;
			assert_int_equal(machines(by_turns, m, 60, SECOND / 5), 2);
			assert_int_equal(found[0].minutes, 30);
			assert_int_equal(found[1].minutes, 30);
		}
	}
	/* Seldom, and with more drift than clocks may show at once. */
	assert_int_equal(machines("AB...........................AB...........................AB",
	                          (const struct machine[]){{1000, START - DAY, 160}, {1000, START - 2 * DAY, -160}}, 60,
	                          0),
	                 2);
	assert_int_equal(machines("AAABAAABAAAB", days, 60, 0), 2);
	assert_memory_equal(found, ((struct stack_turns[STACKS_MOST]){{STACK_CLOCK, 9, 83}, {STACK_CLOCK, 3, 5}}),
	                    sizeof found);
}

static void
turns(void **state)
{
	static const struct machine m[] = {
	        {1000, START - DAY, 0}, {1000, START - 2 * DAY, 0}, {100, START - 9 * DAY, 0}};
	static const struct {
		const char *hour;
		size_t machines;
	} cases[] = {
	        {"", 0},
	        {"ABABAB", 2},
	        {"A.....B.....A...B..............A.......................B", 2},
	        {"ABCABCABCABCABC", 3},
	        {"ABAB", 0}, /* too seldom */
	        {"AAABAAAAABAAAA", 0},
	        {"AAAAAAAAAAAABBBBBBBBBBBB", 0}, /* started anew, or another lease */
	        {"AAAAAABBBBBBBBBBBBAAAAAA", 0}, /* and back */
	        {"AAAAAAAAAAAABBBBBBBBBBBBCCCCCCCCCC", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = machines(cases[i].hour, m, 60, SECOND / 5);

		if (n != cases[i].machines)
			fail_msg("\"%s\": expected %zu, got %zu", cases[i].hour, cases[i].machines, n);
		for (size_t k = 0; k < STACKS_MOST; k++)
			assert_int_equal(found[k].stack, k < n ? STACK_CLOCK : 0);
	}
}

/* A system with one clock start per destination repeats it for the same destination. */
static void
few_destinations(void **state)
{
	static const struct machine m[] = {{1000, START - DAY, 0}, {1000, START - 2 * DAY, 0}};

	(void)state;
	assert_int_equal(machines(by_turns, m, 2, 0), 0);
	assert_int_equal(machines(by_turns, m, 6, 0), 2); /* A has the even ones, B the odd */
	assert_int_equal(machines(by_turns, m, 4, 0), 0);
}

/* Our clock is set forth and back; another machine began that soon after the first. */
static void
near_begins(void **state)
{
	struct machine m[] = {{1000, START - DAY, 0}, {1000, START - DAY + 9 * SECOND, 0}};

	(void)state;
	assert_int_equal(machines(by_turns, m, 60, 0), 0);
	m[1].began = START - DAY + 12 * SECOND;
	assert_int_equal(machines(by_turns, m, 60, 0), 2);
}

/* 1,000 SYNs an hour to as many destinations, or to few again and again, with a begin for each: the first of a minute
 * is what there is. Nor does one clock among them make two. */
static void
drawn_for_each(void **state)
{
	const struct machine one = {1000, START - DAY, 0};

	(void)state;
	for (unsigned seed = 0; seed < 20000; seed++) {
		uint32_t begin[1000], destinations = seed % 3 == 0 ? 1000 : seed % 3 == 1 ? 40 : 6;

		srandom(seed);
		for (size_t n = 0; n < destinations; n++)
			begin[n] = random_word();
		memset(hour, 0, sizeof hour);
		for (size_t n = 0; n < CLOCKS_MINUTES; n++) {
			uint32_t to = (uint32_t)random() % destinations;

			sends(n, to, &one, SECOND / 5);
			if (seed % 2 == 0 || n % 2 == 0)
				hour[n].value += begin[to];
		}
		if (clocks_by_turns(hour, found) != 0)
			fail_msg("seed %u", seed);
	}
}

/* Forged, or not counted on: always the same, counted from the first SYN on, from the minute on, none at all; and
 * whatever a database says. */
static void
no_clock(void **state)
{
	const struct machine m = {1000, START - DAY, 0};

	(void)state;
	for (uint32_t kind = 0; kind < 6; kind++) {
		for (size_t n = 0; n < CLOCKS_MINUTES; n++) {
			static const uint32_t same[] = {1, 0xffffffff, 7};

			sends(n, (uint32_t)n, &m, 0);
			hour[n].value = kind < 3    ? same[kind]
			                : kind == 3 ? (uint32_t)n + 1
			                : kind == 4 ? 0
			                            : 1 + random_word() % 9;
		}
		assert_int_equal(clocks_by_turns(hour, found), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_clock),   cmocka_unit_test(two_clocks),
	                                   cmocka_unit_test(turns),       cmocka_unit_test(few_destinations),
	                                   cmocka_unit_test(near_begins), cmocka_unit_test(drawn_for_each),
	                                   cmocka_unit_test(no_clock)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
