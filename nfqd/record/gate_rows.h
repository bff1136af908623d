/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate_rows: the rows that the recorder writes to gate.db, and every statement on its own tables. */
#ifndef GATE_ROWS_H
#define GATE_ROWS_H

#include "lib/database/common.h"
#include "lib/database/file.h"
#include "lib/database/prune.h"
#include "lib/database/remembered.h"
#include "lib/labels/judged.h"
#include "lib/count/minutes.h"
#include "nfqd/shared/shared.h"

struct gate_rows;

/* On a store that stays the caller's. NULL on error: see store_error. */
struct gate_rows *gate_rows_new(struct store *s, const struct config *c);
void gate_rows_free(struct gate_rows *w); /* accepts NULL; before the store is closed */
/* Opens or makes directory/gate.db, and closes it. NULL on error, with the reason in `why`. */
struct gate_rows *gate_rows_open(const struct config *c, char *why, size_t size);
void gate_rows_close(struct gate_rows *w); /* accepts NULL */
const char *gate_rows_error(const struct gate_rows *w);

/* The state of the file; see store.h. */
enum store_file gate_rows_file_state(struct gate_rows *w);
/* About when the first opening in the file was seen; false if it has none. */
bool gate_rows_oldest(struct gate_rows *w, int64_t *when);

/* A transaction: begin, any of the puts, commit. After a false, gate_rows_rollback. */
bool gate_rows_begin(struct gate_rows *w);
bool gate_rows_commit(struct gate_rows *w);
void gate_rows_rollback(struct gate_rows *w);
bool gate_rows_put(void *gate_rows, const struct minute_row *row); /* for minutes_each */
bool gate_rows_put_devices(struct gate_rows *w, const struct devices *d);
/* Notes that the file is written from `now` on, if it is new. */
bool gate_rows_put_began(struct gate_rows *w, int64_t now);
bool gate_rows_put_lost(struct gate_rows *w, const struct database *d, int64_t now); /* see database_put_lost */
bool gate_rows_put_journal(struct gate_rows *w, int64_t at, const char *event, const char *text);
bool gate_rows_put_gap(struct gate_rows *w, int64_t since, int64_t until, const char *cause, int64_t missing);

/* The number of the next record of a spool that is to be recorded; 0 in a new run. */
uint64_t gate_rows_position(struct gate_rows *w, const char *spool, int64_t run);
bool gate_rows_put_position(struct gate_rows *w, const char *spool, int64_t run, uint64_t next);

/* Numbers that outlive a run. False, and *value as it was, if there is none. */
bool gate_rows_remembered(struct gate_rows *w, enum remembered what, int64_t *value);
bool gate_rows_remember(struct gate_rows *w, enum remembered what, int64_t value);

/* A step of a round that keeps the configuration's keep and max-size (lib/database/prune), after a commit. Begin a
 * round about once a minute. A step ends when no `time` is left, soon if it is NULL. *more: it goes on. */
bool gate_rows_prune(struct gate_rows *w, int64_t now, const struct time_left *time, bool *more);
/* A step towards summing up the hours that are over (lib/database/seal); after a commit, once a tick. *more: hours are
 * left. */
bool gate_rows_seal(struct gate_rows *w, int64_t now, bool *more);
/* A step towards judging the minutes that are over (lib/labels/judged), called as gate_rows_seal is. After a failure:
 * gate_rows_file_state, then gate_rows_rollback. */
bool gate_rows_judge(struct gate_rows *w, int64_t now, const struct time_left *time, bool *more);
int64_t gate_rows_judged_until(const struct gate_rows *w);   /* as judged_until */
uint64_t gate_rows_judge_dropped(const struct gate_rows *w); /* states that could not be read since it was opened */

#endif
