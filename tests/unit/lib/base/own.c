/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine's own addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/own.h"

static bool
own(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return own_address(&a);
}

static void
only_addresses_of_interfaces_are_own(void **state)
{
	(void)state;
	assert_true(own("127.0.0.1"));
	assert_false(own("203.0.113.200"));
	assert_false(own("2001:db8:ffff::200"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(only_addresses_of_interfaces_are_own)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
