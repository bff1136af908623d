/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_meta: the table meta of wire.db: numbers remembered between runs, and the state of a live run for `nfqd status`.
 * Functions return false on an error: see store_error(). */
#ifndef WIRE_META_H
#define WIRE_META_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/store/store.h"

#define WIRE_RUN_INTERFACES 512

/* A live run, as it is now. */
struct wire_run {
	int64_t since; /* 0: it has ended, as it should */
	uint64_t packets, drops;
	char interfaces[WIRE_RUN_INTERFACES]; /* names; cut off if there are too many */
};

struct wire_meta {
	struct statement *get, *set, *began;
};

bool wire_meta_prepare(struct wire_meta *m, struct store *s);
/* False, too, if there is none. */
bool wire_meta_get(struct wire_meta *m, const char *key, int64_t *value);
int64_t wire_meta_watched(struct wire_meta *m); /* until when the wire was watched; 0: not known */
bool wire_meta_put(struct wire_meta *m, const char *key, int64_t value);
bool wire_meta_put_run(struct wire_meta *m, const struct wire_run *run, int64_t now);

#endif
