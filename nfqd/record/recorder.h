/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder: writes events as rows to gate.db, in one transaction a tick. A process of its own without capabilities. */
#ifndef RECORDER_H
#define RECORDER_H

#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

struct recorder_setup {
	const struct config *config;
	struct shared *shared;
	int channel; /* to the supervisor, which gets the byte RECORDER_READY when the database is open */
};

#define RECORDER_READY 'r'

/* Runs until SIGTERM, then records what is left. Returns the process's exit status. */
int recorder_main(const struct recorder_setup *setup);

#endif
