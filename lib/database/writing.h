/* SPDX-License-Identifier: GPL-3.0-or-later */
/* writing: a mark in the main file of a database while it is written (`writing` in its table meta). Most of what is new
 * is then in the write-ahead log; a copy without that is old, and would look complete. */
#ifndef WRITING_H
#define WRITING_H

#include <stdbool.h>

#include "lib/store/store.h"

/* Sets it, in the main file and on the disk. False: not yet, for a reader or an error. */
bool writing_begin(struct store *s);
/* All is written. */
void writing_end(struct store *s);
/* The file is marked and has no log: it is a copy, or its log was deleted. */
bool writing_cut(struct store *s);

#endif
