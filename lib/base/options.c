/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options_parts.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "addr_wrong.h"
#include "log.h"
#include "text.h"
#include "when.h"

static void *
grown(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count + 1, size);
	if (array == NULL)
		fatalx("out of memory");
	return array;
}

static bool
take_text(const struct fault *f, const struct option_row *row, char *value, struct option_list *to)
{
	if (row->high > 0 && to->count == row->high)
		return options_refuse(f, "--%s \"%s\" is one too many, expected %" PRIu64 " at most", row->name, value,
		                      row->high);
	to->text = grown(to->text, to->count, sizeof *to->text);
	to->text[to->count++] = value;
	return true;
}

static bool
take_prefix(const struct fault *f, const struct option_row *row, const char *value, struct prefix_list *to)
{
	char corrected[PREFIX_TEXT], wrong[ADDR_WRONG];
	struct prefix p;

	switch (prefix_parse(value, &p)) {
	case PREFIX_OK:
		break;
	case PREFIX_HOST_BITS:
		return options_refuse(f, "--%s \"%s\" has bits set behind the prefix, expected %s", row->name, value,
		                      prefix_print(&p, corrected));
	case PREFIX_SYNTAX:
		return options_refuse(f, "--%s \"%s\" %s", row->name, value, prefix_wrong(value, wrong));
	}
	if (row->high > 0 && to->count == row->high)
		return options_refuse(f, "--%s \"%s\" is one too many, expected %" PRIu64 " at most", row->name, value,
		                      row->high);
	to->prefix = grown(to->prefix, to->count, sizeof *to->prefix);
	to->prefix[to->count++] = p;
	return true;
}

static bool
take_number(const struct fault *f, const struct option_row *row, const char *value, uint64_t *to)
{
	unsigned long long n;
	char *end, limit[40] = " up";

	errno = 0;
	n = strtoull(value, &end, 10);
	if (row->high < UINT32_MAX)
		snprintf(limit, sizeof limit, " to %" PRIu64, row->high);
	if (value[0] < '0' || value[0] > '9' || *end != '\0')
		return options_refuse(f, "--%s \"%s\" is not a number, expected one from %" PRIu64 "%s", row->name,
		                      value, row->low, limit);
	if (errno != 0 || n < row->low || n > row->high)
		return options_refuse(f, "--%s \"%s\" is out of range, expected a number from %" PRIu64 "%s", row->name,
		                      value, row->low, limit);
	*to = n;
	return true;
}

/* The times among the options, as text: how they are read depends on another option. */
struct times {
	const char *text[OPTIONS_MAX]; /* per row; NULL: not given */
	struct when_by by;
};

static bool
refuse_time(const struct fault *f, const struct option_row *row, const char *value)
{
	size_t length = strlen(value);

	if (length > 0 && length < 5 && strspn(value, "0123456789") == length)
		return options_refuse(f, "--%s \"%s\" has no unit, expected %sd, %sh or %smin", row->name, value, value,
		                      value, value);
	return options_refuse(
	        f,
	        "--%s \"%s\" is not a time, expected one like 24h, yesterday, 20:00, \"2027-03-31 20:00\", "
	        "2027-03-31T12:00:00Z, @1700000000 or all",
	        row->name, value);
}

static bool
take_times(const struct fault *f, struct times *times, char *to)
{
	for (size_t n = 0; n < f->table->row_count; n++) {
		const struct option_row *row = &f->table->rows[n];

		times->by.end = row->end;
		if (times->text[n] != NULL &&
		    !when_parse_arg(times->text[n], &times->by, (int64_t *)(void *)(to + row->offset)))
			return refuse_time(f, row, times->text[n]);
	}
	return true;
}

static bool
take_choice(const struct fault *f, const struct option_row *row, const char *value, unsigned *to)
{
	char words[OPTIONS_WORDS];
	unsigned n = 0;

	for (const char *word = row->value; *word != '\0';) {
		size_t length = strcspn(word, "|");

		n++;
		if (strlen(value) == length && memcmp(value, word, length) == 0) {
			*to = n;
			return true;
		}
		word += length + (word[length] == '|');
	}
	return options_refuse(f, "--%s \"%s\" is not known, expected %s", row->name, value,
	                      options_spell(row->value, words));
}

static bool
take_value(const struct fault *f, const struct option_row *row, char *value, struct times *times, char *to)
{
	void *member = to + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		times->by.local |= row->local;
		return true;
	case OPTION_TEXT:
		*(const char **)member = value;
		return true;
	case OPTION_LIST:
		return take_text(f, row, value, member);
	case OPTION_PREFIXES:
		return take_prefix(f, row, value, member);
	case OPTION_NUMBER:
		return take_number(f, row, value, member);
	case OPTION_TIME:
		times->text[row - f->table->rows] = value;
		return true;
	case OPTION_CHOICE:
		return take_choice(f, row, value, member);
	case OPTION_VERSION:
		break;
	}
	return true;
}

