/* SPDX-License-Identifier: GPL-3.0-or-later */
/* children: starts and stops the gates and the recorder. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/steady.h"
#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

enum child_kind { CHILD_GATE, CHILD_RECORDER };

struct child {
	enum child_kind kind;
	unsigned number; /* which of the gates, the first being 0 */
	char name[16];   /* "gate", of several "gate 2"; "recorder" */
	pid_t pid;       /* 0: not running */
	int channel;
	int64_t since;       /* wall time of the start */
	struct steady began; /* the same moment */
	int64_t died;        /* wall time of the last end; 0: never */
	int64_t worked;      /* wall time at which that life is last known to have worked */
	int status;          /* of wait(2), for the last end */
	unsigned restarts;
	struct steady restart_at; /* when to start it again, if it is not running */
	/* of a gate */
	uint64_t turns; /* of its loop, when their number last changed */
	int64_t silent; /* microseconds since then */
};

/* The child before its first start. */
struct child child_new(enum child_kind kind, unsigned number, const struct config *c);
/* Forks, and waits until the child is ready. False: it did not become ready, which was logged. */
bool child_start(struct child *ch, const struct config *c, struct shared *shared);
/* SIGTERM, and after 5 s SIGKILL. */
void child_stop(struct child *ch);
/* Sends the gate a new policy and waits until it is in force. */
bool child_send_policy(struct child *gate, const struct policy *p);
/* "was killed by signal 9 (Killed)" or "left with status 1". */
const char *child_exit_text(const struct child *ch, char *buf, size_t size);

#endif
