/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_words: the queue target of a rule, in the words of either back end. */
#ifndef RULES_QUEUE_WORDS_H
#define RULES_QUEUE_WORDS_H

#include <stdbool.h>

#include "lib/config/config.h"

#define QUEUE_TEXT 64 /* bytes of a target */

struct queue_words {
	const char *listed, *drop;      /* targets while no gate may bind a queue: of listed hosts, of all others */
	const char *one, *several, *to; /* before the number of a queue; around those of several */
	const char *bypass;             /* accepts while no gate is bound */
};

/* The target for what a gate decides: listed sources with a `max` (`listed`), or all others. `closed`: no gate may bind
 * a queue. */
void queue_print(const struct queue_words *w, const struct config *c, bool closed, bool listed, char out[QUEUE_TEXT]);

#endif
