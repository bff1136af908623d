/* SPDX-License-Identifier: GPL-3.0-or-later */
/* context: the data that every part of the supervisor reads. Only start-up and a reload (run.c, supervise.c) write
 * it. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

struct context {
	struct config *config; /* in force */
	enum backend backend;
	struct shared *shared; /* its gate_count is the number of gates */
};

#endif
