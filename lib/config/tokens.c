/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a line, one by one; names, and reserved words. */
#include "parser.h"

#include <ctype.h>
#include <string.h>

const struct word *
tokens_peek(const struct tokens *cur)
{
	return cur->at < cur->words->count ? &cur->words->word[cur->at] : NULL;
}

const char *
tokens_take(struct tokens *cur, const char *expected)
{
	const struct word *w = tokens_peek(cur);

	if (w == NULL) {
		complain(cur->c, "%s: the line ends too early, expected %s", cur->keyword, expected);
		return NULL;
	}
	cur->at++;
	return w->text;
}

bool
config_is_name(const char *text, const char *also, size_t most)
{
	if (!isalpha((unsigned char)*text) || strlen(text) > most)
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && strchr(also, *text) == NULL)
			return false;
	return true;
}

/* Reserved words, the clauses first. */
static const char *const reserved[] = {"to", "from", "until", "note", "in", "max", "mac", "lan", "local", "file"};
#define CLAUSES 7

static bool
is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

bool
config_is_clause(const struct word *w)
{
	return !w->quoted && is_one_of(w->text, reserved, CLAUSES);
}

bool
config_is_reserved(const char *text)
{
	return is_one_of(text, reserved, sizeof reserved / sizeof *reserved);
}
