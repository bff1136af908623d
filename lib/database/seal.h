/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal: sums up hours that are over, host by host, so that a report need not read their minutes.
 *
 * It works in small steps, each a transaction of its own, between the writer's ticks. An hour counts as sealed when its
 * last step is committed; a late row breaks the seal in the row's own transaction, and the hour is summed up again. So
 * the sums of a sealed hour always equal its minutes. */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "columns.h"
#include "heads.h"
#include "sealed.h"
#include "lib/store/store.h"

#define SEAL_MINUTES HEADS
/* Destinations of a host and hour; with more the hour is not sealed. 122,880 come from one writer. */
#define SEAL_DESTINATIONS 131072
#define SEAL_PART 0x8000 /* bytes after which a part of an hour is full */
#define SEAL_ROWS 16384  /* rows of minutes that a step reads: about 20 ms */

struct seal {
	struct store *store;
	const struct columns *columns; /* heads are prepared from their `minute` when the first hour is summed up */
	struct statement *next_minute, *find, *newest, *add_hour, *add_part, *add_destinations;
	struct statement *drop_hour, *drop_part, *drop_destinations;
	struct heads heads;
	int64_t newest_hour;      /* sealed or begun; rows of later hours break nothing */
	int64_t from;             /* hours before this minute are sealed, or cannot be */
	int64_t hour;             /* being summed up; -1: none */
	int64_t part;             /* the next */
	struct heads_place next; /* where its hosts continue */
	bool impossible;        /* more than there is room for */
	struct sealed_host sum; /* of the host at hand */
	size_t to_count;
	size_t used;
	uint8_t bytes[SEAL_PART + SEALED_BYTES];
	struct addr to[2 * SEAL_DESTINATIONS]; /* the last: 4.3 MiB, of which few hosts need more than some KiB */
};

/* False: see store_error. */
bool seal_prepare(struct seal *s, struct store *store, const struct columns *columns);
/* To call when a row of this minute is written, in the same transaction. */
bool seal_break(struct seal *s, int64_t minute);
/* To call when minutes of the hour become a row of `hour`, in the same transaction: its sums are no longer valid. */
bool seal_forget(struct seal *s, int64_t hour);
/* One step, if a finished hour is not sealed; `now` in microseconds. *more: there is more to do. False: nothing of the
 * step is stored; see store_error. */
bool seal_step(struct seal *s, int64_t now, bool *more);

#endif
