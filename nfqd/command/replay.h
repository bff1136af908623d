/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: a capture file -> a wire.db in a temporary folder, by running pcapmon. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/options.h"

struct replay {
	char *folder, *database;
	int64_t since, until; /* the capture's */
	int status;           /* exit status for what was read: 0, or 1 if the capture is damaged */
	void *signals;        /* what was blocked before */
};

/* Runs pcapmon (beside our own program, or from the system's folders) with the configuration, if not NULL, or the
 * prefixes of lan. What goes wrong is logged. False if there is nothing to read. SIGINT, SIGTERM and SIGHUP wait until
 * replay_end, which removes the folder and is called in either case. */
bool replay_begin(struct replay *r, const char *capture, const char *config, const struct prefix_list *lan);
void replay_end(struct replay *r);

#endif
