/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where NAT has led a connection, from lines as the kernel writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/steady.h"
#include "pcapmon/leak/translation.h"

static const char lines[] =
        "ipv4     2 tcp      6 431999 ESTABLISHED src=10.1.0.50 dst=203.0.113.10 sport=40000 dport=25 src=10.1.0.25 "
        "dst=10.1.0.1 sport=25 dport=40000 [ASSURED] mark=0 zone=0 use=2\n"
        "ipv4     2 tcp      6 119 SYN_SENT src=10.1.0.50 dst=203.0.113.11 sport=40001 dport=25 packets=1 bytes=60 "
        "[UNREPLIED] src=10.1.0.1 dst=10.1.0.50 sport=2526 dport=40001 packets=0 bytes=0 mark=0 zone=0 use=2\n"
        "ipv4     2 udp      17 29 src=10.1.0.50 dst=203.0.113.12 sport=40002 dport=25 src=10.1.0.25 dst=10.1.0.50 "
        "sport=25 dport=40002 mark=0 zone=0 use=2\n"
        "ipv4     2 tcp      6 9 CLOSE src=10.1.0.50 dst=203.0.113.13 sport=40003 dport=25\n"
        "ipv6     10 tcp      6 431999 ESTABLISHED src=2001:0db8:0001:0000:0000:0000:0000:0066 "
        "dst=2001:0db8:000f:0000:0000:0000:0000:0007 sport=40004 dport=25 src=2001:0db8:000f:0000:0000:0000:0000:0007 "
        "dst=2001:0db8:0001:0000:0000:0000:0000:0066 sport=25 dport=40004 [ASSURED] mark=0 zone=0 use=2\n";

static char path[64];

static void
write_table(const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

/* "ADDRESS PORT" where a connection ends, "?" if that is not known. */
static const char *
end_of(struct translation *t, const char *src, const char *dst, uint16_t sport, uint16_t dport)
{
	static char out[ADDR_TEXT + 8];
	struct flow f = {.sport = sport, .dport = dport};
	char text[ADDR_TEXT];

	assert_true(addr_parse(src, &f.src) && addr_parse(dst, &f.dst));
	if (!translation_apply(t, &f))
		return "?";
	snprintf(out, sizeof out, "%s %u", addr_print(&f.dst, text), f.dport);
	return out;
}

static void
a_line_gives_the_end_of_its_connection(void **state)
{
	struct translation *t;

	(void)state;
	write_table(lines);
	assert_non_null(t = translation_open_file(path));
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.10", 40000, 25), "10.1.0.25 25");
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.11", 40001, 25), "10.1.0.1 2526");
	assert_string_equal(end_of(t, "2001:db8:1::66", "2001:db8:f::7", 40004, 25), "2001:db8:f::7 25");
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.12", 40002, 25), "?"); /* UDP */
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.13", 40003, 25), "?"); /* half a line */
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.10", 40009, 25), "?");
	assert_string_equal(end_of(t, "10.1.0.51", "203.0.113.10", 40000, 25), "?");
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.10", 40000, 587), "?");
	translation_close(t);
}

/* A connection that is not in the last reading is looked for in a new one; lines longer than the buffer end the
 * reading. */
static void
an_unknown_connection_is_looked_for_again(void **state)
{
	char *rubbish = malloc(100001);
	struct translation *t;

	(void)state;
	assert_non_null(rubbish);
	memset(rubbish, 'x', 100000);
	rubbish[100000] = '\0';
	write_table("");
	assert_non_null(t = translation_open_file(path));
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.10", 40000, 25), "?");
	write_table(lines);
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.10", 40000, 25), "10.1.0.25 25");
	write_table(rubbish);
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.77", 40000, 25), "?");
	translation_close(t);
	free(rubbish);
}

/* A long table is not read again for each connection. */
static void
a_long_table_is_read_seldom(void **state)
{
	FILE *out = fopen(path, "w");
	struct translation *t;
	struct steady begun;
	int64_t one;

	(void)state;
	assert_non_null(out);
	for (int i = 0; i < 50000; i++)
		fprintf(out, "%.*s", (int)(strchr(lines, '\n') + 1 - lines), lines);
	assert_int_equal(fclose(out), 0);
	assert_non_null(t = translation_open_file(path));
	begun = steady_now();
	assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.99", 1, 25), "?");
	one = steady_since(begun);
	for (uint16_t i = 0; i < 10000; i++)
		assert_string_equal(end_of(t, "10.1.0.50", "203.0.113.99", i, 25), "?");
	assert_true(steady_since(begun) < 1000 * one);
	translation_close(t);
}

static int
setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/test_translation.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 || close(fd) != 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_line_gives_the_end_of_its_connection),
	        cmocka_unit_test(an_unknown_connection_is_looked_for_again),
	        cmocka_unit_test(a_long_table_is_read_seldom),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
