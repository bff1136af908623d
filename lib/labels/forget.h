/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forget: deletes the states, labels and steps of hosts of which no row is left, in steps. */
#ifndef FORGET_H
#define FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/store/store.h"

/* The key behind which the rows of a table continue: of an address, or of who is judged. */
struct forget_place {
	uint8_t bytes[17];
	size_t size;
};

struct forget {
	struct store *store;
	struct statement *last_who, *last_host, *whos[4], *hosts;
	struct forget_place who, host; /* where `judged` and `judged_host` continue */
	bool whos_left, hosts_left;
	int64_t before; /* the time of the last row */
};

bool forget_prepare(struct forget *f, struct store *store); /* false: see store_error */
/* A step, in a transaction; the first takes hosts not seen since `oldest` (microseconds). *more: there is more to do.
 * False: the store failed, and the next step begins again. */
bool forget_step(struct forget *f, int64_t oldest, bool *more);
bool forget_underway(const struct forget *f);

#endif
