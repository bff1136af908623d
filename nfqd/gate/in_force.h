/* SPDX-License-Identifier: GPL-3.0-or-later */
/* in_force: the policy in force in a gate. The supervisor passes it as a memory file, which is mapped read-only, so
 * that a new policy needs no allocation and no path. */
#ifndef IN_FORCE_H
#define IN_FORCE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/policy/policy.h"

struct in_force {
	const struct policy *policy, *before; /* before: NULL if it is the first */
	size_t size, size_before;             /* bytes */
};

/* Maps the memory behind a descriptor, which stays the caller's; the current policy becomes `before`. False with errno
 * set: nothing has changed. */
bool in_force_map(struct in_force *f, int fd);
/* Reads a new policy off the channel to the supervisor (gate.h) and answers. False: the supervisor is gone. */
bool in_force_read(struct in_force *f, int channel);

#endif
