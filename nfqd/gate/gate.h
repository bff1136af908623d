/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate: the verdict loop. A process of its own that, once started, opens no file, allocates nothing, and waits only for
 * packets and new policies. */
#ifndef GATE_H
#define GATE_H

#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

/* The start parameters of a gate. */
struct gate_setup {
	const struct config *config;
	struct shared *shared;
	unsigned number; /* which of its gates, the first being 0 */
	int policy_fd;   /* memory with the policy's block */
	int channel;     /* to the supervisor: see below */
};

/* Over the channel, one byte each way. The supervisor sends 'p' with a descriptor of new policy memory; the gate
 * answers 'r' once when its queues are bound, and 'p' each time a policy is in force. */
#define GATE_READY 'r'
#define GATE_POLICY 'p'

/* Runs until SIGTERM; the process's exit status. */
int gate_main(const struct gate_setup *setup);

/* Memory with a copy of the policy, for policy_fd or the channel. -1 with errno set. */
int gate_policy_memory(const struct policy *p);

#endif
