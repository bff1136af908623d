/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser without files; whole configurations and their complaints stand in tests/golden/configs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/common/policies.h"
#include "lib/base/when.h"

static void
settings_have_their_defaults(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8", NULL);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->port.count, 1);
	assert_true(config_enforces(c, 25));
	assert_false(config_enforces(c, 587));
	assert_int_equal(c->watch.count, 3);
	assert_int_equal(c->queue, 25);
	assert_string_equal(c->database, "/var/lib/nfqd");
	assert_true(c->keep == 90 * DAY && c->max_size == 1 << 30);
	assert_int_equal(c->policy->stranger, STRANGER_REJECT);
	assert_int_equal(c->interface_count, 0);
	config_free(c);
}

static void
settings_are_read(void **state)
{
	struct config *c = config_of("lan 10/8 # short\n"
	                             "interface lan0 vlan.5\n"
	                             "port 25 587\nwatch 2525\n"
	                             "queue 40\nuser nobody\n"
	                             "database \"/var/lib/a b \\\"c\\\" #d\"\n"
	                             "keep 12w max-size 500M\n"
	                             "mark 0x10/0xff\nbackend nft\ncontrol \"/run/x.sock\"\n",
	                             NULL);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->interface_count, 2);
	assert_string_equal(c->interface[1], "vlan.5");
	assert_true(config_enforces(c, 587));
	assert_int_equal(c->queue, 40);
	assert_string_equal(c->database, "/var/lib/a b \"c\" #d");
	assert_true(c->keep == 84 * DAY && c->max_size == UINT64_C(500) << 20);
	assert_int_equal(c->mark, 0x10);
	assert_int_equal(c->mark_mask, 0xff);
	assert_int_equal(c->backend, BACKEND_NFT);
	config_free(c);
}

static void
a_line_of_a_prefix_file_decides(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\ndeny-to file \"drop.txt\" note \"DROP\"\n", NULL);
	struct addr src = {.family = 4, .bytes = {10, 0, 0, 1}}, dst = {.family = 4, .bytes = {203, 0, 113, 5}};
	struct decision d;

	(void)state;
	assert_non_null(c);
	d = policy_decide(c->policy, &src, &dst, NULL, 0);
	assert_int_equal(d.reason, REASON_DENY_TO);
	assert_string_equal(c->lines[d.line].file, "drop.txt");
	assert_int_equal(c->lines[d.line].number, 4);
	config_free(c);
}

static void
a_word_behind_many_blanks_in_a_prefix_file_is_an_error(void **state)
{
	const char *errors;

	(void)state;
	assert_null(config_of("lan 10.0.0.0/8\ndeny-to file \"wide.txt\"\n", &errors));
	assert_null(strstr(errors, "wide.txt:1:"));
	assert_non_null(strstr(errors, "wide.txt:2: deny-to: \"198.51.100.0/24 "));
}

/* Printed and read again: the same text, so the same policy. */
static void
the_printed_form_parses_to_itself(void **state)
{
	static const char text[] =
	        "lan 10.1/16 2001:DB8:1::/48\n"
	        "range dsl 10.1.128/17\nstranger drop in dsl\nstranger audit\n"
	        "allow 10.1.0.25 note \"a \\\"quoted\\\" back\\\\slash # no comment\"\n"
	        "allow dsl 10.1.1.1 from 2026-01-01 until 2027-03-31 to 203.0.113/24 192.0.2.1 max 060/minute\n"
	        "block 10.1.5/24 until 2027-01-01T12:00:00.25Z\n"
	        "deny-to file \"drop.txt\" note \"x\"\n"
	        "keep 36h max-size 3G\nport 25 26\n"
	        "local\nallow local user postfix 00 to 192.0.2.1 until 2027-03-31 max 5/minute\n";
	char *first = NULL, *second = NULL;
	size_t size;
	FILE *out;
	struct config *c;

	(void)state;
	assert_non_null(c = config_of(text, NULL));
	out = open_memstream(&first, &size);
	config_print(c, out);
	fclose(out);
	config_free(c);
	assert_non_null(c = config_of(first, NULL));
	out = open_memstream(&second, &size);
	config_print(c, out);
	fclose(out);
	config_free(c);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "allow      dsl 10.1.1.1 from 2026-01-01 until 2027-03-31"
	                              " to 203.0.113.0/24 192.0.2.1 max 60/minute\n"));
	free(first);
	free(second);
}

