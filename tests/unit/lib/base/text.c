/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: no control sequence gets through; lengths are exact. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"

static void
check_safe(const char *in, const char *utf8, const char *ascii)
{
	char out[256];

	assert_string_equal(text_safe(in, true, out, sizeof out), utf8);
	assert_string_equal(text_safe(in, false, out, sizeof out), ascii);
}

static void
hostile_text_is_escaped(void **state)
{
	(void)state;
	check_safe("", "", "");
	check_safe("dsl 7", "dsl 7", "dsl 7");
	check_safe("\x1b[2J\a\r\n\t\x7f", "\\x1b[2J\\x07\\x0d\\x0a\\x09\\x7f", "\\x1b[2J\\x07\\x0d\\x0a\\x09\\x7f");
	check_safe("a\\x1b", "a\\\\x1b", "a\\\\x1b"); /* our own escapes cannot be forged */
	check_safe("G\xc3\xa4ste", "G\xc3\xa4ste", "G\\u{e4}ste");
	check_safe("\xe6\x97\xa5", "\xe6\x97\xa5", "\\u{65e5}");
	check_safe("\xc2\x9b"
	           "31m",
	           "\\u{9b}31m", "\\u{9b}31m");                        /* C1: another CSI */
	check_safe("\xe2\x80\xaegnp", "\\u{202e}gnp", "\\u{202e}gnp"); /* right to left */
	check_safe("\xe2\x81\xa6\xe2\x80\x8b", "\\u{2066}\\u{200b}", "\\u{2066}\\u{200b}");
	check_safe("\xf3\xa0\x80\xa1", "\\u{e0021}", "\\u{e0021}");                     /* a tag */
	check_safe("\xff\x80\xc0\xaf", "\\xff\\x80\\xc0\\xaf", "\\xff\\x80\\xc0\\xaf"); /* never UTF-8; not shortest */
	check_safe("\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf");
	check_safe("\xf0\x82\x82\xac", "\\xf0\\x82\\x82\\xac", "\\xf0\\x82\\x82\\xac");
	check_safe("\xc2\xad", "\\u{ad}", "\\u{ad}");                     /* a hyphen that is there and not there */
	check_safe("\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"); /* a surrogate */
	check_safe("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80");
	check_safe("x\xe2\x82", "x\\xe2\\x82", "x\\xe2\\x82"); /* cut short */
}

