/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/addr_wrong.h"

#define PREFIXES "192.0.2.1, 10.1.0.0/16, 10.1/16 or 2001:db8::/32"

static void
what_is_no_prefix_is_named(void **state)
{
	static const char *const cases[][2] = {
	        {"10.1.0.0/255.255.0.0", "has a netmask, expected 10.1.0.0/16"},
	        {"10.1.0.7/255.255.255.0", "has a netmask, expected 10.1.0.0/24"},
	        {"10.1.0.0 255.255.0.0", "has a netmask, expected 10.1.0.0/16"},
	        {"10.1.0.0/0.0.255.255", "has a netmask, expected 10.1.0.0/16"},
	        {"10.1.0.0/255.0.255.0", "is not an address, expected one such as " PREFIXES},
	        {"10.1.0.0/33", "has a length out of range, expected one from 0 to 32"},
	        {"2001:db8::/129", "has a length out of range, expected one from 0 to 128"},
	        {"::ffff:10.1.0.0/24", "has a length out of range, expected one from 96 to 128"},
	        {"10.1.0.1-10.1.0.9", "is a range from one address to another, expected addresses such as " PREFIXES},
	        {"10.1.0.1,10.1.0.2", "has a comma, expected a space between two addresses"},
	        {"10.1.0.1:25", "has a port, expected 10.1.0.1"},
	        {"[2001:db8::1]:25", "has a port, expected 2001:db8::1"},
	        {"fe80::1%lan0", "has a zone, expected fe80::1"},
	        {"02:00:00:00:00:25", "is not an IP address but a MAC address, expected addresses such as " PREFIXES},
	        {"mail.example.com", "is not an address but a name, expected addresses such as " PREFIXES},
	        {"10.1.7", "is not an address, expected one such as " PREFIXES},
	        {"300.1.2.3", "is not an address, expected one such as " PREFIXES},
	        {"", "is not an address, expected one such as " PREFIXES},
	        {"/", "is not an address, expected one such as " PREFIXES},
	        {"[", "is not an address, expected one such as " PREFIXES},
	        {"]:1", "is not an address, expected one such as " PREFIXES},
	        {":::1", "is not an address, expected one such as " PREFIXES},
	};
	char out[ADDR_WRONG];
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(prefix_parse(cases[i][0], &p), PREFIX_SYNTAX);
		assert_string_equal(prefix_wrong(cases[i][0], out), cases[i][1]);
	}
}

static void
what_is_no_single_address_is_named(void **state)
{
	static const char *const cases[][2] = {
	        {"10.1.0.0/16", "is a prefix, expected one address, such as 10.1.0.0"},
	        {"10.1.0.7/16", "is a prefix, expected one address, such as 10.1.0.0"},
	        {"10.1/16", "is a prefix, expected one address, such as 10.1.0.0"},
	        {"10.1.0.0/255.255.0.0", "is a prefix, expected one address, such as 10.1.0.0"},
	        {"10.1.0.1:25", "has a port, expected 10.1.0.1"},
	        {"mail.example.com",
	         "is not an address but a name, expected an address such as 192.0.2.7 or 2001:db8::7"},
	        {"10.1.7", "is not an address, expected one such as 192.0.2.7 or 2001:db8::7"},
	};
	char out[ADDR_WRONG];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_false(addr_parse(cases[i][0], &a));
		assert_string_equal(addr_wrong(cases[i][0], out), cases[i][1]);
	}
}

/* No text is so long that the message is cut before what is expected. */
static void
any_length_is_taken(void **state)
{
	static char text[10000];
	char out[ADDR_WRONG];

	(void)state;
	for (const char *c = "a1:/-,% [."; *c != '\0'; c++)
		for (size_t length = 1; length < sizeof text; length = length * 3 / 2 + 1) {
			memset(text, *c, length);
			text[length] = '\0';
			assert_non_null(strstr(prefix_wrong(text, out), "expected"));
			assert_non_null(strstr(addr_wrong(text, out), "expected"));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_no_prefix_is_named),
	        cmocka_unit_test(what_is_no_single_address_is_named),
	        cmocka_unit_test(any_length_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