/* Each is refused with one line: the place, and what was expected. */
static void
an_error_is_one_line_with_its_place(void **state)
{
	static const char *const cases[][2] = {
	        {"include \"loop.conf\"", "loop.conf:1: include: loop.conf includes itself"},
	        {"allow 10.0.0.1\nallow 10.0.0.1\nblock 10.0.0.1",
	         "\"block 10.0.0.1\" contradicts \"allow 10.0.0.1\" at test:2"},
	        {"allow 10.0.0.1 to 192.0.2.1\nblock 10.0.0.1", "contradicts"},
	        {"allow 10.0.0.1 \"note\"", "test:2: allow: \"note\" is not an address"},
	        {"allow 10.0.0.1 until 2027-01-01 until 2027-01-02", "is given twice"},
	        {"allow 10.0.0.1 max", "allow: the line ends too early, expected a pace"},
	        {"allow 10.0.0.1 max 0/minute", "max: \"0/minute\" is not a pace"},
	        {"allow 10.0.0.1 max 65536/minute", "max: \"65536/minute\" is not a pace"},
	        {"allow 10.0.0.1 max 99999999999999999999/minute", "is not a pace"},
	        {"allow 10.0.0.1 max -5/minute", "max: \"-5/minute\" is not a pace"},
	        {"allow 10.0.0.1 max 5/minutes", "max: \"5/minutes\" is not a pace"},
	        {"allow 10.0.0.1 max 5/hour", "max: \"5/hour\" is not a pace"},
	        {"allow 10.0.0.1 max 5/minute max 6/minute", "allow: \"max\" is given twice"},
	        {"block 10.0.0.1 max 5/minute", "block: unexpected word \"max\""},
	        {"deny-to 10.0.0.1 max 5/minute", "deny-to: unexpected word \"max\""},
	        {"allow local user postfix", "the gateway's own processes are not filtered"},
	        {"local\nallow local postfix", "expected \"allow local user\""},
	        {"local\nallow local user", "allow: no user given"},
	        {"local\nallow local user to 192.0.2.1", "allow: no user given"},
	        {"local\nallow local user nosuch", "there is no user \"nosuch\""},
	        {"local\nallow local user 4294967295", "there is no user \"4294967295\""},
	        {"local\nallow local user 7x", "there is no user \"7x\""},
	        {"local\nallow lan local", "\"local\" is neither an address"},
	        {"local\nblock local", "\"local\" is neither an address"},
	        {"local yes", "local: unexpected word \"yes\""},
	        {"allow 10.0.0.1 in lan", "unexpected word \"in\""},
	        {"deny-to 10.0.0.1 until 2027-01-01", "unexpected word \"until\""},
	        {"interface \"x;drop\"", "interface: \"x;drop\" is not a valid name"},
	        {"user root;", "user: \"root;\" is not a valid name"},
	        {"keep 5", "keep: \"5\" is not an age"},
	        {"keep max-size 1", "keep: \"1\" is not a size"},
	        {"mark 0x3/0x1", "mark: \"0x3/0x1\" is not valid"},
	        {"port 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "too many ports"},
	        {"range lan 10.0.0.0/9", "range: \"lan\" is a reserved word"},
	        {"range r 192.168.0.0/16", "192.168.0.0/16 is outside lan"},
	        {"\"allow\" 10.0.0.1", "\"allow\" is not known"},
	        {"queue 25 26", "queue: unexpected word \"26\""},
	        {"allow 10.0.0.1\x1b[2J", "a control character (0x1b)"},
	        {"allow 10.0.0.1 note \"x\"y", "text follows a closing \""},
	        {"alow 10.0.0.1", "test:2: \"alow\" is not known, did you mean allow?"},
	        {"BLOCK 10.0.0.1", "test:2: \"BLOCK\" is not known, did you mean block?"},
	        {"allow 10.0.0.1 untill 2027-01-01", "test:2: allow: \"untill\" is not known, did you mean until?"},
	        {"deny-to 192.0.2.1 noet \"x\"", "test:2: deny-to: \"noet\" is not known, did you mean note?"},
	        {"range office 10.1.0.0/16\nallow ofice",
	         "test:3: allow ofice: \"ofice\" is neither an address nor the "
	         "name of a range, did you mean office?"},
	        {"range office 10.1.0.0/16\nstranger drop in offices", "there is no such range, did you mean office?"},
	        {"allow 10.0.0.0 255.255.255.0", "test:2: allow: 255.255.255.0 is a netmask, expected 10.0.0.0/24"},
	        {"deny-to 255.255.0.0", "deny-to: 255.255.0.0 is a netmask, expected a prefix"},
	        {"allow 10.0.0.1 port 587", "allow: unexpected word \"port\", expected another line, port"},
	        {"allow 10.0.0.1 note x port 587", "expected to, mac, from, until, max or note; ports are set for all"},
	        {"allow 10.0.0.1/31", "10.0.0.1/31 has host bits set, expected 10.0.0.0/31"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *complaints;
		char text[512];
		struct config *c;

		snprintf(text, sizeof text, "lan 10.0.0.0/8\n%s\n", cases[i][0]);
		if ((c = config_of(text, &complaints)) != NULL) {
			config_free(c);
			fail_msg("\"%s\" was accepted", cases[i][0]);
		}
		if (strstr(complaints, cases[i][1]) == NULL ||
		    (strstr(complaints, "expected") == NULL && strstr(complaints, "did you mean") == NULL) ||
		    strchr(complaints, '\n') != strrchr(complaints, '\n'))
			fail_msg("\"%s\": expected one line with \"%s\", got: %s", cases[i][0], cases[i][1],
			         complaints);
	}
}

/* Lines that speak of one prefix and do not contradict each other. */
static void
lines_that_agree_are_accepted(void **state)
{
	struct config *c = config_of("lan 10.0.0.0/8\n"
	                             "allow 10.0.0.1 until 2026-06-30\nblock 10.0.0.1 from 2026-07-01\n"
	                             "allow 10.0.0.2 to 192.0.2.1\nallow 10.0.0.2 to 192.0.2.2\n"
	                             "queue 7\nqueue 7\nstranger drop\nstranger drop\n",
	                             NULL);

	(void)state;
	assert_non_null(c);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(settings_have_their_defaults),
	        cmocka_unit_test(settings_are_read),
	        cmocka_unit_test(a_line_of_a_prefix_file_decides),
	        cmocka_unit_test(a_word_behind_many_blanks_in_a_prefix_file_is_an_error),
	        cmocka_unit_test(the_printed_form_parses_to_itself),
	        cmocka_unit_test(an_error_is_one_line_with_its_place),
	        cmocka_unit_test(lines_that_agree_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
