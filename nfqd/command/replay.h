/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: runs pcapmon on a capture file, which writes a wire.db in a temporary folder. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/options.h"

struct replay {
	char *folder, *database;
	int64_t since, until; /* of the capture, microseconds */
	int status;           /* exit status for what was read: 0, or 1 if the capture is damaged */
	void *signals;        /* signal mask to restore */
};

/* Runs pcapmon (from the folder of our own program, or else through PATH) with the configuration, if not NULL, or the
 * prefixes of `lan`. Logs errors. False if there is nothing to read. SIGINT, SIGTERM and SIGHUP are blocked until
 * replay_end, which removes the folder and must be called in either case. */
bool replay_begin(struct replay *r, const char *capture, const char *config, const struct prefix_list *lan);
void replay_end(struct replay *r);

#endif
