/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lost: handles a database file that was deleted, replaced or damaged, before or while it was open, and describes it in
 * words. The writer continues with a new file; a file that is no database is kept under another name. */
#ifndef LOST_H
#define LOST_H

#include "store.h"

/* Call before store_open: sets aside a file that is no database; `what` describes that, or is "". Nothing in this
 * process may have the file open. False: it cannot be set aside; the reason is in `what`. */
bool lost_make_room(const char *path, int64_t now, char *what, size_t size);
/* Closes a store whose file is lost and sets aside the file at its path if that is no database; `what` describes the
 * loss, or is "". Afterwards store_open opens the file at the path, or creates one. False: the file there cannot be set
 * aside; the reason is in `what`. */
bool lost_leave(struct store *s, const char *path, enum store_fate fate, int64_t now, char *what, size_t size);

#endif
