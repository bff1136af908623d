/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heads: the sixty minutes of an hour, each in the order of its hosts, read side by side. */
#ifndef HEADS_H
#define HEADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/store/store.h"

#define HEADS 60

/* Where the hosts of an hour continue: at or after these bytes; size 0: at the first. */
struct heads_place {
	uint8_t bytes[ADDR_AFTER];
	size_t size;
};

struct heads {
	/* A minute of the hour, and the host its next row is of. */
	struct head {
		struct statement *rows;
		bool there;
		struct addr host;
	} head[HEADS];
};

/* Prepares all, unless they are: `sql` has the host in column ROW_HOST, for minute ?1, from host ?2 on, ordered by host.
 * Sixty statements are a third of the cost of opening a database, so this is left until an hour needs them. */
bool heads_prepare(struct heads *h, struct store *store, const char *sql);
/* Goes to the first rows of the hour at or after the place; heads_close in any case. False: see store_error. */
bool heads_open(struct heads *h, int64_t hour, const struct heads_place *from);
void heads_close(struct heads *h);
bool head_next(struct head *h);
/* The lowest host of all heads; NULL: the hour is at its end. Valid until the next call of head_next. */
const struct addr *heads_lowest(const struct heads *h);

#endif
