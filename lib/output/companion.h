/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion: side traffic of a host as sentences for a terminal and as JSON, the same in pcapmon's summary and nfqd's
 * report. */
#ifndef OUTPUT_COMPANION_H
#define OUTPUT_COMPANION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/companion/companion.h"

#define COMPANION_SENTENCE 512

/* Sentence n (from 0) about the host; false after the last. Text from outside is escaped (text_safe). */
bool companion_sentence(const struct companion *c, size_t n, bool utf8, char out[COMPANION_SENTENCE]);
/* A new object as documented in nfqd(8), owned by the caller. Never NULL: ends the program if out of memory. */
json_t *companion_json(const struct companion *c);

#endif