/* The table in the form that getopt_long takes. */
static void
make_getopt(const struct option_table *t, struct option names[OPTIONS_MAX + 2], char letters[2 * OPTIONS_MAX + 3])
{
	size_t used = 0;

	letters[used++] = ':'; /* return ':' for a missing value */
	letters[used++] = 'h';
	for (size_t n = 0; n < t->row_count; n++) {
		const struct option_row *row = &t->rows[n];

		names[n] = (struct option){row->name, row->value != NULL ? required_argument : no_argument, NULL,
		                           row->letter != 0 ? row->letter : OPTIONS_LONG + (int)n};
		if (row->letter == 0)
			continue;
		letters[used++] = row->letter;
		if (row->value != NULL)
			letters[used++] = ':';
	}
	letters[used] = '\0';
	names[t->row_count] = (struct option){"help", no_argument, NULL, 'h'};
	names[t->row_count + 1] = (struct option){0};
}

/* False if two options exclude each other. */
static bool
check_exclusions(const struct fault *f, uint64_t given)
{
	const struct option_table *t = f->table;

	for (size_t n = 0; n < t->row_count; n++)
		for (size_t m = 0; m < n; m++)
			if ((given >> n & given >> m & 1) != 0 && t->rows[n].excludes != 0 &&
			    t->rows[n].excludes == t->rows[m].excludes)
				return options_refuse(f, "--%s and --%s are given, expected one of them",
				                      t->rows[m].name, t->rows[n].name);
	return true;
}

static bool
check_operands(const struct fault *f, const struct command_line *line)
{
	const struct option_table *t = f->table;
	size_t count = (size_t)(line->argc - optind);

	if (count == t->operand_count)
		return true;
	if (t->operand_count == 0)
		return options_refuse(f, "\"%s\" is one word too many, expected options only", line->operands[0]);
	return options_refuse(f, "expected %s, got %zu", t->operands, count);
}

enum options_result
options_parse(struct command_line *line, void *to, char why[OPTIONS_WHY])
{
	const struct option_table *t = line->table;
	const struct fault f = {t, why};
	struct times times = {.by.now = line->now};
	struct option names[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 3];
	const struct option_row *row;
	int opt;

	if (t->row_count > OPTIONS_MAX)
		fatalx("%s: a table of %zu options", t->program, t->row_count);
	make_getopt(t, names, letters);
	line->given = 0;
	opterr = 0;
	optind = 0; /* reset getopt_long */
	while ((opt = getopt_long(line->argc, line->argv, letters, names, NULL)) != -1) {
		if (opt == 'h')
			return OPTIONS_HELP;
		if (opt == '?' || opt == ':') {
			options_refuse_word(&f, opt, line);
			return OPTIONS_WRONG;
		}
		if ((row = options_row_of(t, opt)) == NULL)
			fatalx("%s: getopt_long returned %d", t->program, opt);
		if (row->kind == OPTION_VERSION)
			return OPTIONS_SHOW_VERSION;
		if (!take_value(&f, row, optarg, &times, to))
			return OPTIONS_WRONG;
		line->given |= UINT64_C(1) << (row - t->rows);
	}
	line->operands = line->argv + optind;
	return take_times(&f, &times, to) && check_operands(&f, line) && check_exclusions(&f, line->given)
	               ? OPTIONS_DONE
	               : OPTIONS_WRONG;
}

static _Noreturn void
end(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		fatal("cannot write to standard output");
	exit(0);
}

void
options_take(struct command_line *line, void *to)
{
	char why[OPTIONS_WHY];

	switch (options_parse(line, to, why)) {
	case OPTIONS_DONE:
		return;
	case OPTIONS_HELP:
		options_help(line->table, stdout);
		end();
	case OPTIONS_SHOW_VERSION:
		printf("%s %s\n", line->table->program, VERSION);
		end();
	case OPTIONS_WRONG:
		usagex("%s", why);
	}
}

bool
options_given(const struct command_line *line, const char *name)
{
	const struct option_table *t = line->table;

	for (size_t n = 0; n < t->row_count; n++)
		if (strcmp(t->rows[n].name, name) == 0)
			return (line->given >> n & 1) != 0;
	fatalx("%s: --%s is asked for, but is in no table", t->program, name);
}

void
options_wrong(const struct command_line *line, const char *format, ...)
{
	const char *command = line->table->command;
	char why[OPTIONS_WHY];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	usagex("%s%s%s", command != NULL ? command : "", command != NULL ? ": " : "", why);
}
