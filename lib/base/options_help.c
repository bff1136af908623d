/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <inttypes.h>
#include <stdlib.h>

#include "log.h"
#include "text.h"

#define COLUMNS 80
#define LABEL 128 /* at least OPTIONS_NAME */

const char *
options_name(const struct option_table *t, char name[OPTIONS_NAME])
{
	snprintf(name, OPTIONS_NAME, "%s%s%s", t->program, t->command != NULL ? " " : "",
	         t->command != NULL ? t->command : "");
	return name;
}

/* "  -c, --config FILE" */
static size_t
label(const struct option_row *row, char out[LABEL])
{
	char letter[] = {'-', row->letter, ',', '\0'};

	return (size_t)snprintf(out, LABEL, "  %3s --%s%s%s", row->letter != 0 ? letter : "", row->name,
	                        row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
}

/* One option: the label, then the help text, indented by `indent` columns. */
static void
help_row(FILE *out, const struct option_row *row, size_t indent)
{
	char begin[LABEL], text[1024];
	size_t used = (size_t)snprintf(text, sizeof text, "%s", row->help);
	char *lines = NULL;
	size_t size;
	FILE *wrapped;

	if (row->kind == OPTION_NUMBER && row->high < UINT32_MAX)
		snprintf(text + used, sizeof text - used, "; from %" PRIu64 " to %" PRIu64, row->low, row->high);
	else if ((row->kind == OPTION_LIST || row->kind == OPTION_PREFIXES) && row->high > 0)
		snprintf(text + used, sizeof text - used, "; up to %" PRIu64 " times", row->high);
	else if (row->kind == OPTION_LIST || row->kind == OPTION_PREFIXES)
		snprintf(text + used, sizeof text - used, "; any number of times");
	if ((wrapped = open_memstream(&lines, &size)) == NULL)
		fatal("help");
	text_wrap(wrapped, text, indent, COLUMNS, false);
	if (fclose(wrapped) != 0)
		fatal("help");
	label(row, begin);
	fprintf(out, "%-*s%s", (int)indent, begin, lines + indent);
	free(lines);
}

void
options_help(const struct option_table *t, FILE *out)
{
	static const struct option_row help = {
	        .name = "help", .letter = 'h', .kind = OPTION_FLAG, .help = "print this help and exit"};
	char name[LABEL];
	size_t widest = label(&help, name), width;

	options_name(t, name);
	for (size_t n = 0; t->forms[n] != NULL; n++)
		fprintf(out, "%6s %s %s\n", n == 0 ? "usage:" : "", name, t->forms[n]);
	fputc('\n', out);
	text_wrap(out, t->purpose, 0, COLUMNS, false);
	fputc('\n', out);
	for (size_t n = 0; n < t->row_count; n++)
		if ((width = label(&t->rows[n], name)) > widest)
			widest = width;
	for (size_t n = 0; n < t->row_count; n++)
		help_row(out, &t->rows[n], widest + 2);
	help_row(out, &help, widest + 2);
}
