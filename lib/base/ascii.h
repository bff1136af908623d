/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ascii: classes of characters in bytes from the network, independent of the locale: <ctype.h> takes 0xe4 for a letter
 * where the locale is ISO 8859. Pure. */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>

static inline char
ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alphanumeric(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

#endif
