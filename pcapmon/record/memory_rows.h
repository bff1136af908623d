/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory_rows: the memory of a tally (the attempts of the last 180 s, the connections that have not ended) <-> the
 * tables memory_attempt and memory_connection of wire.db, so that the next run continues where this one ended. Written
 * in the transaction of the rows: a run that is killed has counted and remembers the same packets. */
#ifndef MEMORY_ROWS_H
#define MEMORY_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/store/store.h"
#include "pcapmon/tally/tally.h"

struct memory_rows;

/* The seed of the hashes in this database; a new one takes `fresh`. False on error, as in the functions below: see
 * store_error(). */
bool memory_rows_seed(struct store *s, uint64_t fresh, uint64_t *seed);
/* The tally, of that seed, stays the caller's. NULL on error. */
struct memory_rows *memory_rows_new(struct store *s, struct tally *t);
void memory_rows_free(struct memory_rows *m); /* accepts NULL */
/* Loads into a tally that is empty, or has counted nothing else. */
bool memory_rows_load(struct memory_rows *m);
/* The next transaction writes all of it, not only the changes. */
void memory_rows_whole(struct memory_rows *m);
/* The next transaction is the last one of a run: it also writes unfinished fragments, and everything if more changed
 * than could be noted. */
void memory_rows_last(struct memory_rows *m);
/* For struct wire_part. A new file gets all of it, and the tally's seed. */
bool memory_rows_open(void *memory, struct store *s);
bool memory_rows_put(void *memory);
void memory_rows_done(void *memory);

#endif
