/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_schema: private to lib/store. The schema in a file: whose it is, its version, and that it is ours word for
 * word. Functions that can fail put the reason into `why`. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store.h"

#define SCHEMA_NAME 32

/* Copies the file's own schema name; "" for a new file. False: not a database of nfqd. */
bool schema_name(struct store *s, char name[SCHEMA_NAME], char *why, size_t why_size);
/* True if the schema in the file has the program's version, without which one who may not write cannot read it. */
bool schema_is_current(struct store *s, const struct schema *schema, char *why, size_t why_size);
/* Runs the steps from the version in the file to the program's. */
bool schema_bring_up(struct store *s, const struct schema *schema, char *why, size_t why_size);

#endif
