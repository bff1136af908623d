/* SPDX-License-Identifier: GPL-3.0-or-later */
/* valid: are records that were copied out of shared memory what their writer can have meant? Every child can write to
 * that memory, so one that was taken over may leave anything there. Ask of a copy, before any other use: what is valid
 * has known kinds and enumerators, texts that end, booleans that are 0 or 1, times of the years 1970 to 9999, and
 * numbers that can be added up without overflow. */
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
