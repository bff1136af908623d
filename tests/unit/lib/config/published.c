/* SPDX-License-Identifier: GPL-3.0-or-later */
/* published: a policy that was written is read as the same one, with its times and the places of its lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/config/published.h"

static char top[] = "/tmp/nfqd-published-XXXXXX";

static const char *
path(const char *name)
{
	static char text[2][sizeof top + 64];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof text[turn], "%s/%s", top, name);
	return text[turn];
}

static void
write_file(const char *name, const char *text)
{
	FILE *out = fopen(path(name), "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void
publish(const struct config *c, const struct published_times *times)
{
	FILE *out = fopen(path("policy"), "w");

	assert_non_null(out);
	published_print(c, times, out);
	assert_int_equal(fclose(out), 0);
}

static char *
printed(const struct config *c)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	config_print(c, out);
	fclose(out);
	return text;
}

static void
what_was_written_is_read(void **state)
{
	static const struct published_times times = {1796024718689342, 1796024700000000};
	struct published_times got = {0};
	struct config *c, *again;
	char *before, *after;

	(void)state;
	write_file("c: 7.conf", "# a comment\nallow 10.1.0.30 max 5/minute note \"# x:9\"\n");
	write_file("main", "lan 10.1.0.0/16\n\nallow 10.1.0.25\ninclude \"c: 7.conf\"\nstranger drop\nport 25 26\n");
	assert_non_null(c = config_load(path("main")));
	publish(c, &times);
	assert_non_null(again = published_load(path("policy"), &got));
	assert_int_equal(got.since, times.since);
	assert_int_equal(got.before, times.before);
	before = printed(c);
	after = printed(again);
	assert_string_equal(before, after);
	assert_int_equal(c->line_count, again->line_count);
	for (size_t i = 0; i < c->line_count; i++) {
		assert_string_equal(c->lines[i].file, again->lines[i].file);
		assert_int_equal(c->lines[i].number, again->lines[i].number);
	}
	free(before);
	free(after);
	config_free(c);
	config_free(again);
	unlink(path("c: 7.conf"));
	unlink(path("main"));
	unlink(path("policy"));
}

/* What is no policy is refused, whatever its times. */
static void
a_broken_file_is_none(void **state)
{
	struct published_times times;

	(void)state;
	write_file("policy", "# in force since 5, the one before since 4 (microseconds)\nlan 10.1.0.0/16\nallow\n");
	assert_null(published_load(path("policy"), &times));
	write_file("policy", "");
	assert_null(published_load(path("policy"), &times));
	unlink(path("policy"));
	assert_null(published_load(path("policy"), &times));
}

/* The place is that of the control socket. */
static void
each_gate_has_a_file(void **state)
{
	static const char *const places[][2] = {{"/run/nfqd/control.sock", "/run/nfqd/control.policy"},
	                                        {"/run/nfqd/second", "/run/nfqd/second.policy"},
	                                        {".sock", ".sock.policy"}};
	char out[PUBLISHED_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		assert_string_equal(published_path(&(struct config){.control = places[i][0]}, out), places[i][1]);
}

static int
make_top(void **state)
{
	(void)state;
	return mkdtemp(top) == NULL;
}

static int
remove_top(void **state)
{
	(void)state;
	return rmdir(top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_written_is_read),
	        cmocka_unit_test(a_broken_file_is_none),
	        cmocka_unit_test(each_gate_has_a_file),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
