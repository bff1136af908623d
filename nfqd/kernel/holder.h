/* SPDX-License-Identifier: GPL-3.0-or-later */
/* holder: which program has bound a netfilter queue, or the NFLOG group, of ours. Reads /proc alone. */
#ifndef HOLDER_H
#define HOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/process.h"
#include "lib/config/config.h"

#define HOLDER_TEXT 128

struct holder {
	bool group;              /* of the NFLOG group, not of a queue */
	uint16_t number;         /* of the queue or group */
	uint32_t port;           /* netlink port */
	pid_t pid;               /* 0: not known, as for a program in a container */
	char name[PROCESS_NAME]; /* as the kernel names the process; "" with pid 0 */
};

/* The holder of a queue of this gate (from 0), or of the NFLOG group of the first gate. False: nobody holds one. */
bool holder_of_gate(const struct config *c, unsigned gate, struct holder *out);
/* The holder of a queue of any gate, or of the NFLOG group. False: nobody holds one. */
bool holder_of_any(const struct config *c, struct holder *out);
/* By its name, another nfqd. */
bool holder_is_nfqd(const struct holder *h);
/* "queue 26 belongs to another program (python3, pid 4711)", for a terminal. Returns out. */
const char *holder_print(const struct holder *h, char out[HOLDER_TEXT]);

#endif
