/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stacks: SYNs of systems (p0f.fp), other SYNs of one machine, and which sequences alternate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/decode/stack.h"

#define LINUX "TTL 63 like Linux"
#define WINDOWS "TTL 127 like Windows"

/* The name, or NULL if it is unknown. */
static const struct sample {
	struct syn syn;
	const char *name;
} samples[] = {
        /* Linux, also with fast open and multipath behind or before; its window and scale are the program's */
        {{4, 63, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, LINUX},
        {{4, 63, 9, 2920, 1460, 5, {2, 4, 8, 1, 3}}, LINUX},
        {{6, 63, 0, 64800, 1440, 5, {2, 4, 8, 1, 3}}, LINUX},
        {{4, 63, 9, 64240, 1460, 8, {2, 4, 8, 1, 3, 34, 1, 1}}, LINUX},
        {{4, 63, 9, 64240, 1460, 6, {2, 4, 8, 1, 3, 30}}, LINUX},
        {{4, 64, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, "TTL 64 like Linux"},
        {{4, 61, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, "TTL 61 like Linux"},
        /* Windows, with and without a scale, which depends on what buffer a program asks for */
        {{4, 127, 9, 64240, 1460, 6, {2, 1, 3, 1, 1, 4}}, WINDOWS},
        {{4, 127, 9, 8192, 1460, 4, {2, 1, 1, 4}}, WINDOWS},
        {{4, 128, 9, 8192, 1460, 9, {2, 1, 3, 1, 1, 8, 1, 1, 4}}, "TTL 128 like old Windows"},
        {{4, 125, 9, 8192, 1460, 5, {2, 1, 3, 4, 8}}, "TTL 125 with timestamps"},
        /* macOS, iOS */
        {{4, 64, 0, 65535, 1460, 8, {2, 1, 3, 1, 1, 8, 4, 0}}, "TTL 64 like macOS"},
        {{4, 64, 0, 65535, 1460, 2, {2, 4}}, "TTL 64 without timestamps"},
        {{4, 64, 0, 65535, 1460, 3, {4, 2, 8}}, "TTL 64 like none known"},
        {{4, 64, 0, 65535, 1460, 3, {8, 2, 4}}, "TTL 64 like none known"},
        /* SYNs of tools only; options omitted in retransmissions; distant hosts; options beyond those kept */
        {{4, 64, 9, 65535, 1460, 1, {2}}, NULL},
        {{4, 64, 9, 65535, 0, 0, {0}}, NULL},
        {{4, 64, 9, 65535, 1460, 4, {2, 1, 1, 3}}, NULL},
        {{4, 60, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, NULL},
        {{4, 124, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, NULL},
        {{4, 1, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, NULL},
        {{4, 0, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, NULL},
        {{4, 129, 9, 64240, 1460, 5, {2, 4, 8, 1, 3}}, NULL},
        {{4, 255, 9, 65535, 1460, 6, {2, 1, 3, 1, 1, 4}}, NULL},
        {{4, 64, 9, 65535, 1460, 12, {2, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, NULL},
};

static void
systems(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		uint8_t stack = stack_of(&samples[i].syn);
		char name[STACK_TEXT];

		assert_in_range(stack, 0, STACKS);
		if ((stack == 0) != (samples[i].name == NULL))
			fail_msg("sample %zu: got %u", i, stack);
		if (stack > 0)
			assert_string_equal(stack_print(stack, name), samples[i].name);
	}
}

/* Numbers that nobody gave are printed, too, and no name is cut. */
static void
numbers(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= UINT8_MAX; n++) {
		char name[STACK_TEXT];

		assert_in_range(strlen(stack_print((uint8_t)n, name)), 15, STACK_TEXT - 2);
	}
	assert_int_equal(stacks_bit(0), 0);
	assert_int_equal(stacks_bit(1), 1);
	assert_int_equal(stacks_bit(STACKS), UINT64_C(1) << (STACKS - 1));
}

static uint8_t
stack(uint8_t ttl, const char *options)
{
	struct syn syn = {
	        .family = 4, .ttl = ttl, .window = 64240, .mss = 1460, .option_count = (uint8_t)strlen(options)};

	for (size_t i = 0; i < strlen(options); i++)
		syn.options[i] = (uint8_t)(options[i] - '0');
	return stack_of(&syn);
}

/* Minutes of an hour: A is Linux, a the same over one router more, B Windows, X both A and B, Y both A and a. */
static size_t
by_turns(const char *hour, struct stack_turns out[STACKS_MOST])
{
	const struct {
		const char *in;
		uint8_t stack;
	} of[] = {{"AXY", stack(63, "24813")}, {"aY", stack(62, "24813")}, {"BX", stack(127, "213114")}};
	uint64_t minutes[STACKS] = {0};

	for (size_t n = 0; hour[n] != '\0'; n++)
		for (size_t i = 0; i < sizeof of / sizeof *of; i++)
			if (strchr(of[i].in, hour[n]) != NULL)
				minutes[of[i].stack - 1] |= UINT64_C(1) << n;
	return stacks_by_turns(minutes, out);
}

static void
turns(void **state)
{
	const struct {
		const char *hour;
		size_t machines;
		uint8_t minutes[STACKS_MOST];
	} cases[] = {
	        {"", 0, {0}},
	        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, {0}},
	        {"ABABAB", 2, {3, 3}},
	        {"A.....B.....A...B..............A..........................B", 2, {3, 3}},
	        {"AAAA.BB.A.AAA..B.B", 2, {8, 4}},
	        {"XXX", 2, {3, 3}},
	        {"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", 2, {60, 60}},
	        {"BBXXBX", 2, {6, 3}},
	        /* another lease, or another system, and back */
	        {"AAAAAAAAAAAABBBBBBBBBBBB", 0, {0}},
	        {"AAAAAAAAAAAAXBBBBBBBBBBB", 0, {0}},
	        {"AAAAAABBBBBBBBBBBBAAAAAA", 0, {0}},
	        {"AAAAAXBBBBBBBBBBBXAAAAAA", 0, {0}},
	        /* too seldom */
	        {"ABAB", 0, {0}},
	        {"XX", 0, {0}},
	        {"AAAABAAAABAAAA", 0, {0}},
	        /* another way to the gateway */
	        {"AaAaAaAaAa", 0, {0}},
	        {"YYYYYY", 0, {0}},
	        {"ABaBAB", 2, {3, 3}},
	};
	struct stack_turns out[STACKS_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t machines = by_turns(cases[i].hour, out);

		if (machines != cases[i].machines)
			fail_msg("\"%s\": expected %zu, got %zu", cases[i].hour, cases[i].machines, machines);
		for (size_t n = 0; n < STACKS_MOST; n++) {
			assert_int_equal(out[n].stack != 0, n < machines);
			assert_int_equal(out[n].minutes, cases[i].minutes[n]);
		}
	}
}

static void
three(void **state)
{
	uint8_t apple = stack(64, "213118"), windows = stack(127, "213114"), linux_stack = stack(63, "24813");
	struct stack_turns out[STACKS_MOST];
	uint64_t minutes[STACKS] = {0};

	(void)state;
	assert_int_equal(apple, 0); /* unknown without selective acknowledgements */
	apple = stack(64, "2131184");
	minutes[apple - 1] = 0x5555;
	minutes[windows - 1] = 0xaaaa;
	minutes[linux_stack - 1] = 0x0f0f;
	assert_int_equal(stacks_by_turns(minutes, out), 3);
	assert_int_equal(out[0].minutes, 8);
	assert_int_equal(out[0].stack == linux_stack || out[1].stack == linux_stack || out[2].stack == linux_stack, 1);
	/* One that was there alone at first; the others take turns all the same. */
	minutes[linux_stack - 1] = 0xffffff;
	minutes[apple - 1] = UINT64_C(0x5555) << 24;
	minutes[windows - 1] = UINT64_C(0xaaaa) << 24;
	assert_int_equal(stacks_by_turns(minutes, out), 2);
	assert_int_not_equal(out[0].stack, linux_stack);
	assert_int_not_equal(out[1].stack, linux_stack);
	/* Bits behind the hour, as a damaged row may have. */
	memset(minutes, 0, sizeof minutes);
	minutes[0] = minutes[STACKS - 1] = UINT64_C(0xf) << 60;
	assert_int_equal(stacks_by_turns(minutes, out), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(systems), cmocka_unit_test(numbers),
	                                   cmocka_unit_test(turns), cmocka_unit_test(three)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
