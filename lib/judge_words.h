/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_words: a judgement in sentences, with the numbers that a colleague can check. ASCII, harmless on a terminal. */
#ifndef JUDGE_WORDS_H
#define JUDGE_WORDS_H

#include <stddef.h>

#include "judge.h"

#define JUDGE_SENTENCES 6
#define JUDGE_SENTENCE 320

struct judge_words {
	size_t count;
	char text[JUDGE_SENTENCES][JUDGE_SENTENCE];
};

/* What was seen, against which threshold, and what an honest machine would have done instead. */
void judge_why(const struct judgement *v, struct judge_words *w);
/* What to do first about several machines; "" if nothing says that they are. Stands before an advice. Static text. */
const char *judge_advice_first(const struct judgement *v);
/* What a listed host did in hours that are not usual for it, against what it did before. There is such an hour. */
void judge_why_unusual(const struct judge_unusual *u, struct judge_words *w);
/* What to do about it, in one sentence; NULL if nothing is to be done. Static text. */
const char *judge_advice(enum judge_label label);

#endif
