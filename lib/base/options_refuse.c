/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of errors in a command line. */
#include "options_parts.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "suggest.h"

bool
options_refuse(const struct fault *f, const char *format, ...)
{
	int used = 0;
	va_list args;

	if (f->table->command != NULL)
		used = snprintf(f->why, OPTIONS_WHY, "%s: ", f->table->command);
	va_start(args, format);
	vsnprintf(f->why + used, OPTIONS_WHY - (size_t)used, format, args);
	va_end(args);
	return false;
}

const char *
options_spell(const char *words, char out[OPTIONS_WORDS])
{
	size_t used = 0;

	out[0] = '\0';
	for (const char *word = words; *word != '\0';) {
		size_t length = strcspn(word, "|");
		const char *before = word == words ? "" : word[length] == '\0' ? " or " : ", ";

		used += (size_t)snprintf(out + used, OPTIONS_WORDS - used, "%s%.*s", before, (int)length, word);
		if (used >= OPTIONS_WORDS)
			break;
		word += length + (word[length] == '|');
	}
	return out;
}

const struct option_row *
options_row_of(const struct option_table *t, int opt)
{
	for (size_t n = 0; n < t->row_count; n++)
		if (opt == (t->rows[n].letter != 0 ? t->rows[n].letter : OPTIONS_LONG + (int)n))
			return &t->rows[n];
	return NULL;
}

/* An option that does not exist; `name`: without dashes, NULL for a letter. */
static void
refuse_unknown(const struct fault *f, const char *word, const char *name)
{
	struct suggestion like = {.typed = name};
	char program[OPTIONS_NAME];

	for (size_t n = 0; name != NULL && n < f->table->row_count; n++)
		suggest(&like, f->table->rows[n].name);
	if (like.best != NULL)
		options_refuse(f, "%s: unknown option, did you mean --%s?", word, like.best);
	else
		options_refuse(f, "%s: unknown option; see '%s --help'", word, options_name(f->table, program));
}

/* An unknown long option, or an ambiguous abbreviation. */
static void
refuse_name(const struct fault *f, const char *word)
{
	const struct option_table *t = f->table;
	char name[OPTIONS_NAME] = "", names[OPTIONS_WHY] = "";
	size_t length = strcspn(word, "="), used = 0, found = 0;

	for (size_t n = 0; n < t->row_count && used < sizeof names; n++)
		if (length > 2 && strncmp(t->rows[n].name, word + 2, length - 2) == 0) {
			used += (size_t)snprintf(names + used, sizeof names - used, "%s--%s", found > 0 ? ", " : "",
			                         t->rows[n].name);
			found++;
		}
	if (found > 1)
		options_refuse(f, "%s is the beginning of several options, expected one of %s", word, names);
	else if (length > 2 && length - 2 < sizeof name)
		refuse_unknown(f, word, memcpy(name, word + 2, length - 2));
	else
		refuse_unknown(f, word, NULL);
}

/* A single dash before a long name: "-since". NULL if that is not it. */
static const char *
single_dash(const struct command_line *line)
{
	const char *word = optind < line->argc ? line->argv[optind] : ""; /* not yet consumed: getopt_long is in it */

	return word[0] == '-' && word[1] == (char)optopt && word[2] != '\0' ? word + 1 : NULL;
}

void
options_refuse_word(const struct fault *f, int opt, const struct command_line *line)
{
	const char *word = line->argv[optind - 1]; /* the last one that getopt_long consumed */
	const struct option_row *row = options_row_of(f->table, optopt);
	char program[OPTIONS_NAME];

	options_name(f->table, program);
	if (optopt == 0)
		refuse_name(f, word);
	else if (opt == ':' && row != NULL && strncmp(word, "--", 2) != 0)
		options_refuse(f, "-%c needs a value, expected %s; see '%s --help'", row->letter, row->value, program);
	else if (opt == ':' && row != NULL)
		options_refuse(f, "--%s needs a value, expected %s; see '%s --help'", row->name, row->value, program);
	else if (optopt == 'h' || row != NULL)
		options_refuse(f, "--%s takes no value, got \"%s\"", row != NULL ? row->name : "help",
		               word + strcspn(word, "=") + (strchr(word, '=') != NULL));
	else
		refuse_unknown(f, (char[]){'-', (char)optopt, '\0'}, single_dash(line));
}
