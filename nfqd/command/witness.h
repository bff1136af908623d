/* SPDX-License-Identifier: GPL-3.0-or-later */
/* witness: what pcapmon says of itself in wire.db, for `nfqd status`. */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdint.h>

#include <jansson.h>

/* The state of the live run that writes, or wrote last, directory/wire.db. Null if there is no such file or it has seen
 * no live run; with a text as "error" if it cannot be read. The caller's to release. */
json_t *witness_look(const char *directory, int64_t now);
/* The same in words. */
void witness_print(const json_t *o);

#endif
