/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learned: the names of destinations that pcapmon learned, for the rows of a gate.
 *
 * They are looked up row by row when rows are judged, so it does not matter which of the two was written first. The
 * files may be damaged or hostile: what cannot be read is no name, and a row without a name counts as its network. */
#ifndef LEARNED_H
#define LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/judge/judge.h"
#include "lib/store/store.h"

/* The clocks of the two programs' rows: an opening this close to the border of a minute may be in the next one's row.
 */
#define LEARNED_APART (INT64_C(2) * 1000000)

struct learned;

struct learned *learned_new(void);    /* without names; NULL if memory is short */
void learned_free(struct learned *l); /* accepts NULL; before the databases are closed */
/* Adds a wire.db, unless no destination has a name there in the minutes from `from` to `end` (excluded). False: see its
 * store_error, or memory is short. */
bool learned_add(struct learned *l, struct store *wire, int64_t from, int64_t end);
bool learned_none(const struct learned *l); /* no database has a name */
/* The name of the row's destination for the host. If several databases differ, one of their names, always the same. */
struct naming learned_find(struct learned *l, const struct addr *host, const struct judge_row *row, int64_t minute);
/* Two columns of a row; a damaged one, with any other number, has no name. */
struct naming learned_naming(int64_t hash, int64_t naming);

#endif
