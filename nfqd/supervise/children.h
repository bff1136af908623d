/* SPDX-License-Identifier: GPL-3.0-or-later */
/* children: the gates and the recorder as the supervisor sees them: start, stop, notice death, start again. */
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
	int64_t since;       /* of this life */
	struct steady began; /* the same moment */
	int64_t died;        /* of the last one; 0: never */
	int64_t worked;      /* when the last one last showed that it did */
	int status;          /* of wait(2), of the last one */
	unsigned restarts;
	struct steady again; /* when to start it again, if it is not running */
	/* a gate's signs of life */
	uint64_t turns; /* of its loop, when they last were other than before */
	int64_t silent; /* microseconds since */
};

/* The child before its first start. */
struct child child_new(enum child_kind kind, unsigned number, const struct config *c);
/* Forks, and waits until the child is ready. False: it did not become ready; it has said why. */
bool child_start(struct child *ch, const struct config *c, struct shared *shared);
/* Asks it to end, waits up to 5 s, then ends it. */
void child_stop(struct child *ch);
/* Gives the gate a new policy and waits until it is in force. */
bool child_send_policy(struct child *gate, const struct policy *p);
/* "was killed by signal 9 (Killed)" or "left with status 1". */
const char *child_fate(const struct child *ch, char *buf, size_t size);

#endif
