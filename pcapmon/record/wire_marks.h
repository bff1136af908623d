/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_marks: the table capture of wire.db: how far each capture file was counted. Functions return false on an error:
 * see store_error(). */
#ifndef WIRE_MARKS_H
#define WIRE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/store/store.h"

/* The position up to which a capture file was counted; all hashes are the caller's. */
struct wire_mark {
	uint64_t opening; /* names the capture */
	uint64_t packets, digest, scope;
};

struct wire_marks {
	struct statement *get, *set;
	struct wire_mark mark; /* packets 0: none to be written */
};

bool wire_marks_prepare(struct wire_marks *m, struct store *s);
/* 1: it is in *out; 0: there is none; -1: an error. */
int wire_marks_find(struct wire_marks *m, uint64_t opening, struct wire_mark *out);
bool wire_marks_put(struct wire_marks *m); /* writes m->mark */

#endif
