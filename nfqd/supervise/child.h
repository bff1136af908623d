/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child: a gate or the recorder as a process: its start, its messages, its end. Nothing here waits. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/steady.h"
#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

enum child_kind { CHILD_GATE, CHILD_RECORDER };

enum child_state {
	CHILD_DOWN,     /* `due`: when to start it */
	CHILD_STARTING, /* `due`: when it is killed, if it is not ready by then */
	CHILD_UP,
	CHILD_STOPPING, /* it has SIGTERM; `due`: when it is killed */
};

struct child {
	enum child_kind kind;
	unsigned number; /* which of the gates, the first being 0 */
	char name[16];   /* "gate", of several "gate 2"; "recorder" */
	enum child_state state;
	struct steady due;
	pid_t pid;           /* 0: CHILD_DOWN */
	int channel;         /* -1: closed */
	int64_t since;       /* wall time of the start; 0: never */
	struct steady began; /* the same moment */
	int64_t died;        /* wall time of the last end; 0: never */
	int64_t worked;      /* wall time at which that life is last known to have worked */
	int status;          /* of wait(2), for the last end */
	unsigned restarts;
	unsigned deaths;       /* in a row: none of these lives has lasted */
	bool down_told;        /* the last line in the log about it says that it died */
	struct steady told_at; /* the moment of that line */
	bool hushed;           /* it starts without a word, for the log has its reasons */
	bool planned;          /* its end is: it is started again with another configuration */
	bool renewed;          /* its start follows such an end */
	bool failing;          /* it could not be started, and that was logged */
	/* of a gate: numbers of policies (children.h) */
	unsigned policy_sent, policy_taken, policy_refused;
	struct steady policy_due; /* when a policy that is sent and not taken counts as refused */
	/* of a gate */
	uint64_t turns; /* of its loop, when their number last changed */
	int64_t silent; /* microseconds since then */
};

#define CHILD_MESSAGE 256 /* bytes */

/* The child before its first start. */
struct child child_new(enum child_kind kind, unsigned number, const struct config *c);
/* Forks: the child is CHILD_STARTING until child_ready. A gate begins with the policy of `c`. False: there is no
 * process or memory for it, which was logged the first time; it is due again in a second. */
bool child_start(struct child *ch, const struct config *c, struct shared *shared);
/* Its ready byte has come. */
void child_ready(struct child *ch);
/* SIGTERM, and after 5 s SIGKILL. */
void child_stop(struct child *ch);
/* `due` has passed while it was starting or stopping. */
void child_kill(struct child *ch);
/* True if it has ended: it is CHILD_DOWN now, and `died` and `status` are of this end. */
bool child_reap(struct child *ch);
/* The next message, with a NUL behind it. Returns its size; 0: there is none. */
size_t child_receive(struct child *ch, char message[CHILD_MESSAGE + 1]);
/* False: the gate cannot take a message now, or there is no memory for the policy. */
bool child_send_policy(const struct child *gate, const struct policy *p);
/* "was killed by signal 9 (Killed)" or "left with status 1". */
const char *child_exit_text(const struct child *ch, char *buf, size_t size);

#endif
