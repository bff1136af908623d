/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say: a sentence of a judgement. Private to lib/judge. */
#ifndef JUDGE_SAY_H
#define JUDGE_SAY_H

#include <stdbool.h>

#include "words.h"
#include "lib/base/text.h"

#define COUNTED (TEXT_NUMBER + 32) /* of text_count, with the words of this folder */

/* Appends a sentence, if there is room. */
void say(struct judge_words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The sentences of a rule about recipient domains (delivery.h). False: another rule decided. */
bool say_delivery(const struct judgement *v, struct judge_words *w);

#endif
