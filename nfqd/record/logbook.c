/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the log is complete if "counted by the kernel = recorded + unseen" (see recorder.c). A new file has
 * recorded nothing, so the lost file's `recorded` is added to its `unseen`. */
#include "logbook.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"

static bool
open_rows(struct logbook *b, int64_t now)
{
	if ((b->rows = gate_rows_open(b->config, b->why, sizeof b->why)) == NULL)
		return false;
	b->began = now;
	gate_rows_oldest(b->rows, &b->began);
	b->shielded_before = 0;
	gate_rows_remembered(b->rows, REMEMBERED_SHIELDED_BEFORE, &b->shielded_before);
	return true;
}

static void
recall(struct logbook *b)
{
	gate_rows_remembered(b->rows, REMEMBERED_UNSEEN, &b->unseen);
	gate_rows_remembered(b->rows, REMEMBERED_RULES, &b->rules);
	gate_rows_remembered(b->rows, REMEMBERED_UNNAMED, &b->unnamed);
}

bool
logbook_open(struct logbook *b, const struct config *c, int64_t now)
{
	/* If the file is no database, what it held is not known: at most the rows of `keep`. */
	*b = (struct logbook){
	        .config = c, .lost_since = c->keep > 0 ? now - c->keep : 0, .lost_count = MISSING_UNKNOWN};
	if (!gate_rows_make_room(c, now, b->lost, sizeof b->lost)) {
		snprintf(b->why, sizeof b->why, "%s", b->lost);
		return false;
	}
	if (b->lost[0] != '\0')
		log_warnx("%s; a new one is made", b->lost);
	if (!open_rows(b, now))
		return false;
	recall(b);
	return true;
}

void
logbook_close(struct logbook *b)
{
	gate_rows_close(b->rows);
	b->rows = NULL;
}

static void
count_lost(struct logbook *b, const char *what, int64_t recorded, int64_t shielded)
{
	if (b->lost[0] == '\0' || b->began < b->lost_since)
		b->lost_since = b->began;
	if (b->lost[0] == '\0')
		b->lost_count = 0;
	if (b->lost_count != MISSING_UNKNOWN)
		b->lost_count += recorded + shielded - b->shielded_before;
	b->unseen += recorded;
	snprintf(b->lost, sizeof b->lost, "%s", what);
	log_warnx("%s; a new one is made", what);
}

bool
logbook_check(struct logbook *b, enum store_fate fate, int64_t now, int64_t recorded, int64_t shielded)
{
	char what[sizeof b->lost];
	bool lost = false;

	if (b->rows != NULL) {
		if (fate == STORE_KEPT && (fate = gate_rows_fate(b->rows)) == STORE_KEPT)
			return false;
		gate_rows_leave(b->rows, fate, now, what, sizeof what);
		b->rows = NULL;
		if ((lost = what[0] != '\0'))
			count_lost(b, what, recorded, shielded);
	}
	open_rows(b, now);
	return lost;
}

bool
logbook_put(struct logbook *b, int64_t now, int64_t shielded)
{
	if (b->lost[0] == '\0')
		return true;
	return gate_rows_put_gap(b->rows, b->lost_since, now, b->lost, b->lost_count) &&
	       gate_rows_put_journal(b->rows, now, "lost", b->lost) &&
	       gate_rows_remember(b->rows, REMEMBERED_UNSEEN, b->unseen) &&
	       gate_rows_remember(b->rows, REMEMBERED_RULES, b->rules) &&
	       gate_rows_remember(b->rows, REMEMBERED_UNNAMED, b->unnamed) &&
	       gate_rows_remember(b->rows, REMEMBERED_SHIELDED_BEFORE, b->shielded_before = shielded);
}

void
logbook_committed(struct logbook *b)
{
	b->lost[0] = '\0';
	recall(b);
}
