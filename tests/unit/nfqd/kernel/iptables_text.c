/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "nfqd/kernel/iptables_text.h"

static void
text_is_read_line_by_line(void **state)
{
	const char *rest = "*mangle\n\n-A FORWARD -j NFQD  \nCOMMIT";
	static const char *const expected[] = {"*mangle", "", "-A FORWARD -j NFQD", "COMMIT"};
	struct iptables_line line;
	size_t n = 0;

	(void)state;
	while (iptables_next(&rest, &line)) {
		assert_true(n < 4);
		assert_int_equal(line.size, strlen(expected[n]));
		assert_memory_equal(line.text, expected[n], line.size);
		n++;
	}
	assert_int_equal(n, 4);
}

/* A line's begin and end are its own, not its neighbours'. */
static void
the_begin_and_end_of_one_line_are_compared(void **state)
{
	const char *text = "-A INPUT -j NFQD-OTHER \n-A FORWARD -j ACCEPT\n-A OUTPUT -j NFQD";

	(void)state;
	assert_true(iptables_has_line(text, "-A FORWARD", "-j ACCEPT"));
	assert_true(iptables_has_line(text, "-A OUTPUT", "-j NFQD"));
	assert_false(iptables_has_line(text, "-A FORWARD", "-j NFQD"));
	assert_false(iptables_has_line(text, "-A INPUT", "-j NFQD"));
	assert_false(iptables_has_line("", "-A", ""));
}

static bool
leads(const char *text)
{
	struct iptables_line line;

	assert_true(iptables_next(&text, &line));
	return iptables_leads_to_us(line);
}

static void
jumps_to_our_chains_are_found(void **state)
{
	(void)state;
	assert_true(leads("-A FORWARD -j NFQD "));
	assert_true(leads("-A POSTROUTING -p tcp -j NFQD-END"));
	assert_false(leads("-A FORWARD -j NFQDX"));
	assert_false(leads("-A FORWARD -j MYNFQD"));
	assert_false(leads(":NFQD - [0:0]"));
	assert_false(leads("-A FORWARD -j ACCEPT"));
	assert_false(leads("-A"));
}

/* In a table without any rule of ours, chains of our names are another program's once they have rules. */
static void
rules_without_a_sign_of_ours_are_foreign(void **state)
{
	char chain[IPTABLES_CHAIN];

	(void)state;
	assert_true(
	        iptables_find_foreign("*mangle\n:NFQD - [0:0]\n-A NFQD -p udp -j DROP\n-A NFQD-OUT -j DROP\n", chain));
	assert_string_equal(chain, "NFQD");
	assert_false(
	        iptables_find_foreign("*mangle\n:NFQD - [0:0]\n-A FORWARD -j NFQD\n-A NFQD-MINE -j DROP\n", chain));
	assert_string_equal(chain, "");
	assert_false(iptables_find_foreign(
	        "-A NFQD -j ACCEPT\n-A NFQD-OUT -m set --match-set nfqd_open4 src -j RETURN\n", chain));
	assert_false(iptables_find_foreign("-A NFQD-OUT -m comment --comment \"nfqd stranger\" -j NFQUEUE\n", chain));
	/* Two earlier versions, in filter. */
	assert_false(iptables_find_foreign("-A NFQD -p tcp -m mark --mark 0x20000000/0x20000000 -j REJECT "
	                                   "--reject-with tcp-reset\n",
	                                   chain));
	assert_false(iptables_find_foreign("-A NFQD -p tcp -m multiport --dports 25 -m mark --mark 0x1/0x1 -j REJECT "
	                                   "--reject-with tcp-reset\n",
	                                   chain));
	assert_true(iptables_find_foreign("-A NFQD -p tcp -j REJECT --reject-with tcp-reset\n", chain));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(text_is_read_line_by_line),
	        cmocka_unit_test(the_begin_and_end_of_one_line_are_compared),
	        cmocka_unit_test(jumps_to_our_chains_are_found),
	        cmocka_unit_test(rules_without_a_sign_of_ours_are_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
