/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion_rows: companions -> the table companion of wire.db. */
#ifndef COMPANION_ROWS_H
#define COMPANION_ROWS_H

#include <stdbool.h>

#include "pcapmon/companions/companions.h"
#include "lib/store/store.h"
#include "pcapmon/tally/tally.h"
#include "wire_rows.h"

struct companion_rows;

/* NULL on error: see store_error(). All pointers stay the caller's. The tally knows the hosts that opened connections;
 * rows older than `keep` (microseconds; 0: none) are deleted, once for each new hour. */
struct companion_rows *companion_rows_new(struct wire_rows *rows, struct companions *c, struct tally *t, int64_t keep);
void companion_rows_free(struct companion_rows *r); /* accepts NULL */
/* For struct wire_part. Rows that are not worth storing stay for a while: their host may yet open a connection. */
bool companion_rows_open(void *rows, struct store *s);
bool companion_rows_put(void *rows);
void companion_rows_done(void *rows);

#endif
