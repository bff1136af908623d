/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: the supervisor from its start to its end. */
#ifndef SUPERVISE_RUN_H
#define SUPERVISE_RUN_H

#include <stdbool.h>

/* Runs nfqd by the configuration in `path` until SIGTERM or SIGINT. With `remove_on_exit` the kernel rules are removed
 * at the end. Returns the exit status: 0; 1 if they could not be removed; 2 if the configuration has errors. Ends the
 * program if it cannot start. */
int supervise(const char *path, bool remove_on_exit);

#endif
