/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"

struct lead {
	char *text; /* or NULL */
	enum paint paint;
};

struct grid {
	struct libscols_table *table;
	struct libscols_line *line;
	size_t cell; /* index of the next one in the line */
	struct lead *leads;
	size_t count;
	char *rendered; /* cache, or NULL; dropped when a line is added */
};

static void
must(bool done)
{
	if (!done)
		fatalx("out of memory for a table");
}

struct grid *
grid_new(size_t gap)
{
	struct grid *t = calloc(1, sizeof *t);

	must(t != NULL);
	t->table = scols_new_table();
	must(t->table != NULL);
	must(scols_table_set_column_separator(t->table, gap > 1 ? "  " : " ") == 0);
	/* Cells are escaped already, and the caller chooses the widths. */
	scols_table_enable_noencoding(t->table, 1);
	scols_table_set_termforce(t->table, SCOLS_TERMFORCE_NEVER);
	return t;
}

void
grid_free(struct grid *t)
{
	if (t == NULL)
		return;
	scols_unref_table(t->table);
	for (size_t n = 0; n < t->count; n++)
		free(t->leads[n].text);
	free(t->leads);
	free(t->rendered);
	free(t);
}

void
grid_column(struct grid *t, const char *name, bool right)
{
	must(scols_table_new_column(t->table, name, 0, right ? SCOLS_FL_RIGHT : 0) != NULL);
}

void
grid_line(struct grid *t, const char *lead, enum paint paint)
{
	struct lead l = {.paint = paint};

	t->line = scols_table_new_line(t->table, NULL);
	t->cell = 0;
	if (lead != NULL)
		must((l.text = strdup(lead)) != NULL);
	t->leads = reallocarray(t->leads, t->count + 1, sizeof *t->leads);
	must(t->line != NULL && t->leads != NULL);
	t->leads[t->count++] = l;
	free(t->rendered);
	t->rendered = NULL;
}

void
grid_cell(struct grid *t, const char *text)
{
	must(scols_line_set_data(t->line, t->cell++, text) == 0);
}

size_t
grid_lines(const struct grid *t)
{
	return t->count;
}

static const char *
rendered(struct grid *t)
{
	if (t->rendered == NULL)
		must(scols_print_table_to_string(t->table, &t->rendered) == 0 && t->rendered != NULL);
	return t->rendered;
}

/* The next line of the rendered text, without trailing spaces; the caller frees it. NULL at the end. */
static char *
next_line(const char **text)
{
	size_t length = strcspn(*text, "\n"), kept = length;
	char *line;

	if (**text == '\0')
		return NULL;
	while (kept > 0 && (*text)[kept - 1] == ' ')
		kept--;
	line = strndup(*text, kept);
	must(line != NULL);
	*text += length + ((*text)[length] == '\n');
	return line;
}

size_t
grid_width(struct grid *t, struct text_style style)
{
	const char *text = rendered(t);
	size_t widest = 0, width;
	char *line;

	for (; (line = next_line(&text)) != NULL; free(line))
		if ((width = text_width(line, style.utf8)) > widest)
			widest = width;
	return widest;
}

void
grid_print(struct grid *t, FILE *out, struct text_style style)
{
	const char *text = rendered(t);
	char *line;

	/* The first line is the header. */
	for (size_t n = 0; (line = next_line(&text)) != NULL; n++) {
		enum paint paint = n == 0 ? PAINT_STRONG : n <= t->count ? t->leads[n - 1].paint : PAINT_PLAIN;

		paint_begin(out, paint, style);
		if (n > 0 && n <= t->count && t->leads[n - 1].text != NULL)
			fprintf(out, "%s\n", t->leads[n - 1].text);
		fputs(line, out);
		paint_end(out, paint, style);
		fputc('\n', out);
		free(line);
	}
}

void
paint_begin(FILE *out, enum paint paint, struct text_style style)
{
	static const char *const codes[] = {"", "1", "2", "32", "33", "1;31"};

	if (style.colour && paint != PAINT_PLAIN)
		fprintf(out, "\033[%sm", codes[paint]);
}

void
paint_end(FILE *out, enum paint paint, struct text_style style)
{
	if (style.colour && paint != PAINT_PLAIN)
		fputs("\033[0m", out);
}
