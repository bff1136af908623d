/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common_rows: rows of the tables common to gate.db and wire.db, and of `attempt`, in which they differ. Functions return false on an error, see store_error(); those that write rows must be
 * called inside a transaction. */
#ifndef COMMON_ROWS_H
#define COMMON_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "columns.h"
#include "losses.h"
#include "seal.h"
#include "lib/store/store.h"

#define COMMON_RANGED 8192   /* a power of two */
#define COMMON_STACKED 2048  /* a power of two */

struct common_rows {
	struct store *store;
	const struct columns *columns;
	struct statement *add_attempt, *add_change, *add_device, *set_range, *no_range;
	struct statement *add_raw, *add_stack, *add_clock, *oldest_minute, *oldest_hour;
	int64_t changed; /* the minute whose change was numbered last in this transaction; -1: none */
	struct seal seal;
	struct losses losses;
	struct addr ranged[COMMON_RANGED]; /* hosts whose range was written, indexed by hash */
	struct common_stacked {
		struct addr host;
		uint32_t stacks;  /* bits that were written ... */
		int64_t minute;   /* ... of this minute */
		int64_t clock_at; /* and the timestamp of this moment; 0: none */
	} stacked[COMMON_STACKED];
};

/* Prepares all statements, with the columns of the store's database. */
bool common_rows_prepare(struct common_rows *r, struct store *s, const struct columns *columns);
/* Begins the transaction of rows: common_put_row numbers the changes of minutes since this call. */
bool common_begin(struct common_rows *r);
/* A row of minutes, with everything that stands in other tables: the change of its minute, its seal, raw SYNs, stacks,
 * clock, and the host's range (see common_put_range for `c`). */
bool common_put_row(struct common_rows *r, const struct config *c, const struct minute_row *row);
/* `attempts` more of the host and minute of the key whose SYN is a tool's; 0: nothing to do. */
bool common_put_raw(struct common_rows *r, const struct minute_key *key, uint64_t attempts);
/* The stacks (stacks_bit) of attempts of the host and minute of the key. */
bool common_put_stacks(struct common_rows *r, const struct minute_key *key, uint64_t stacks);
/* The row's timestamp, if it has one: for each host and minute the earliest is kept. */
bool common_put_clock(struct common_rows *r, const struct minute_row *row);
bool common_put_devices(struct common_rows *r, const struct devices *d);
/* Stores the host's range in the configuration `c`, or deletes its row if it has none. NULL: leaves the row. Once per
 * host, as far as the cache reaches: ranges do not change while a program runs. */
bool common_put_range(struct common_rows *r, const struct config *c, const struct addr *host);
void common_rolled_back(struct common_rows *r); /* rows written since the last commit may be gone */
bool common_put_gap(struct common_rows *r, int64_t since, int64_t until, const char *cause, int64_t missing);
bool common_put_journal(struct common_rows *r, int64_t at, const char *what, const char *text);
/* The oldest minute of `attempt`, and the oldest hour of `hour`; false if there is none. */
bool common_oldest_minute(struct common_rows *r, int64_t *minute);
bool common_oldest_hour(struct common_rows *r, int64_t *hour);
/* The start of the older of both, in microseconds; false if the database is empty. */
bool common_oldest(struct common_rows *r, int64_t *when);

#endif
