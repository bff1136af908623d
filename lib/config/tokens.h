/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tokens: the words of one configuration line. */
#ifndef CONFIG_TOKENS_H
#define CONFIG_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS 512

struct config;

struct word {
	const char *text;
	bool quoted;
};

struct words {
	struct word word[WORDS];
	size_t count;
};

/* The words of a line, and the position after those consumed. */
struct tokens {
	struct config *c;
	const struct words *words;
	const char *keyword;
	size_t at;
};

/* words.c: splits a line in place: words, "quoted strings" with \" and \\, # comments. NULL, or an error message. */
const char *words_split(char *line, struct words *out);

const struct word *tokens_peek(const struct tokens *cur); /* NULL at the end of the line */
/* Consumes the next word; if there is none, reports what was expected and returns NULL. */
const char *tokens_take(struct tokens *cur, const char *expected);

/* True for letters, digits and characters in `also`, a letter first, at most `most` long. */
bool config_is_name(const char *text, const char *also, size_t most);
/* True for a word that begins a clause. */
bool config_is_clause(const struct word *w);
/* True for a word that cannot be the name of a range. */
bool config_is_reserved(const char *text);

#endif
