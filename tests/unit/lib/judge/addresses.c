/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks and bogons: the class of an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/judge/judge.h"
#include "lib/judge/state.h"
#include "lib/judge/networks.h"
#include "tests/unit/common/lives.h"

static struct prefix
network_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return judge_network_of(&a);
}

static bool
same_network(const char *one, const char *other)
{
	struct addr a, b;

	assert_true(addr_parse(one, &a) && addr_parse(other, &b));
	return judge_network_id(&a) == judge_network_id(&b);
}

static void
networks_of_addresses(void **state)
{
	char buf[PREFIX_TEXT];
	struct prefix p;

	(void)state;
	p = network_of("192.0.2.129");
	assert_string_equal(prefix_print(&p, buf), "192.0.2.0/24");
	p = network_of("2001:db8:1:ffff::1");
	assert_string_equal(prefix_print(&p, buf), "2001:db8:1::/48");
	p = network_of("64:ff9b::192.0.2.129");
	assert_string_equal(prefix_print(&p, buf), "192.0.2.0/24");
	assert_true(same_network("192.0.2.1", "192.0.2.254"));
	assert_false(same_network("192.0.2.1", "192.0.3.1"));
	assert_true(same_network("2001:db8:1:1::1", "2001:db8:1:ff00::1"));
	assert_false(same_network("2001:db8:1::1", "2001:db8:2::1"));
	assert_false(same_network("2001:db8:100::1", "2001:db8:200::1"));
}

static void
addresses_that_are_not_on_the_internet(void **state)
{
	static const char *const bogons[] = {
	        "0.1.2.3",    "10.0.0.1",    "100.64.0.1", "127.0.0.1",       "169.254.1.1",
	        "172.31.0.1", "192.168.9.9", "224.0.0.1",  "240.0.0.1",       "::1",
	        "fe80::1",    "fc00::1",     "ff02::1",    "::ffff:10.0.0.1", "64:ff9b::10.0.0.1"};
	static const char *const fine[] = {"1.1.1.1",      "100.63.0.1",      "100.128.0.1", "172.32.0.1",
	                                   "192.0.2.1",    "223.255.0.1",     "2001:db8::1", "64:ff9b::192.0.2.1",
	                                   "64:ff9b:1::1", "::ffff:192.0.2.1"};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof bogons / sizeof bogons[0]; i++) {
		assert_true(addr_parse(bogons[i], &a));
		a = judge_bare(&a);
		if (!judge_bogon(&a))
			fail_msg("%s is no bogon", bogons[i]);
	}
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
		assert_true(addr_parse(fine[i], &a));
		a = judge_bare(&a);
		if (judge_bogon(&a))
			fail_msg("%s is a bogon", fine[i]);
	}
}

/* Through NAT64 a host goes to IPv4 networks, not to the one network of the prefix. */
static void
nat64_hides_no_networks(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);

	(void)state;
	for (uint8_t n = 0; n < 8; n++) {
		uint8_t bytes[16] = {0x00, 0x64, 0xff, 0x9b, [12] = 192, 0, n, 1};
		struct addr to = addr_v6(bytes);
		struct judge_row row = life_row(LIFE_BEGIN + n * LIFE_SECOND, &to, 25);

		judge_row(j, &row);
	}
	assert_int_equal(judge_verdict(j, 0).networks, 8);
	judge_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(networks_of_addresses),
	        cmocka_unit_test(addresses_that_are_not_on_the_internet),
	        cmocka_unit_test(nat64_hides_no_networks),
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
