/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue_words.h"

#include <stdio.h>

/* The kernel chooses among several queues by a hash of source and destination. */
void
queue_print(const struct queue_words *w, const struct config *c, bool closed, bool listed, char out[QUEUE_TEXT])
{
	unsigned first = config_queue(c, listed, 0);
	const char *bypass = listed ? w->bypass : "";

	if (closed)
		snprintf(out, QUEUE_TEXT, "%s", listed ? w->listed : w->drop);
	else if (c->workers > 1)
		snprintf(out, QUEUE_TEXT, "%s%u%s%u%s", w->several, first, w->to, first + c->workers - 1, bypass);
	else
		snprintf(out, QUEUE_TEXT, "%s%u%s", w->one, first, bypass);
}
