/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_rows: the rows of wire.db and every statement that writes them. One writer, one transaction a call.
 *
 * Functions that return false have logged the reason, once until it is over; the rows are then kept for the next call.
 */
#ifndef WIRE_ROWS_H
#define WIRE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/time_left.h"
#include "lib/database/common.h"
#include "lib/config/config.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "lib/store/store.h"
#include "gaps.h"
#include "wire_marks.h"
#include "wire_meta.h"

struct wire_rows;

#define WIRE_PARTS 5

/* Rows of another module that belong into the same transaction. */
struct wire_part {
	void *arg;
	bool (*open)(void *arg, struct store *s); /* another file is open: prepares statements on it; false on error */
	bool (*row)(void *arg,
	            const struct minute_row *row); /* takes each row of minutes, by minute and host; or NULL */
	bool (*put)(void *arg);                    /* writes them; false on error: see store_error() */
	void (*done)(void *arg);                   /* they are committed: clear them; minutes and devices still stand */
	int64_t (*syns)(const void *arg);          /* number of SYNs that they count; NULL: none */
};

/* Opens or makes directory/wire.db. The configuration (or NULL) names the ranges of hosts, and keep and max-size; it
 * must outlive the rows. NULL on error, with the reason in `why`. */
struct wire_rows *wire_rows_open(const char *directory, const struct config *config, char *why, size_t size);
/* The same on a scratch database: see store_scratch. NULL if memory is short. */
struct wire_rows *wire_rows_scratch(void);
void wire_rows_close(struct wire_rows *w); /* accepts NULL */
/* Before wire_rows_open, for a run that must go on: sets aside a file that is no database, and reports it in `what`
 * ("": there is none). False: it cannot be set aside; the reason is in `what`. */
bool wire_rows_make_room(const char *directory, int64_t now, char *what, size_t size);
/* An earlier file is lost: writes a gap, of at most `missing` SYNs since `since`, and a line in the journal. */
void wire_rows_lost(struct wire_rows *w, int64_t since, int64_t missing, const char *what);
/* Once a second: a file that was deleted, replaced or damaged is followed by a new one, which begins with a gap for the
 * rows of the old one, at most. Rows not yet written go into the new one. */
void wire_rows_look(struct wire_rows *w, int64_t now);
/* Replaces the configuration. Write the rows counted under the old one first, or they get the new ranges. */
void wire_rows_policy(struct wire_rows *w, const struct config *config);

/* For the owner of a part, to prepare statements. */
struct store *wire_rows_store(struct wire_rows *w);
/* The time by which rows may be deleted, as of the last wire_rows_write (lib/base/standing.h). */
int64_t wire_rows_standing(const struct wire_rows *w);
/* At most WIRE_PARTS; before the first wire_rows_write. */
void wire_rows_attach(struct wire_rows *w, const struct wire_part *part);

/* A loss (`missing` may be MISSING_UNKNOWN), written with the next transaction; losses of one kind until then become
 * one gap. */
void wire_rows_gap(struct wire_rows *w, enum wire_gap kind, int64_t since, int64_t until, int64_t missing);

/* 1: found, 0: that capture is new, -1: error. */
int wire_rows_find_mark(struct wire_rows *w, uint64_t opening, struct wire_mark *out);
/* Goes into the next transaction. */
void wire_rows_mark(struct wire_rows *w, const struct wire_mark *m);

/* The state of a live run at `now`: written with the next rows, and every 10 s at least. */
void wire_rows_run(struct wire_rows *w, const struct wire_run *run, int64_t now);
/* Everything counted so far, the parts, the gaps and the mark. `watched` is noted as the time until which all of the
 * wire was seen and counted; 0 for a file, which watches nothing. */
bool wire_rows_write(struct wire_rows *w, struct minutes *m, struct devices *d, int64_t watched);
/* Adds the counts to these rows, too, and clears nothing: before, or as part of, wire_rows_write of others. */
bool wire_rows_add(struct wire_rows *w, const struct minutes *m, const struct devices *d);
/* True if the next wire_rows_write is due even without new counts: for a gap, another file, an old state of the run, or
 * rows that could not be written. */
bool wire_rows_urgent(const struct wire_rows *w, int64_t watched);
/* The likely cause of a host's latest leak, at once. */
bool wire_rows_cause(struct wire_rows *w, const struct addr *host, int64_t at, const char *text);
/* Until when the wire was watched, as the file has it, by an earlier run at the start of this one; 0: it has nothing.
 */
int64_t wire_rows_watched(struct wire_rows *w);
/* A line in the journal. With `what` "start", also the gap since the last run. */
bool wire_rows_journal(struct wire_rows *w, int64_t now, const char *what, const char *text);
/* A step of a round that keeps the configuration's keep and max-size (lib/database/prune.h); begin a round once a
 * minute. A step ends when no `time` is left, soon if it is NULL. *more: it goes on. */
bool wire_rows_prune(struct wire_rows *w, int64_t now, const struct time_left *time, bool *more);
/* A step towards summing up the hours that are over (lib/database/seal.h). *more: there is more to do. */
bool wire_rows_seal(struct wire_rows *w, int64_t now, bool *more);

#endif
