/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8: characters of UTF-8, and those that a reader cannot see or that change how other text looks. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MOST 4 /* bytes of a character */

/* The character that text begins with: its length in bytes, or 0 if it is not valid UTF-8 (RFC 3629: shortest form,
 * no surrogates, at most U+10FFFF). */
size_t utf8_next(const char *text, uint32_t *c);
/* Writes a character and returns its length in bytes; 0: there is no such character. */
size_t utf8_put(uint32_t c, char out[UTF8_MOST]);
/* Controls of ASCII, DEL, and C1, which some terminals obey like ESC sequences. */
bool utf8_controls(uint32_t c);
/* Characters that are printable and yet change how other text looks: marks and overrides of direction, joiners,
 * separators, tags. */
bool utf8_deceives(uint32_t c);
/* Spaces other than ASCII's, and letters of no width, which are printable. */
bool utf8_blank(uint32_t c);

#endif
