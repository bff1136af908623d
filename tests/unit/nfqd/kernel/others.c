/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nfqd/kernel/others.h"

static struct others
find(const char *mangle, const char *filter)
{
	struct others found = {0};

	others_find("iptables", mangle, filter, &found);
	return found;
}

static void
a_queue_of_others_is_found(void **state)
{
	(void)state;
	assert_string_equal(find("-A NFQD-OUT -j NFQUEUE --queue-num 26\n", "-A FORWARD -j ACCEPT\n").queue, "");
	assert_string_equal(find("", "-A FORWARD -j ACCEPT\n-A ips -p tcp -j NFQUEUE --queue-num 0\n").queue,
	                    "iptables -t filter -A ips -p tcp -j NFQUEUE --queue-num 0");
	/* A comment is somebody else's text. */
	assert_string_equal(find("-A x -m comment --comment \"a\x1b[2Jb\" -j NFQUEUE --queue-num 1\n", "").queue,
	                    "iptables -t mangle -A x -m comment --comment \"a\\x1b[2Jb\" -j NFQUEUE --queue-num 1");
}

static void
a_clamp_behind_our_rules_is_found(void **state)
{
	static const char chains[] = "-A all -p tcp -j TCPMSS --set-mss 1000\n-A mss -p udp -j RETURN\n-A mss -j all\n";
	char text[512];

	(void)state;
	snprintf(text, sizeof text, "-A FORWARD -j mss\n-A FORWARD -p tcp -j NFQD\n-A FORWARD -j ACCEPT\n%s", chains);
	assert_string_equal(find(text, "").clamp, ""); /* in front of ours */
	snprintf(text, sizeof text, "-A FORWARD -p tcp -j NFQD\n-A FORWARD -j mss\n%s", chains);
	assert_string_equal(find(text, "").clamp, "iptables -t mangle -A FORWARD -j mss");
	assert_string_equal(find("-A FORWARD -p tcp -j NFQD\n-A FORWARD -j TCPMSS --clamp-mss-to-pmtu\n", "").clamp,
	                    "iptables -t mangle -A FORWARD -j TCPMSS --clamp-mss-to-pmtu");
	/* Not what iptables-save prints, but what a damaged text may hold. */
	assert_string_equal(find("-A FORWARD -j NFQD\n-A FORWARD -j a\n-A a -j a\n-A FORWARD -j", "").clamp, "");
}

/* Chains that lead to each other, the last of which clamps: a bounded part of them is read. */
static void
many_chains_are_read_up_to_a_bound(void **state)
{
	char text[65536] = "-A FORWARD -p tcp -j NFQD\n-A FORWARD -j c0\n";
	size_t used = strlen(text);

	(void)state;
	for (int i = 0; i < 200; i++)
		for (int n = 0; n < 8; n++)
			used += (size_t)snprintf(text + used, sizeof text - used, "-A c%d -j c%d\n", i, i + 1);
	snprintf(text + used, sizeof text - used, "-A c200 -j TCPMSS --set-mss 1\n");
	assert_string_equal(find(text, "").clamp, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_queue_of_others_is_found),
	                                   cmocka_unit_test(a_clamp_behind_our_rules_is_found),
	                                   cmocka_unit_test(many_chains_are_read_up_to_a_bound)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
