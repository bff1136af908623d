/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell: a companion as sentences for a terminal and as JSON, the same in pcapmon's summary and nfqd's report. */
#ifndef TELL_H
#define TELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "companion.h"

#define TELL_LINE 512

/* Sentence n (from 0) about the host; false after the last. Text from outside is escaped (text_safe). */
bool tell_line(const struct companion *c, size_t n, bool utf8, char out[TELL_LINE]);
/* A new object as documented in nfqd(8), owned by the caller. Never NULL: ends the program if out of memory. */
json_t *tell_json(const struct companion *c);

#endif
