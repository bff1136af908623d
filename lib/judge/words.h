/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_words: a judgement as sentences, with the numbers to check it. ASCII, safe on a terminal. */
#ifndef JUDGE_WORDS_H
#define JUDGE_WORDS_H

#include <stddef.h>

#include "judge.h"
#include "evidence.h"

#define JUDGE_SENTENCES 14
#define JUDGE_SENTENCE 320
#define JUDGE_ADVICE 256
#define JUDGE_DECIDED 128 /* shorter than 90 characters unless numbers are huge */

struct judge_words {
	size_t count;
	char text[JUDGE_SENTENCES][JUDGE_SENTENCE];
};

/* The rule that decided: its number, its threshold, and the label. NULL: it is evidence. */
const char *judge_decided(const struct judgement *v, char out[JUDGE_DECIDED]);
/* The same, then the observation, the threshold, and the behaviour of an honest machine. */
void judge_reasons(const struct judgement *v, struct judge_words *w);
/* Appends pcapmon's evidence, for labels that it can support or contradict. `v` comes from judge_evidence_apply. */
void judge_reasons_evidence(const struct judgement *v, const struct judge_evidence *e, struct judge_words *w);
/* A listed host's unusual hours compared with its past. Requires u->hours > 0. */
void judge_reasons_unusual(const struct judge_unusual *u, struct judge_words *w);
/* The advice to the administrator, one sentence in `out`; NULL if there is nothing to do. */
const char *judge_advice(const struct judgement *v, char out[JUDGE_ADVICE]);
/* A score, or a step of it, rounded to thousandths for JSON: further digits are noise. */
double judge_score(double score);

#endif