/* Every byte, alone and after a lead byte: only printable ASCII or whole characters come out. */
static void
hidden_characters_are_named(void **state)
{
	static const char *const cases[][2] = {
	        {"", ""},
	        {"allow 10.1.0.25\t\x1b\x7f", "allow 10.1.0.25<U+0009><U+001B><U+007F>"},
	        {"G\xc3\xa4ste \xe6\x97\xa5", "G\xc3\xa4ste \xe6\x97\xa5"},
	        {"lan\xc2\xa0x", "lan<U+00A0>x"},
	        {"\xef\xbb\xbflan", "<U+FEFF>lan"},
	        {"\xe2\x80\x8b\xe2\x80\xaf\xe3\x80\x80", "<U+200B><U+202F><U+3000>"},
	        {"\xc2\x9b"
	         "31m\xe2\x80\xae",
	         "<U+009B>31m<U+202E>"},
	        {"\xf3\xa0\x80\xa1", "<U+E0021>"},
	        {"lan\xa0x\xc0", "lan<0xA0>x<0xC0>"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(text_name_hidden(cases[i][0], out, sizeof out), cases[i][1]);
	assert_string_equal(text_name_hidden("a\xc2\xa0", out, 9), "a");
	assert_string_equal(text_name_hidden("a\xc2\xa0", out, 10), "a<U+00A0>");
}

static void
no_byte_passes_unescaped(void **state)
{
	char in[3] = {0}, out[64];

	(void)state;
	for (int a = 1; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			in[0] = (char)a;
			in[1] = (char)b;
			text_safe(in, false, out, sizeof out);
			for (const char *p = out; *p != '\0'; p++)
				assert_in_range(*p, ' ', '~');
			text_safe(in, true, out, sizeof out);
			for (const unsigned char *p = (const unsigned char *)out; *p != '\0'; p++)
				assert_true(*p >= ' ' && *p != 0x7f && (*p != 0xc2 || p[1] >= 0xa0));
		}
}

/* Cut at any size: never inside an escape or a character. */
static void
an_escape_is_never_cut(void **state)
{
	static const size_t ends[] = {0, 0, 0, 0, 4, 4, 6, 6, 6, 9};
	char out[16];

	(void)state;
	for (size_t size = 1; size <= 10; size++) {
		memset(out, 'X', sizeof out);
		text_safe("\x1b\xc3\xa4\xe6\x97\xa5", true, out, size);
		assert_int_equal(strlen(out), ends[size - 1]);
		assert_int_equal(out[size], 'X');
	}
}

static void
invalid_bytes_are_replaced(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(text_utf8("a\x1b\xc3\xa4", out, sizeof out), "a\x1b\xc3\xa4");
	assert_string_equal(text_utf8("a\xff"
	                              "b\xc3",
	                              out, sizeof out),
	                    "a\xef\xbf\xbd"
	                    "b\xef\xbf\xbd");
	assert_string_equal(text_utf8("\xed\xa0\x80", out, 7), "\xef\xbf\xbd\xef\xbf\xbd");
}

static void
check_fit(const char *in, size_t width, bool utf8, const char *expected)
{
	char text[64];

	strcpy(text, in);
	assert_string_equal(text_fit(text, width, utf8), expected);
	assert_true(text_width(text, utf8) <= width);
}

static void
text_is_cut_to_its_width(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc", false), 3);
	assert_int_equal(text_width("G\xc3\xa4ste", true), 5);
	assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac", true), 4); /* two columns each */
	check_fit("abcdef", 6, true, "abcdef");
	check_fit("abcdef", 5, true, "abcd\xe2\x80\xa6");
	check_fit("abcdef", 5, false, "abcd~");
	check_fit("abcdef", 1, false, "~");
	check_fit("\xe6\x97\xa5\xe6\x9c\xac", 3, true, "\xe6\x97\xa5\xe2\x80\xa6");
	check_fit("\xe6\x97\xa5\xe6\x9c\xac", 2, true, "\xe2\x80\xa6");
}

static void
numbers_have_separators(void **state)
{
	char buf[TEXT_NUMBER + 32];

	(void)state;
	assert_string_equal(text_number(0, buf), "0");
	assert_string_equal(text_number(999, buf), "999");
	assert_string_equal(text_number(1108, buf), "1,108");
	assert_string_equal(text_number(123456, buf), "123,456");
	assert_string_equal(text_number(UINT64_MAX, buf), "18,446,744,073,709,551,615");
	assert_string_equal(text_number_short(99999, buf), "99,999");
	assert_string_equal(text_number_short(100000, buf), "100k");
	assert_string_equal(text_number_short(999999, buf), "999k");
	assert_string_equal(text_number_short(1000000, buf), "1.00M");
	assert_string_equal(text_number_short(12345678, buf), "12.3M");
	assert_string_equal(text_number_short(UINT64_MAX, buf), "18.4E");
	assert_string_equal(text_count(0, "host", buf), "0 hosts");
	assert_string_equal(text_count(1, "host", buf), "1 host");
	assert_string_equal(text_count(1108, "attempt", buf), "1,108 attempts");
}

static void
check_wrap(const char *in, size_t indent, size_t width, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	text_wrap(out, in, indent, width, true);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void
lines_are_broken_at_spaces(void **state)
{
	(void)state;
	check_wrap("one two three", 0, 80, "one two three\n");
	check_wrap("one two three", 0, 7, "one two\nthree\n");
	check_wrap("one two three", 2, 9, "  one two\n  three\n");
	check_wrap("one two three", 2, 8, "  one\n  two\n  three\n");
	check_wrap("a abcdefgh b", 0, 4, "a\nabcd\nefgh\nb\n");
	check_wrap("abcdef gh", 0, 4, "abcd\nef\ngh\n");
	check_wrap("\xc3\xa4\xc3\xa4\xc3\xa4 b", 0, 5, "\xc3\xa4\xc3\xa4\xc3\xa4 b\n");
}

/* No terminal is there in a test, so no colour; that a terminal gets colour is in the golden tests. */
static void
a_file_gets_no_colour(void **state)
{
	FILE *out = tmpfile();

	(void)state;
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_true(text_style(out).utf8);
	assert_false(text_style(out).colour);
	setlocale(LC_ALL, "C");
	assert_false(text_style(out).utf8);
	setlocale(LC_ALL, "C.UTF-8");
	fclose(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(hostile_text_is_escaped),    cmocka_unit_test(hidden_characters_are_named),
	        cmocka_unit_test(no_byte_passes_unescaped),   cmocka_unit_test(an_escape_is_never_cut),
	        cmocka_unit_test(invalid_bytes_are_replaced), cmocka_unit_test(text_is_cut_to_its_width),
	        cmocka_unit_test(numbers_have_separators),    cmocka_unit_test(lines_are_broken_at_spaces),
	        cmocka_unit_test(a_file_gets_no_colour),
	};

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 77; /* without this locale, widths mean nothing */
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
