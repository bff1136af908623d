/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_words: a judgement in sentences, with the numbers that a colleague can check. ASCII, harmless on a terminal. */
#ifndef JUDGE_WORDS_H
#define JUDGE_WORDS_H

#include <stddef.h>

#include "judge.h"
#include "evidence.h"

#define JUDGE_SENTENCES 14
#define JUDGE_SENTENCE 320
#define JUDGE_ADVICE 256

struct judge_words {
	size_t count;
	char text[JUDGE_SENTENCES][JUDGE_SENTENCE];
};

/* What was seen, against which threshold, and what an honest machine would have done instead. */
void judge_why(const struct judgement *v, struct judge_words *w);
/* Adds what else pcapmon saw, of whom that says something. `v` is what was made of it by judge_weigh. */
void judge_why_evidence(const struct judgement *v, const struct judge_evidence *e, struct judge_words *w);
/* What a listed host did in hours that are not usual for it, against what it did before. There is such an hour. */
void judge_why_unusual(const struct judge_unusual *u, struct judge_words *w);
/* What to do about it, in one sentence; NULL if nothing is to be done. */
const char *judge_advice(const struct judgement *v, char out[JUDGE_ADVICE]);
/* A score, or a step of it, as it is told to programs: what is behind the thousandth is noise. */
double judge_score(double score);

#endif
