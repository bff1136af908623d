/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell: a companion in words, for a terminal, and as JSON: the same in pcapmon's summary and in nfqd's report. */
#ifndef TELL_H
#define TELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "companion.h"

#define TELL_LINE 512

/* The sentence number n (from 0) about the host; false behind the last. Text from outside is made harmless. */
bool tell_line(const struct companion *c, size_t n, bool utf8, char out[TELL_LINE]);
/* An object as nfqd(8) describes it; NULL if memory is short. */
json_t *tell_json(const struct companion *c);

#endif
