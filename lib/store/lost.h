/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lost: a database file that somebody deleted, replaced or damaged, while it was open or before, and in words what
 * became of it. Whoever writes to it goes on with a new one; what is no database is kept beside that. */
#ifndef LOST_H
#define LOST_H

#include "store.h"

/* Before store_open: sets aside a file that is no database, and tells that in `what`; "" if there is none. Nothing in
 * this process may have it open. False: it cannot be set aside, which `what` tells. */
bool lost_make_room(const char *path, int64_t now, char *what, size_t size);
/* Closes a store whose file is not kept, sets aside what lies at its path if that is no database, and tells in `what`
 * what happened: "" if nothing is lost. Then store_open opens what is there, or makes a new one. False: what lies
 * there cannot be set aside, which `what` tells, too. */
bool lost_leave(struct store *s, const char *path, enum store_fate fate, int64_t now, char *what, size_t size);

#endif
