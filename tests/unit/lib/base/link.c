/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/link.h"

static void
a_star_stands_for_anything_at_the_end(void **state)
{
	(void)state;
	assert_true(link_fits("ppp*", "ppp0"));
	assert_true(link_fits("ppp*", "ppp"));
	assert_false(link_fits("ppp*", "pp"));
	assert_false(link_fits("ppp*", "xppp0"));
	assert_true(link_fits("lan0", "lan0"));
	assert_false(link_fits("lan0", "lan01"));
	assert_false(link_fits("", "lan0"));
}

static void
names_overlap_if_a_link_may_fit_both(void **state)
{
	(void)state;
	assert_true(link_overlap("ppp*", "ppp1*"));
	assert_true(link_overlap("ppp1*", "ppp*"));
	assert_true(link_overlap("ppp0", "ppp*"));
	assert_true(link_overlap("lan0", "lan0"));
	assert_false(link_overlap("ppp0*", "ppp1*"));
	assert_false(link_overlap("lan0", "ppp*"));
	assert_false(link_overlap("lan0", "lan1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_star_stands_for_anything_at_the_end),
	        cmocka_unit_test(names_overlap_if_a_link_may_fit_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
