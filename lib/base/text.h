/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: makes text safe for a terminal and fits it to the terminal's encoding and width. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_NUMBER 32

struct text_style {
	bool utf8;   /* else ASCII */
	bool colour; /* escape sequences for colour may be written */
};

/* UTF-8 as the locale says (the caller has called setlocale); colour only if `out` is a terminal that is not
 * "dumb", and NO_COLOR is unset or empty (https://no-color.org). */
struct text_style text_style(FILE *out);

/* Text from outside made harmless: control characters, formatting that reorders or hides text, invalid UTF-8 and,
 * in ASCII, everything else become \x1b or \u{202e}; a backslash is doubled. Cuts at the end of out, never inside an
 * escape or a character; needs 4 bytes for each of `in` at most (and 1). Returns out. */
const char *text_safe(const char *in, bool utf8, char *out, size_t size);
/* The same for messages and log lines, whatever the locale: characters that look like a space or like nothing, that
 * reorder text, and control characters become <U+00A0>, a byte that is not UTF-8 <0xA0>; all else stays as it is. Needs
 * 10 bytes for each of `in` at most (and 1). Cuts at the end of out. Returns out. */
const char *text_name_hidden(const char *in, char *out, size_t size);
/* Text as valid UTF-8 for formats that escape for themselves: each invalid byte becomes U+FFFD. Needs 3 bytes for
 * each of `in` at most (and 1). Returns out. */
const char *text_utf8(const char *in, char *out, size_t size);
/* Columns of a terminal that harmless text takes. */
size_t text_width(const char *text, bool utf8);
/* Cuts harmless text to `width` columns (at least 1), with an ellipsis as its last. The text's memory must have room
 * for 2 more bytes. Returns text. */
char *text_fit(char *text, size_t width, bool utf8);

/* "1,108". */
const char *text_number(uint64_t n, char buf[TEXT_NUMBER]);
/* The same up to 99,999; then three digits that count: "123k", "1.23M". Rounded down. */
const char *text_number_short(uint64_t n, char buf[TEXT_NUMBER]);
/* "1 attempt", "1,108 attempts": the noun takes an s. */
const char *text_count(uint64_t n, const char *noun, char buf[TEXT_NUMBER + 32]);

/* Writes harmless text in lines of at most `width` columns, broken at spaces (and a longer word where it must be),
 * each after `indent` spaces, which count. */
void text_wrap(FILE *out, const char *text, size_t indent, size_t width, bool utf8);

#endif
