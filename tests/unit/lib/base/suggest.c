/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/suggest.h"

static void
distances_count_edits_and_swaps(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
	        {"", "", 0},           {"", "abc", 3},          {"allow", "allow", 0},
	        {"ALLOW", "allow", 0}, {"alow", "allow", 1},    {"allwo", "allow", 1},
	        {"sicne", "since", 1}, {"statsu", "status", 1}, {"kitten", "sitting", 3},
	        {"ca", "abc", 3},      {"abcdef", "badcfe", 3}, {"deny", "deny-to", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(suggest_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static const char *
best_of(const char *typed)
{
	static const char *const words[] = {"allow", "block", "deny-to", "interface", "port", "nft", "db", "json"};
	struct suggestion s = {.typed = typed};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		suggest(&s, words[i]);
	return s.best;
}

static void
only_a_near_word_is_suggested(void **state)
{
	static const struct {
		const char *typed, *best; /* NULL: none */
	} cases[] = {
	        {"alow", "allow"},           {"Allow", "allow"},  {"blcok", "block"}, {"deny", "deny-to"},
	        {"interfaces", "interface"}, {"nftables", "nft"}, {"ports", "port"},  {"bd", "db"},
	        {"frobnicate", NULL},        {"", NULL},          {"x", NULL},        {"por", "port"},
	        {"lock", "block"},           {"mail", NULL},      {"nt", "nft"},
	};
	char longest[4 * SUGGEST_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *best = best_of(cases[i].typed);

		if (best != cases[i].best &&
		    (best == NULL || cases[i].best == NULL || strcmp(best, cases[i].best) != 0))
			fail_msg("\"%s\": expected %s, got %s", cases[i].typed,
			         cases[i].best != NULL ? cases[i].best : "none", best != NULL ? best : "none");
	}
	memset(longest, 'a', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	assert_null(best_of(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(distances_count_edits_and_swaps),
	        cmocka_unit_test(only_a_near_word_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
