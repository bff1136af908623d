/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/options.h"
#include "lib/base/when.h"

#define WORDS 32
#define NOW (1000 * DAY)

struct wanted {
	const char *config;
	struct option_list db, geo;
	struct prefix_list lan;
	uint64_t port;
	int64_t since;
	unsigned by;
	bool json, csv, local;
};

#define ROW(name, letter, member, value, help) OPTION(name, letter, struct wanted, member, value, help)

static const struct option_row rows[] = {
        {ROW("config", 'c', config, "FILE", "a file")},
        {ROW("db", 0, db, "DIR", "a folder")},
        {ROW("geo", 'g', geo, "FILE", "where"), .high = 2},
        {ROW("lan", 0, lan, "PREFIX", "inside"), .high = 2},
        {ROW("port", 'p', port, "N", "a port"), .low = 1, .high = 65535},
        {ROW("since", 0, since, "TIME", "from then on")},
        {ROW("by", 0, by, "country|as|network", "sums")},
        {ROW("json", 'j', json, NULL, "one object"), .excludes = 'f'},
        {ROW("csv", 0, csv, NULL, "commas"), .excludes = 'f'},
        {ROW("local", 'l', local, NULL,
             "a help that is much longer than what one line of a terminal that is eighty columns wide has room for")},
        {.name = "version", .kind = OPTION_VERSION, .help = "which"},
};

