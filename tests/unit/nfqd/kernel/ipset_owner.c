/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "nfqd/kernel/ipset_owner.h"

static enum ipset_owner
owner(const char *type_and_header, bool timeout)
{
	struct ipset_form form = {"nfqd_open4", "hash:net", "inet", timeout};
	char list[512];

	snprintf(list, sizeof list,
	         "Name: other\nType: bitmap:port\nHeader: range 1-2\n\nName: nfqd_open4\n%s\n"
	         "Number of entries: 0\n",
	         type_and_header);
	return ipset_find_owner(list, &form);
}

/* As ipset prints ours, in its versions; and what ours never has. */
static void
a_set_is_ours_by_its_type_and_options(void **state)
{

	(void)state;
	assert_int_equal(
	        owner("Type: hash:net\nRevision: 6\nHeader: family inet hashsize 1024 maxelem 65536 timeout 0", true),
	        IPSET_OURS);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet hashsize 64 maxelem 262144 timeout 0 bucketsize 12 "
	                       "initval 0x9ebb016a",
	                       true),
	                 IPSET_OURS);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet hashsize 1024 maxelem 65536 ", false), IPSET_OURS);
	assert_int_equal(owner("Type: hash:ip\nHeader: family inet hashsize 1024 maxelem 65536 timeout 0", true),
	                 IPSET_OTHER_TYPE);
	assert_int_equal(owner("Type: hash:net,net\nHeader: family inet hashsize 1024 maxelem 65536 timeout 0", true),
	                 IPSET_OTHER_TYPE);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet6 hashsize 1024 maxelem 65536 timeout 0", true),
	                 IPSET_OTHER_OPTIONS);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet hashsize 1024 maxelem 65536 timeout 600", true),
	                 IPSET_OTHER_OPTIONS);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet hashsize 1024 maxelem 65536", true),
	                 IPSET_OTHER_OPTIONS);
	assert_int_equal(owner("Type: hash:net\nHeader: family inet hashsize 1024 maxelem 1000 timeout 0", true),
	                 IPSET_OTHER_OPTIONS);
	assert_int_equal(
	        owner("Type: hash:net\nHeader: family inet hashsize 1024 maxelem 65536 timeout 0 counters", true),
	        IPSET_OTHER_OPTIONS);
}

static void
a_name_that_is_free_is_nobodys(void **state)
{
	struct ipset_form form = {"nfqd_open4", "hash:net", "inet", true};

	(void)state;
	assert_int_equal(ipset_find_owner("", &form), IPSET_NOBODY);
	assert_int_equal(ipset_find_owner("Name: nfqd_open40\nType: hash:net\n", &form), IPSET_NOBODY);
}

static void
names_are_those_of_sets_in_use(void **state)
{
	(void)state;
	assert_true(ipset_is_ours("nfqd_lan4"));
	assert_true(ipset_is_ours("nfqd_max_pairs6"));
	assert_false(ipset_is_ours("nfqd_mine4"));
	assert_false(ipset_is_ours("nfqd_open4_new"));
	assert_false(ipset_is_ours("nfqd_4"));
	assert_false(ipset_is_ours("nfqd_"));
	assert_false(ipset_is_ours(""));
	assert_true(ipset_is_unended("nfqd_open4_new"));
	assert_false(ipset_is_unended("nfqd_open4"));
	assert_false(ipset_is_unended("nfqd_mine4_new"));
	assert_false(ipset_is_unended("_new"));
	assert_false(ipset_is_unended("nfqd_max_pairs6_and_a_name_that_is_too_long_new"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_set_is_ours_by_its_type_and_options),
	        cmocka_unit_test(a_name_that_is_free_is_nobodys),
	        cmocka_unit_test(names_are_those_of_sets_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
