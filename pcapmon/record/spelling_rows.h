/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spelling_rows: the spelling of names of destinations -> the table spelling of wire.db, NAMING_SPELLED of each host
 * and kind, the latest ones. */
#ifndef SPELLING_ROWS_H
#define SPELLING_ROWS_H

#include <stdbool.h>

#include "lib/count/minutes.h"
#include "lib/store/store.h"
#include "pcapmon/companions/companions.h"
#include "wire_rows.h"

struct spelling_rows;

/* Companions without names, or none (NULL): the table is emptied. Both pointers stay the caller's. NULL: see
 * store_error, or memory is short. */
struct spelling_rows *spelling_rows_new(struct wire_rows *rows, const struct companions *c);
void spelling_rows_free(struct spelling_rows *r); /* accepts NULL */
/* For struct wire_part. */
bool spelling_rows_open(void *rows, struct store *s);
bool spelling_rows_row(void *rows, const struct minute_row *row);
bool spelling_rows_put(void *rows);
void spelling_rows_done(void *rows);

#endif
