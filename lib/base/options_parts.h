/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to options.c and options_refuse.c. */
#ifndef OPTIONS_PARTS_H
#define OPTIONS_PARTS_H

#include "options.h"

#define OPTIONS_LONG 256 /* value of getopt_long for the first row without a letter */
#define OPTIONS_WORDS 128

/* The buffer for the description of an error: `why` of options_parse. */
struct fault {
	const struct option_table *table;
	char *why;
};

/* Describes an error; always returns false. */
bool options_refuse(const struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for '?' or ':' (missing value) of getopt_long. */
void options_refuse_word(const struct fault *f, int opt, const struct command_line *line);
/* "country, as or network" of "country|as|network". Returns out. */
const char *options_spell(const char *words, char out[OPTIONS_WORDS]);
/* The row for a return value of getopt_long, or NULL. */
const struct option_row *options_row_of(const struct option_table *t, int opt);

#endif
