/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/output/value.h"

static void
expect(json_t *value, const char *want)
{
	json_t *list = json_array();
	char whole[512], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(list);
	assert_non_null(out);
	value_append(list, value);
	assert_true(value_print(list, out));
	fclose(out);
	snprintf(whole, sizeof whole, "[\n  %s\n]\n", want);
	assert_string_equal(text, whole);
	free(text);
}

static void
numbers_stay_within_json(void **state)
{
	(void)state;
	expect(value_number(0), "0");
	expect(value_number(INT64_MAX), "9223372036854775807");
	expect(value_number(UINT64_MAX), "9223372036854775807");
	expect(value_share(1, 3), "0.333");
	expect(value_share(2, 3), "0.666");
	expect(value_share(3, 3), "1.0");
	expect(value_share(0, 0), "null");
	expect(value_milliseconds(true, 1500), "1.5");
	expect(value_milliseconds(false, 1500), "null");
}

static void
text_is_valid_utf8(void **state)
{
	const uint8_t mac[] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	struct addr a = {0};

	(void)state;
	expect(value_text(NULL), "null");
	expect(value_text("a \"b\"\n\x1b"), "\"a \\\"b\\\"\\n\\u001B\"");
	expect(value_text("a\x7f b"), "\"a\\u007F b\"");
	expect(value_text("\xff\xc3\xa9"), "\"\\uFFFD\\u00E9\"");
	expect(value_address(&a), "null");
	assert_true(addr_parse("2001:db8::7", &a));
	expect(value_address(&a), "\"2001:db8::7\"");
	expect(value_mac(mac), "\"52:54:00:12:34:56\"");
}

static void
times_are_rfc_3339(void **state)
{
	(void)state;
	expect(value_time(DAY + 5, false), "\"1970-01-02T00:00:00.000005Z\"");
	expect(value_moment(DAY + 5), "\"1970-01-02T00:00:00Z\"");
	expect(value_moment(0), "null");
	expect(value_moment(-DAY), "null");
}

/* Keys stay in the order in which they came. */
static void
keys_stay_in_order(void **state)
{
	json_t *o = value_object();

	(void)state;
	value_set(o, "b", value_number(1));
	value_set(o, "a", value_number(2));
	value_set(o, "b", value_number(3));
	expect(o, "{\n    \"b\": 3,\n    \"a\": 2\n  }");
}

static void
a_write_error_is_returned(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_false(value_print(value_object(), full));
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(numbers_stay_within_json),  cmocka_unit_test(text_is_valid_utf8),
	        cmocka_unit_test(times_are_rfc_3339),        cmocka_unit_test(keys_stay_in_order),
	        cmocka_unit_test(a_write_error_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
