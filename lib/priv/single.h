/* SPDX-License-Identifier: GPL-3.0-or-later */
/* single: one writer. A second program with the same rules, queues or database is refused before it has changed
 * anything. What is taken belongs to the process, not to its children, and ends with it however it ends. */
#ifndef SINGLE_H
#define SINGLE_H

#include <stdbool.h>

/* Takes a name (at most 100 characters) in the network namespace, as rules and queues belong to it: an abstract socket.
 * Fatal, with its pid, if root's program `program` has the name. Anybody may take such a name: one in other hands, or a
 * socket that cannot be made, is a line in the log. */
void single_in_namespace(const char *name, const char *program);
/* Takes the directory for the one writer who holds `file`, which is made in it, and then does what
 * priv_own_directory(directory, user) does, and returns what that returns. Fatal, with its pid, if another process holds
 * the file; with `root_alone` only one of root's counts, since `user` can hold it, too. A file that cannot be made or
 * locked is a line in the log. */
bool single_in_directory(const char *directory, const char *file, const char *user, bool root_alone);

#endif
