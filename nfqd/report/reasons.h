/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reasons: the facts about a host as sentences with numbers that a person can check. */
#ifndef REASONS_H
#define REASONS_H

#include <stddef.h>

#include "hosts.h"
#include "lib/judge/words.h"

#define REASONS_MAX (12 + 2 * JUDGE_SENTENCES)
#define REASONS_TEXT JUDGE_SENTENCE
#define REASONS_ADVICE (JUDGE_ADVICE + 64)

/* ASCII, safe on a terminal. */
struct reasons {
	size_t count; /* at least 1 */
	char text[REASONS_MAX][REASONS_TEXT];
};

/* Leaks first, then unusual hours, the classifier's reasons, names, countries, and counts. */
void reasons_of(const struct host *h, struct reasons *w);
/* The advice about the host, one sentence in `buf`; NULL if there is nothing to do. */
const char *reasons_advice(const struct host *h, char buf[REASONS_ADVICE]);

#endif
