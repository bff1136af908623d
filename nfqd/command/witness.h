/* SPDX-License-Identifier: GPL-3.0-or-later */
/* witness: the state of pcapmon, as recorded in wire.db, for `nfqd status`. */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdint.h>

#include <jansson.h>

/* The state of the current or the latest live run that writes directory/wire.db. JSON null if there is no such file or
 * no live run has written it; an object with the text "error" if it cannot be read. Owned by the caller. */
json_t *witness_look(const char *directory, int64_t now);
/* Prints that state as text. */
void witness_print(const json_t *o);

#endif
