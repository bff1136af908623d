/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder: writes events as rows to gate.db, in one transaction a tick. A process of its own without capabilities. */
#ifndef RECORDER_H
#define RECORDER_H

#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

struct recorder_setup {
	const struct config *config;
	struct shared *shared;
	int channel; /* to the supervisor: see below */
};

/* Messages to the supervisor, each with one of these bytes first: it runs, whether it has a database or not; gate.db
 * cannot be opened or written, with the reason as text behind the byte; gate.db works (again). */
#define RECORDER_READY 'r'
#define RECORDER_FAILS 'f'
#define RECORDER_WORKS 'w'
#define RECORDER_MESSAGE 256 /* bytes at most */

/* Runs until SIGTERM, with a database as soon as it can be opened, then records what is left. Returns the process's
 * exit status. */
int recorder_main(const struct recorder_setup *setup);

#endif
