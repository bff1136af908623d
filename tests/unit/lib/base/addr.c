/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/addr.h"

static struct addr
addr_text(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static struct prefix
prefix_text(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(text, &p), PREFIX_OK);
	return p;
}

static void
addresses_are_parsed_and_printed(void **state)
{
	static const char *const good[][2] = {
	        {"192.0.2.1", "192.0.2.1"},
	        {"0.0.0.0", "0.0.0.0"},
	        {"2001:DB8::0:1", "2001:db8::1"},
	        {"::", "::"},
	        {"::ffff:192.0.2.1", "192.0.2.1"},
	        {"::FFFF:c000:201", "192.0.2.1"},
	        {"::fffe:c000:201", "::fffe:c000:201"},
	        {"::192.0.2.1", "::192.0.2.1"},
	};
	static const char *const bad[] = {
	        "",         "192.0.2",  "192.0.2.256",  " 192.0.2.1", "192.0.2.1 ", "192.0.2.1.2",
	        "01.2.3.4", "2001:db8", "fe80::1%lan0", "1::2::3",    "x"};
	char buf[ADDR_TEXT];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		a = addr_text(good[i][0]);
		assert_string_equal(addr_print(&a, buf), good[i][1]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (addr_parse(bad[i], &a))
			fail_msg("\"%s\" was taken for an address", bad[i]);
	a = (struct addr){0};
	assert_string_equal(addr_print(&a, buf), "-");
}

/* In packets, an IPv4 address and the IPv6 address that maps it are two. */
static void
mapped_addresses_are_another_family(void **state)
{
	struct addr v4 = addr_text("192.0.2.1"), mapped = addr_v6((uint8_t[16]){[10] = 0xff, 0xff, 192, 0, 2, 1});
	struct prefix all4 = prefix_text("0.0.0.0/0");

	(void)state;
	assert_false(addr_equal(&v4, &mapped));
	assert_true(addr_cmp(&v4, &mapped) < 0);
	assert_true(prefix_contains(&all4, &v4));
	assert_false(prefix_contains(&all4, &mapped));
}

static void
prefixes_are_parsed_and_printed(void **state)
{
	static const struct {
		const char *text, *printed;
		enum prefix_error error;
	} cases[] = {
	        {"10.1.0.0/16", "10.1.0.0/16", PREFIX_OK},
	        {"72.37.186/23", "72.37.186.0/23", PREFIX_OK},
	        {"10/8", "10.0.0.0/8", PREFIX_OK},
	        {"0/0", "0.0.0.0/0", PREFIX_OK},
	        {"192.0.2.1", "192.0.2.1", PREFIX_OK},
	        {"192.0.2.1/32", "192.0.2.1", PREFIX_OK},
	        {"2001:db8::/32", "2001:db8::/32", PREFIX_OK},
	        {"2001:db8::1/128", "2001:db8::1", PREFIX_OK},
	        {"10.1.0.25/16", "10.1.0.0/16", PREFIX_HOST_BITS},
	        {"72.37.187/23", "72.37.186.0/23", PREFIX_HOST_BITS},
	        {"2001:db8::1/64", "2001:db8::/64", PREFIX_HOST_BITS},
	        {"10.1", NULL, PREFIX_SYNTAX},
	        {"10.1.0.0/33", NULL, PREFIX_SYNTAX},
	        {"10.1.0.0/", NULL, PREFIX_SYNTAX},
	        {"10.1.0.0/-1", NULL, PREFIX_SYNTAX},
	        {"10.1.0.0/1a", NULL, PREFIX_SYNTAX},
	        {"10.1.0.0/0016", NULL, PREFIX_SYNTAX},
	        {"10..0/8", NULL, PREFIX_SYNTAX},
	        {"256/8", NULL, PREFIX_SYNTAX},
	        {"/8", NULL, PREFIX_SYNTAX},
	        {"2001:db8/32", NULL, PREFIX_SYNTAX},
	        {"2001:db8::/129", NULL, PREFIX_SYNTAX},
	        {"::ffff:10.1.0.25", "10.1.0.25", PREFIX_OK},
	        {"::ffff:10.1.0.25/128", "10.1.0.25", PREFIX_OK},
	        {"::ffff:10.1.0.0/112", "10.1.0.0/16", PREFIX_OK},
	        {"::ffff:0:0/96", "0.0.0.0/0", PREFIX_OK},
	        {"::ffff:10.1.0.1/112", "10.1.0.0/16", PREFIX_HOST_BITS},
	        {"::ffff:10.1.0.0/16", NULL, PREFIX_SYNTAX},
	        {"::ffff:0:0/95", NULL, PREFIX_SYNTAX},
	        {"::ffff:10.1.0.25/129", NULL, PREFIX_SYNTAX},
	        {"::/0", "::/0", PREFIX_OK},
	};
	char buf[PREFIX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct prefix p;

		if (prefix_parse(cases[i].text, &p) != cases[i].error)
			fail_msg("\"%s\" was read another way", cases[i].text);
		if (cases[i].printed != NULL)
			assert_string_equal(prefix_print(&p, buf), cases[i].printed);
	}
}

/* Against bits taken one by one. */
static void
prefixes_contain_what_their_bits_say(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct addr a = {.family = (uint8_t)(rand_r(&seed) % 2 ? 4 : 6)}, b;
		uint8_t bits = addr_bits(&a), len = (uint8_t)((unsigned)rand_r(&seed) % (bits + 1U));
		struct prefix p;
		bool same = true;

		for (size_t k = 0; k < addr_size(&a); k++)
			a.bytes[k] = (uint8_t)rand_r(&seed);
		b = a;
		if (rand_r(&seed) % 4 != 0) {
			unsigned bit = (unsigned)rand_r(&seed) % bits;

			b.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		}
		for (unsigned k = 0; k < len; k++)
			same = same && ((a.bytes[k / 8] ^ b.bytes[k / 8]) & (0x80 >> k % 8)) == 0;
		p = prefix_of(&a, len);
		assert_int_equal(prefix_contains(&p, &b), same);
		assert_true(prefix_contains(&p, &a));
	}
}

static void
the_last_address_of_a_prefix(void **state)
{
	struct prefix p = prefix_text("10.1.0.0/17"), q = prefix_text("2001:db8::/33"), host = prefix_text("10.1.0.1");
	struct addr last = prefix_last(&p), want = addr_text("10.1.127.255");

	(void)state;
	assert_true(addr_equal(&last, &want));
	last = prefix_last(&q);
	want = addr_text("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
	assert_true(addr_equal(&last, &want));
	last = prefix_last(&host);
	assert_true(addr_equal(&last, &host.addr));
	assert_true(prefix_covers(&p, &host));
	assert_false(prefix_covers(&host, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses_are_parsed_and_printed),
	        cmocka_unit_test(mapped_addresses_are_another_family),
	        cmocka_unit_test(prefixes_are_parsed_and_printed),
	        cmocka_unit_test(prefixes_contain_what_their_bits_say),
	        cmocka_unit_test(the_last_address_of_a_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
