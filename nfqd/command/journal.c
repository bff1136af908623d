/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd journal`: what nfqd and pcapmon wrote down about themselves. */
#include "nfqd/query/journal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common_options.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "lib/output/grid.h"
#include "lib/output/value.h"

#define WHAT 16 /* columns; our words are shorter */

struct request {
	const char *config_path;
	struct option_list paths;
	int64_t since, until;
	bool json, local;
	json_t *lines; /* with --json */
	struct text_style style;
	size_t count;
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config_path, "FILE", "read the databases named in this configuration")},
        OPTION_DATABASES(struct request, paths),
        OPTION_PERIOD(struct request, since, until),
        {OPTION("json", 0, struct request, json, NULL, "print one JSON object")},
        OPTION_LOCAL(struct request, local),
};

static const struct option_table options = {
        .program = "nfqd",
        .command = "journal",
        .purpose = "list starts, reloads, restored rules and deaths",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

static const char *const programs[SIDE_COUNT] = {[SIDE_GATE] = "nfqd", [SIDE_WIRE] = "pcapmon"};

/* "TIME  nfqd  reload  " and the text beside it, on as many lines as it needs. */
static void
print_line(const struct request *q, const struct journal_line *line)
{
	char begin[160], when[WHEN_TEXT], what[64], *text, *lines = NULL;
	size_t indent, room = 4 * strlen(line->text) + 1, size;
	FILE *wrapped = open_memstream(&lines, &size);

	if (wrapped == NULL || (text = malloc(room)) == NULL)
		fatal("journal");
	text_safe(line->what, q->style.utf8, what, sizeof what - 2);
	text_fit(what, WHAT, q->style.utf8); /* of a foreign database */
	indent = (size_t)snprintf(begin, sizeof begin, "%s  %-7s  %-7s  ",
	                          q->local ? when_print_local(line->at, when) : when_print(line->at, false, when),
	                          programs[line->side], what);
	text_wrap(wrapped, text_safe(line->text, q->style.utf8, text, room), indent, GRID_COLUMNS, q->style.utf8);
	if (fclose(wrapped) != 0)
		fatal("journal");
	if (size > indent + 1) {
		printf("%s%s", begin, lines + indent);
	} else { /* a text without a word */
		while (indent > 0 && begin[indent - 1] == ' ')
			indent--;
		printf("%.*s\n", (int)indent, begin);
	}
	free(lines);
	free(text);
}

static void
take_line(void *arg, const struct journal_line *line)
{
	struct request *q = arg;
	json_t *o;

	q->count++;
	if (!q->json) {
		print_line(q, line);
		return;
	}
	o = value_object();
	value_set(o, "at", value_time(line->at, q->local));
	value_set(o, "program", value_text(programs[line->side]));
	value_set(o, "what", value_text(line->what));
	value_set(o, "text", value_text(line->text));
	value_append(q->lines, o);
}

static void
print_json(struct request *q)
{
	json_t *o = value_object();

	value_set(o, "since", value_time(q->since, q->local));
	value_set(o, "until", value_time(q->until, q->local));
	value_set(o, "lines", q->lines);
	value_print(o, stdout);
}

static int
run(struct command_line *line)
{
	struct request q = {.since = line->now - DAY, .until = line->now};
	struct query query = {.now = line->now};
	struct sources sources = {0};
	struct config *c = NULL;
	char why[JOURNAL_WHY];

	options_take(line, &q);
	options_period(line, q.since, q.until);
	/* Character encoding only: numbers and names of months do not follow the locale. */
	setlocale(LC_CTYPE, "");
	q.style = text_style(stdout);
	q.lines = q.json ? value_array() : NULL;
	query.since = q.since;
	query.until = q.until;
	if (q.config_path != NULL || q.paths.count == 0)
		c = sources_config(q.config_path);
	sources_open(&sources, q.paths.text, q.paths.count, c);
	if (!journal_read(&sources, &query, take_line, &q, why))
		fatalx("%s", why);
	if (q.json)
		print_json(&q);
	else if (q.count == 0)
		printf("Nothing was written down in this period.\n");
	sources_close(&sources);
	config_free(c);
	free(q.paths.text);
	return 0;
}

const struct command journal_command = {&options, run};
