/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why: what is known of a host, as sentences with numbers that a person can check. */
#ifndef WHY_H
#define WHY_H

#include <stddef.h>

#include "hosts.h"
#include "lib/judge/words.h"

#define WHY_MAX (8 + 2 * JUDGE_SENTENCES)
#define WHY_TEXT JUDGE_SENTENCE
#define WHY_ADVICE (JUDGE_ADVICE + 64)

/* ASCII, harmless on a terminal. */
struct why {
	size_t count; /* at least 1 */
	char text[WHY_MAX][WHY_TEXT];
};

/* A leak first, then what is not usual for the host, what else the judge says, where that was, and what was counted. */
void why_explain(const struct host *h, struct why *w);
/* What to do about the host, in one sentence; NULL if nothing is to be done. */
const char *why_advice(const struct host *h, char buf[WHY_ADVICE]);

#endif
