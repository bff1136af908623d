/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notes: the supervisor's reports to the recorder, and so to gate.db: entries of the journal, gaps, and the numbers by
 * which the log is reconciled with the kernel's counters. `notes` is the spool of struct note; one that is full loses
 * the note, which is logged. Times are microseconds since the epoch. */
#ifndef NOTES_H
#define NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "nfqd/shared/note.h"
#include "nfqd/shared/spool.h"

/* Puts what was kept while the spool was full. Call now and then. */
void notes_catch_up(struct spool *notes);
void notes_journal(struct spool *notes, const char *event, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* `missing` openings, or NOTE_UNKNOWN, that the kernel's rules did not count, or that are not known to be counted. */
void notes_gap(struct spool *notes, int64_t since, int64_t until, int64_t missing, const char *cause);
/* The same of openings that the kernel's rules have counted and no gate saw. */
void notes_gap_counted(struct spool *notes, int64_t since, int64_t until, int64_t missing, const char *cause);
/* A number that outlives this run: REMEMBERED_RULES, _SHIELDED, _UNNAMED or _EMPTIED. */
void notes_remember(struct spool *notes, enum remembered what, int64_t value);
/* This run began at `at`; as struct note_start. */
void notes_start(struct spool *notes, int64_t at, const struct note_start *start);
/* The rules were made anew; as struct note_rules. */
void notes_rules(struct spool *notes, int64_t at, int64_t counted, int64_t seen);
/* The rules' counters fell by -jump without an opening. */
void notes_counters(struct spool *notes, int64_t at, int64_t jump);

#endif
