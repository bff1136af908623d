/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_guard: private to lib/store. A database may come from anywhere: what SQLite opens are regular files, nothing in
 * them runs, and values and work have limits. */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "store.h"

/* Before the first database of the process is opened. */
void guard_files(void);
/* False, with the reason in `why`: at the path, or under the names of its logs, lies something that is no regular file,
 * as a link or a FIFO. What is missing is fine. */
bool guard_path(const char *path, char *why, size_t why_size);
/* Forbids what a database of ours has no use for, and limits the size of values, and by that of
 * the file the work of reading it. */
void guard_connection(struct store *s);
void guard_no_work(struct store *s); /* a writer's: its work has no limit */
/* True: the limit was reached, and the statement that was interrupted failed. */
bool guard_exceeded(const struct store *s);

#endif
