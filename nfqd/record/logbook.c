/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the log is complete if "counted by the kernel = recorded + unseen" (see recorder.c). A new file has
 * recorded nothing, so the lost file's `recorded` is added to its `unseen`. */
#include "logbook.h"

#include <stdio.h>

static bool
open_rows(void *arg, struct store *store)
{
	struct logbook *b = arg;

	if ((b->rows = gate_rows_new(store, b->config)) == NULL)
		return false;
	b->began = b->now;
	gate_rows_oldest(b->rows, &b->began);
	b->shielded_before = 0;
	gate_rows_remembered(b->rows, REMEMBERED_SHIELDED_BEFORE, &b->shielded_before);
	return true;
}

static void
close_rows(void *arg)
{
	struct logbook *b = arg;

	gate_rows_free(b->rows);
	b->rows = NULL;
}

static void
rolled_back(void *arg)
{
	struct logbook *b = arg;

	gate_rows_rollback(b->rows);
}

static void
recall(struct logbook *b)
{
	gate_rows_remembered(b->rows, REMEMBERED_UNSEEN, &b->unseen);
	gate_rows_remembered(b->rows, REMEMBERED_RULES, &b->rules);
	gate_rows_remembered(b->rows, REMEMBERED_UNNAMED, &b->unnamed);
}

void
logbook_new(struct logbook *b, const struct config *c)
{
	*b = (struct logbook){
	        .config = c,
	        .file = {.schema = &schema_gate,
	                 .user = {.open = open_rows, .close = close_rows, .rolled_back = rolled_back, .arg = b}},
	        .opening = {.meanwhile = "; verdicts continue, openings are kept in memory",
	                    .again = "gate.db is open, and what was kept is written"},
	        .writing = {.meanwhile = "; verdicts continue, rows are kept in memory",
	                    .again = "gate.db can be written again"},
	        .judging = {.meanwhile = "; rows are still recorded", .again = "gate.db: judging hosts works again"},
	};
}

bool
logbook_open(struct logbook *b, int64_t now)
{
	const struct config *c = b->config;
	char what[sizeof b->file.lost];

	b->now = now;
	if (!database_name(&b->file, c->database))
		return false;
	if (!database_make_room(b->file.path, now, what, sizeof what)) {
		snprintf(b->file.why, sizeof b->file.why, "%s", what);
		return false;
	}
	/* The content of the lost file is unknown: at most the rows of `keep`. */
	if (what[0] != '\0')
		database_lost(&b->file, c->keep > 0 ? now - c->keep : 0, MISSING_UNKNOWN, what);
	if (!database_open(&b->file))
		return false;
	recall(b);
	return true;
}

void
logbook_close(struct logbook *b)
{
	database_close(&b->file);
}

bool
logbook_check(struct logbook *b, int64_t now, int64_t recorded, int64_t shielded)
{
	b->now = now;
	if (!database_look(&b->file, now, b->began, recorded + shielded - b->shielded_before))
		return false;
	b->unseen += recorded;
	return true;
}

bool
logbook_put(struct logbook *b, int64_t now, int64_t shielded)
{
	if (b->file.lost[0] == '\0')
		return true;
	return gate_rows_put_lost(b->rows, &b->file, now) &&
	       gate_rows_remember(b->rows, REMEMBERED_UNSEEN, b->unseen) &&
	       gate_rows_remember(b->rows, REMEMBERED_RULES, b->rules) &&
	       gate_rows_remember(b->rows, REMEMBERED_UNNAMED, b->unnamed) &&
	       gate_rows_remember(b->rows, REMEMBERED_SHIELDED_BEFORE, b->shielded_before = shielded);
}

void
logbook_committed(struct logbook *b)
{
	database_committed(&b->file);
	recall(b);
}
