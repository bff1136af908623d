/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outcome_rows: outcomes -> the tables outcome and pool of wire.db. */
#ifndef OUTCOME_ROWS_H
#define OUTCOME_ROWS_H

#include <stdbool.h>

#include "pcapmon/tally/outcomes.h"
#include "lib/store/store.h"

struct outcome_rows;

/* NULL on error: see store_error(). The outcomes stay the caller's. */
struct outcome_rows *outcome_rows_new(struct store *s, struct outcomes *o);
void outcome_rows_free(struct outcome_rows *r); /* accepts NULL */
/* For struct wire_part. */
bool outcome_rows_open(void *rows, struct store *s);
bool outcome_rows_put(void *rows);
void outcome_rows_done(void *rows);
int64_t outcome_rows_syns(const void *rows); /* of pools */

#endif
