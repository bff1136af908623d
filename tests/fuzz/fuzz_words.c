/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for everything that is read from one word or line of text: times, durations, addresses, prefixes,
 * MAC addresses, the arguments of a command; and for text that is made safe.
 *
 * What is read and printed is read again as the same value; what is made safe has no control character and keeps to the
 * size and the width that were given. */
#include <locale.h>

#include "fuzz.h"
#include "lib/base/addr_wrong.h"
#include "lib/base/mac.h"
#include "lib/base/options.h"
#include "lib/base/text.h"
#include "lib/base/when.h"

#define NOW (INT64_C(1800000000) * SECOND)

struct taken {
	bool flag;
	const char *text;
	struct option_list list;
	struct prefix_list prefixes;
	uint64_t number;
	int64_t time;
	unsigned choice;
};

static const struct option_row rows[] = {
        {OPTION("flag", 'f', struct taken, flag, NULL, "a flag")},
        {OPTION("text", 't', struct taken, text, "TEXT", "a text"), .excludes = 'a'},
        {OPTION("list", 'l', struct taken, list, "TEXT", "some texts"), .high = 3},
        {OPTION("prefix", 'p', struct taken, prefixes, "PREFIX", "some prefixes"), .high = 3},
        {OPTION("number", 'n', struct taken, number, "N", "a number"), .low = 2, .high = 1000},
        {OPTION("since", 's', struct taken, time, "TIME", "a time")},
        {OPTION("choice", 'c', struct taken, choice, "one|two|three", "a word"), .excludes = 'a'},
};

static const struct option_table table = {.program = "fuzz",
                                          .purpose = "take the arguments apart",
                                          .forms = (const char *const[]){"[OPTION...] WORD", NULL},
                                          .operand_count = 1,
                                          .operands = "one word",
                                          .rows = rows,
                                          .row_count = sizeof rows / sizeof *rows};

static void
try_times(const char *text)
{
	char printed[WHEN_TEXT];
	int64_t when, again;

	if (when_parse(text, &when)) {
		must(when_is_time(when));
		must(when_parse(when_print(when, true, printed), &again) && again == when);
		when_print_local(when, printed);
	}
	if (when_parse_date(text, &when))
		must(when_is_time(when) && when % DAY == 0);
	if (when_parse_span(text, &when)) {
		must(when >= 0);
		span_print(when, printed);
	}
	for (int way = 0; way < 4; way++) {
		const struct when_by by = {.now = NOW, .local = (way & 1) != 0, .end = (way & 2) != 0};

		if (!when_parse_arg(text, &by, &when))
			continue;
		must(when_is_time(when));
		when_print(when, false, printed);
		when_print_local(when, printed);
	}
}

static void
try_addresses(const char *text)
{
	char a_text[ADDR_TEXT], p_text[PREFIX_TEXT], m_text[MAC_TEXT];
	char wrong[ADDR_WRONG];
	uint8_t mac[6], mac_again[6];
	struct prefix p, p_again;
	struct addr a, again;

	if (addr_parse(text, &a))
		must(addr_parse(addr_print(&a, a_text), &again) && addr_equal(&a, &again));
	if (prefix_parse(text, &p) != PREFIX_SYNTAX) {
		must(prefix_parse(prefix_print(&p, p_text), &p_again) == PREFIX_OK && prefix_cmp(&p, &p_again) == 0);
		a = prefix_last(&p);
		must(prefix_contains(&p, &a));
	}
	must(strlen(prefix_wrong(text, wrong)) < sizeof wrong && strlen(addr_wrong(text, wrong)) < sizeof wrong);
	if (mac_parse(text, mac)) {
		must(mac_parse(mac_print(mac, m_text), mac_again) && memcmp(mac, mac_again, sizeof mac) == 0);
		mac_no_card(mac);
	}
}

/* Safe text, wrapped and cut. */
static void
try_layout(char *safe, size_t width, bool utf8)
{
	char *lines = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&lines, &size);

	must(out != NULL);
	text_wrap(out, safe, width / 2, width, utf8);
	fclose(out);
	for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n"))
		must(text_width(line, utf8) <= width + 1); /* a wide character does not fit into the last column */
	free(lines);
	must(text_width(text_fit(safe, width, utf8), utf8) <= width);
}

static void
try_safe(const char *text, size_t width, bool utf8)
{
	char small[40], *safe = malloc(4 * strlen(text) + 3);

	must(safe != NULL);
	for (size_t size = 1; size <= sizeof small; size += 7)
		must(strlen(text_safe(text, utf8, small, size)) < size && is_inert(small));
	must(is_inert(text_safe(text, utf8, safe, 4 * strlen(text) + 1)));
	try_layout(safe, width, utf8);
	text_utf8(text, small, sizeof small);
	text_name_hidden(text, small, sizeof small);
	free(safe);
}

/* The text as the words of a command line. */
static void
try_options(char *text)
{
	struct command_line line = {.table = &table, .now = NOW};
	struct taken taken = {0};
	char name[] = "fuzz", why[OPTIONS_WHY], *words[34] = {name};

	line.argc = 1;
	for (char *word = strtok(text, " \n"); word != NULL && line.argc < 33; word = strtok(NULL, " \n"))
		words[line.argc++] = word;
	line.argv = words;
	if (options_parse(&line, &taken, why) == OPTIONS_WRONG)
		must(strchr(why, '\n') == NULL && why[0] != '\0');
	else if (options_given(&line, "number"))
		must(taken.number >= 2 && taken.number <= 1000);
	free(taken.list.text);
	free(taken.prefixes.prefix);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, printed[WHEN_TEXT], number[TEXT_NUMBER];
	int64_t any;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (size < sizeof any)
		return 0;
	memcpy(&any, data, sizeof any);
	text = text_of(data + sizeof any, size - sizeof any);
	when_print(any, true, printed);
	when_print_local(any, printed);
	span_print(any, printed);
	must(when_floor(any, MINUTE) <= any / MINUTE);
	text_number((uint64_t)any, number);
	text_number_short((uint64_t)any, number);
	try_times(text);
	try_addresses(text);
	try_safe(text, (data[0] & 63) + 4, false);
	try_safe(text, (data[0] & 63) + 4, true);
	try_options(text);
	free(text);
	return 0;
}