static const struct option_table table = {
        .program = "prog",
        .command = "do",
        .purpose = "does it",
        .forms = (const char *const[]){"[OPTION...]", "--capture FILE", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

static const struct option_table table_one = {
        .program = "prog",
        .purpose = "does it",
        .forms = (const char *const[]){"[OPTION...] ADDR", NULL},
        .operands = "one address",
        .operand_count = 1,
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

/* A command line of one string, words with spaces between. */
struct typed {
	char text[256], *argv[WORDS];
	struct command_line line;
	struct wanted to;
	char why[OPTIONS_WHY];
};

static enum options_result
parse(struct typed *t, const struct option_table *options, const char *text)
{
	char *save = NULL;
	int argc = 1;

	*t = (struct typed){.argv = {(char[]){"prog"}}, .to = {.port = 25, .since = 7}};
	snprintf(t->text, sizeof t->text, "%s", text);
	for (char *word = strtok_r(t->text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		t->argv[argc++] = word;
	t->line = (struct command_line){options, argc, t->argv, .now = NOW};
	return options_parse(&t->line, &t->to, t->why);
}

static void
done(struct typed *t)
{
	free(t->to.db.text);
	free(t->to.geo.text);
	free(t->to.lan.prefix);
}

static void
an_empty_line_keeps_the_defaults(void **state)
{
	struct typed t;

	(void)state;
	assert_int_equal(parse(&t, &table, ""), OPTIONS_DONE);
	assert_null(t.to.config);
	assert_int_equal(t.to.port, 25);
	assert_int_equal(t.to.since, 7);
	assert_int_equal(t.line.given, 0);
	assert_false(options_given(&t.line, "port"));
}

static void
each_kind_is_read(void **state)
{
	char text[PREFIX_TEXT];
	struct typed t;

	(void)state;
	assert_int_equal(
	        parse(&t, &table,
	              "-c first --db a --config=second --db=b --db c -g x --lan 10.0.0.0/8 --lan 2001:db8::/32 "
	              "--port 65535"),
	        OPTIONS_DONE);
	assert_string_equal(t.to.config, "second");
	assert_int_equal(t.to.db.count, 3);
	assert_string_equal(t.to.db.text[0], "a");
	assert_string_equal(t.to.db.text[2], "c");
	assert_int_equal(t.to.geo.count, 1);
	assert_int_equal(t.to.lan.count, 2);
	assert_string_equal(prefix_print(&t.to.lan.prefix[1], text), "2001:db8::/32");
	assert_int_equal(t.to.port, 65535);
	assert_true(options_given(&t.line, "port"));
	assert_false(options_given(&t.line, "since"));
	done(&t);

	assert_int_equal(parse(&t, &table, "--since 24h -lj -p1 --by as"), OPTIONS_DONE);
	assert_int_equal(t.to.since, NOW - DAY);
	assert_int_equal(t.to.port, 1);
	assert_int_equal(t.to.by, 2);
	assert_true(t.to.json && t.to.local && !t.to.csv);
}

/* As getopt_long does it: options behind operands, the end of options, abbreviations. */
static void
operands_may_come_anywhere(void **state)
{
	struct typed t;

	(void)state;
	assert_int_equal(parse(&t, &table_one, "10.1.0.7 --json"), OPTIONS_DONE);
	assert_string_equal(t.line.operands[0], "10.1.0.7");
	assert_true(t.to.json);
	assert_int_equal(parse(&t, &table_one, "-l -- --json"), OPTIONS_DONE);
	assert_string_equal(t.line.operands[0], "--json");
	assert_false(t.to.json);
	assert_int_equal(parse(&t, &table, "--js --si 1970-01-02"), OPTIONS_DONE);
	assert_true(t.to.json);
	assert_int_equal(t.to.since, DAY);
}

static void
help_and_version_end_parsing(void **state)
{
	struct typed t;

	(void)state;
	assert_int_equal(parse(&t, &table, "--help --frob"), OPTIONS_HELP);
	assert_int_equal(parse(&t, &table, "-jh"), OPTIONS_HELP);
	assert_int_equal(parse(&t, &table, "--json --version"), OPTIONS_SHOW_VERSION);
	assert_int_equal(parse(&t, &table, "--frob --help"), OPTIONS_WRONG);
}

static void
each_fault_is_named(void **state)
{
	static const struct {
		const struct option_table *options;
		const char *text, *why;
	} bad[] = {
	        {&table, "--frob", "do: --frob: unknown option; see 'prog do --help'"},
	        {&table, "-x", "do: -x: unknown option; see 'prog do --help'"},
	        {&table, "--json -lx", "do: -x: unknown option; see 'prog do --help'"},
	        {&table_one, "--frob=2", "--frob=2: unknown option; see 'prog --help'"},
	        {&table, "--config", "do: --config needs a value, expected FILE; see 'prog do --help'"},
	        {&table, "-lc", "do: -c needs a value, expected FILE; see 'prog do --help'"},
	        {&table, "--db", "do: --db needs a value, expected DIR; see 'prog do --help'"},
	        {&table, "--json=4", "do: --json takes no value, got \"4\""},
	        {&table, "--csv=", "do: --csv takes no value, got \"\""},
	        {&table, "--help=x", "do: --help takes no value, got \"x\""},
	        {&table, "--version=x", "do: --version takes no value, got \"x\""},
	        {&table, "--c x", "do: --c is the beginning of several options, expected one of --config, --csv"},
	        {&table, "--port smtp", "do: --port \"smtp\" is not a number, expected one from 1 to 65535"},
	        {&table, "--port 25x", "do: --port \"25x\" is not a number, expected one from 1 to 65535"},
	        {&table, "--port -1", "do: --port \"-1\" is not a number, expected one from 1 to 65535"},
	        {&table, "--port=", "do: --port \"\" is not a number, expected one from 1 to 65535"},
	        {&table, "--port 0", "do: --port \"0\" is out of range, expected a number from 1 to 65535"},
	        {&table, "--port 65536", "do: --port \"65536\" is out of range, expected a number from 1 to 65535"},
	        {&table, "-p 99999999999999999999",
	         "do: --port \"99999999999999999999\" is out of range, expected a number from 1 to 65535"},
	        {&table, "--since noon",
	         "do: --since \"noon\" is not a time, expected one like 24h, yesterday, 20:00, \"2027-03-31 20:00\", "
	         "2027-03-31T12:00:00Z, @1700000000 or all"},
	        {&table, "--since 7", "do: --since \"7\" has no unit, expected 7d, 7h or 7min"},
	        {&table, "--by city", "do: --by \"city\" is not known, expected country, as or network"},
	        {&table, "--by a", "do: --by \"a\" is not known, expected country, as or network"},
	        {&table, "--by country|as", "do: --by \"country|as\" is not known, expected country, as or network"},
	        {&table, "--lan ten",
	         "do: --lan \"ten\" is not an address but a name, expected addresses such as 192.0.2.1, 10.1.0.0/16, 10.1/16 "
	         "or 2001:db8::/32"},
	        {&table, "--prot 25", "do: --prot: unknown option, did you mean --port?"},
	        {&table_one, "--lokal=2", "--lokal=2: unknown option, did you mean --local?"},
	        {&table, "-since 7d", "do: -s: unknown option, did you mean --since?"},
	        {&table, "-jsince", "do: -s: unknown option; see 'prog do --help'"},
	        {&table, "--lan 10.0.0.1/8",
	         "do: --lan \"10.0.0.1/8\" has bits set behind the prefix, expected 10.0.0.0/8"},
	        {&table, "--lan 1.0.0.0/8 --lan 2.0.0.0/8 --lan 3.0.0.0/8",
	         "do: --lan \"3.0.0.0/8\" is one too many, expected 2 at most"},
	        {&table, "-g 1 -g 2 --geo 3", "do: --geo \"3\" is one too many, expected 2 at most"},
	        {&table, "--json --local --csv", "do: --json and --csv are given, expected one of them"},
	        {&table, "a b", "do: \"a\" is one word too many, expected options only"},
	        {&table_one, "", "expected one address, got 0"},
	        {&table_one, "a b -l", "expected one address, got 2"},
	};

	(void)state;
	for (size_t n = 0; n < sizeof bad / sizeof *bad; n++) {
		struct typed t;

		assert_int_equal(parse(&t, bad[n].options, bad[n].text), OPTIONS_WRONG);
		assert_string_equal(t.why, bad[n].why);
		done(&t);
	}
}

/* A value of any length is cut in the message, not written behind it. */
static void
a_long_value_is_cut_in_the_message(void **state)
{
	char value[4 * OPTIONS_WHY], program[] = "prog", name[] = "--port", *argv[] = {program, name, value, NULL};
	struct command_line line = {&table, 3, argv, .now = NOW};
	char why[OPTIONS_WHY];
	struct wanted to = {0};

	(void)state;
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	assert_int_equal(options_parse(&line, &to, why), OPTIONS_WRONG);
	assert_int_equal(strlen(why), OPTIONS_WHY - 1);
}

static void
help_lists_every_option(void **state)
{
	static const char want[] = "usage: prog do [OPTION...]\n"
	                           "       prog do --capture FILE\n"
	                           "\n"
	                           "does it\n"
	                           "\n"
	                           "  -c, --config FILE            a file\n"
	                           "      --db DIR                 a folder; any number of times\n"
	                           "  -g, --geo FILE               where; up to 2 times\n"
	                           "      --lan PREFIX             inside; up to 2 times\n"
	                           "  -p, --port N                 a port; from 1 to 65535\n"
	                           "      --since TIME             from then on\n"
	                           "      --by country|as|network  sums\n"
	                           "  -j, --json                   one object\n"
	                           "      --csv                    commas\n"
	                           "  -l, --local                  a help that is much longer than what one line of\n"
	                           "                               a terminal that is eighty columns wide has room\n"
	                           "                               for\n"
	                           "      --version                which\n"
	                           "  -h, --help                   print this help and exit\n";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	options_help(&table, out);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_empty_line_keeps_the_defaults),
	        cmocka_unit_test(each_kind_is_read),
	        cmocka_unit_test(operands_may_come_anywhere),
	        cmocka_unit_test(help_and_version_end_parsing),
	        cmocka_unit_test(each_fault_is_named),
	        cmocka_unit_test(a_long_value_is_cut_in_the_message),
	        cmocka_unit_test(help_lists_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
