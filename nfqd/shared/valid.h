/* SPDX-License-Identifier: GPL-3.0-or-later */
/* valid: checks records copied out of shared memory. Every child can write to that memory, so one that was taken over
 * may leave anything there. Check a copy, before any other use: a valid record has known kinds and enumerators,
 * terminated texts, booleans that are 0 or 1, times of the years 1970 to 9999, and numbers that can be added up without
 * overflow. */
#ifndef VALID_H
#define VALID_H

#include "lib/policy/event.h"
#include "note.h"
#include "shared.h"

#define VALID_COUNT_MOST (INT64_C(1) << 53) /* openings in one record */

bool valid_event(const struct event *e);
bool valid_flood(const struct flood *f);
bool valid_note(const struct note *n);

#endif
