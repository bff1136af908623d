/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spellings: the text of the names that were asked for last, by their hashes (dns_name_hash), for people.
 *
 * Bounded: each place has one name, which gives way to the next one, so a flood of questions makes spellings unknown,
 * and never others. Whatever bytes a name has, its text is harmless: see NAMING_TEXT and the table `spelling`. */
#ifndef COMPANIONS_SPELLINGS_H
#define COMPANIONS_SPELLINGS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/companion/name.h"

#define SPELLINGS 8192 /* a power of two; 576 KiB */

/* All zero: there is none. */
struct spellings {
	struct spelling {
		uint64_t name; /* 0: free */
		char text[NAMING_TEXT];
	} place[SPELLINGS];
};

/* A name as dns_read gives it. */
void spellings_take(struct spellings *s, const uint8_t *name, size_t size);
const char *spellings_find(const struct spellings *s, uint64_t name); /* NULL: unknown */

#endif
