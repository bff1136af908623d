/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types, Ethernet and its tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/frames.h"

static void
ethernet_is_skipped(void **state)
{
	struct test_frame f = {.size = 0};

	(void)state;
	frame_add_ethernet(&f, 0x0800);
	frame_add_ipv4(&f, 0, 40, 0x4000, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_ETHERNET, &f, 4, 0, true);
}

static void
a_group_address_is_no_sender(void **state)
{
	struct test_frame f = {.size = 0};
	struct packet p = {0};

	(void)state;
	frame_add_ethernet(&f, 0x0800);
	f.bytes[6] |= 1;
	frame_add_ipv4(&f, 0, 40, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	assert_true(frame_decode(LINK_ETHERNET, &f, f.size, &p));
	assert_false(p.has_mac);
}

static void
vlan_tags_are_skipped_and_kept(void **state)
{
	struct test_frame f = {.size = 0}, twice = {.size = 0}, priority = {.size = 0};

	(void)state;
	frame_add_ethernet(&f, 0x8100);
	frame_add_vlan(&f, 42, 0x86dd);
	frame_add_ipv6(&f, 20, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_ETHERNET, &f, 6, 42, true);
	frame_add_ethernet(&twice, 0x8100);
	frame_add_vlan(&twice, 42, 0x8100);
	frame_add_vlan(&twice, 43, 0x0800);
	frame_add_ipv4(&twice, 0, 40, 0, 6);
	frame_add_tcp(&twice, TCP_SYN);
	frame_expect(LINK_ETHERNET, &twice, 4, 43, true);
	frame_add_ethernet(&priority, 0x8100);
	frame_add_vlan(&priority, 42, 0x8100);
	frame_add_vlan(&priority, 0, 0x0800);
	frame_add_ipv4(&priority, 0, 40, 0, 6);
	frame_add_tcp(&priority, TCP_SYN);
	frame_expect(LINK_ETHERNET, &priority, 4, 42, true);
}

static void
raw_links_begin_with_ip(void **state)
{
	struct test_frame v4 = {.size = 0}, v6 = {.size = 0}, v5;

	(void)state;
	frame_add_ipv4(&v4, 0, 40, 0, 6);
	frame_add_tcp(&v4, TCP_SYN);
	frame_add_ipv6(&v6, 20, 6);
	frame_add_tcp(&v6, TCP_SYN);
	frame_expect(LINK_RAW, &v4, 4, 0, false);
	frame_expect(LINK_RAW_BSD, &v4, 4, 0, false);
	frame_expect(LINK_RAW, &v6, 6, 0, false);
	frame_expect(LINK_IPV4, &v4, 4, 0, false);
	frame_expect(LINK_IPV6, &v6, 6, 0, false);
	frame_refuse(LINK_IPV6, &v4);
	frame_refuse(LINK_IPV4, &v6);
	v5 = v4;
	v5.bytes[0] = 0x55;
	frame_refuse(LINK_RAW, &v5);
}

static void
cooked_headers_are_skipped(void **state)
{
	struct test_frame v1 = {.size = 0}, v2 = {.size = 0}, netlink;

	(void)state;
	frame_add16(&v1, 0);
	frame_add16(&v1, 1);
	frame_add16(&v1, 6);
	frame_add(&v1, frame_mac_from, 6);
	frame_add16(&v1, 0);
	frame_add16(&v1, 0x0800);
	frame_add_ipv4(&v1, 0, 40, 0, 6);
	frame_add_tcp(&v1, TCP_SYN);
	frame_expect(LINK_SLL, &v1, 4, 0, true);
	netlink = v1;
	netlink.bytes[2] = 824 >> 8;
	netlink.bytes[3] = 824 & 0xff;
	frame_refuse(LINK_SLL, &netlink);

	frame_add16(&v2, 0x86dd);
	frame_add_zeros(&v2, 6);
	frame_add16(&v2, 1);
	frame_add(&v2, (uint8_t[]){0, 6}, 2);
	frame_add(&v2, frame_mac_from, 6);
	frame_add16(&v2, 0);
	frame_add_ipv6(&v2, 20, 6);
	frame_add_tcp(&v2, TCP_SYN);
	frame_expect(LINK_SLL2, &v2, 6, 0, true);
}

static void
loopback_families_are_known(void **state)
{
	static const uint8_t families[][4] = {{2, 0, 0, 0},  {0, 0, 0, 2},  {30, 0, 0, 0},
	                                      {0, 0, 0, 24}, {28, 0, 0, 0}, {10, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct test_frame f = {.size = 0};

		frame_add(&f, families[i], 4);
		if (i < 2)
			frame_add_ipv4(&f, 0, 40, 0, 6);
		else
			frame_add_ipv6(&f, 20, 6);
		frame_add_tcp(&f, TCP_SYN);
		frame_expect(i % 2 == 0 ? LINK_NULL : LINK_LOOP, &f, i < 2 ? 4 : 6, 0, false);
		f.bytes[0] = f.bytes[3] = 7;
		frame_refuse(LINK_NULL, &f);
	}
}

static void
link_types_are_known_or_refused(void **state)
{
	static const int known[] = {0,   1,   9,   12,  14,  50,  51,  101, 104, 105, 107,
	                            108, 113, 127, 166, 192, 204, 228, 229, 239, 276};
	struct test_frame f = {.size = 0};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_true(decode_knows(known[i]));
	for (int link = -1; link < 400; link++)
		count += decode_knows(link);
	assert_int_equal(count, sizeof known / sizeof *known);
	frame_add_ipv4(&f, 0, 40, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_refuse(163, &f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ethernet_is_skipped),
	        cmocka_unit_test(a_group_address_is_no_sender),
	        cmocka_unit_test(vlan_tags_are_skipped_and_kept),
	        cmocka_unit_test(raw_links_begin_with_ip),
	        cmocka_unit_test(cooked_headers_are_skipped),
	        cmocka_unit_test(loopback_families_are_known),
	        cmocka_unit_test(link_types_are_known_or_refused),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
