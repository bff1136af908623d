/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/mac.h"

static void
six_pairs_of_digits_are_a_mac_address(void **state)
{
	static const char *const good[] = {"52:54:00:12:34:ff", "52-54-00-12-34-FF", "52:54-00:12:34:Ff"};
	static const char *const bad[] = {"",
	                                  "52:54:00:12:34",
	                                  "52:54:00:12:34:",
	                                  "52:54:00:12:34:f",
	                                  "52:54:00:12:34:ff:",
	                                  "52:54:00:12:34:ff:00",
	                                  "52:54:00:12:34:fg",
	                                  "52:54:00:12:34:+1",
	                                  "52:54:00:12:34:0x",
	                                  " 52:54:00:12:34:ff",
	                                  "5254.0012.34ff",
	                                  "52.54.00.12.34.ff",
	                                  "525400:12:34:ff"};
	uint8_t mac[6];
	char buf[MAC_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(mac_parse(good[i], mac));
		assert_string_equal(mac_print(mac, buf), "52:54:00:12:34:ff");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (mac_parse(bad[i], mac))
			fail_msg("\"%s\" is taken for a MAC address", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(six_pairs_of_digits_are_a_mac_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
