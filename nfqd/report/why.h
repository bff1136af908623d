/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why: the facts about a host as sentences with numbers that a person can check. */
#ifndef WHY_H
#define WHY_H

#include <stddef.h>

#include "hosts.h"
#include "lib/judge/words.h"

#define WHY_MAX (8 + 2 * JUDGE_SENTENCES)
#define WHY_TEXT JUDGE_SENTENCE
#define WHY_ADVICE (JUDGE_ADVICE + 64)

/* ASCII, safe on a terminal. */
struct why {
	size_t count; /* at least 1 */
	char text[WHY_MAX][WHY_TEXT];
};

/* Leaks first, then unusual hours, the classifier's reasons, countries, and counts. */
void why_explain(const struct host *h, struct why *w);
/* The advice about the host, one sentence in `buf`; NULL if there is nothing to do. */
const char *why_advice(const struct host *h, char buf[WHY_ADVICE]);

#endif
