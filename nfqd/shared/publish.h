/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publish: leaves the policy in force beside the control socket, for pcapmon (lib/config/published.h). Only in a folder
 * that belongs to root alone; readable by root and the group of the configured user. */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdint.h>

#include "lib/config/config.h"

/* Call before the kernel gets the policy, so that who sees its first effect finds it; `since`: now. Replaces what an
 * earlier call has left. What fails is a line in the log: pcapmon then goes by its own configuration. */
void publish_policy(const struct config *c, int64_t since);
/* Everything has the policy now: until here the one before may have let openings pass. */
void publish_settled(const struct config *c);
/* The rules are gone. */
void publish_nothing(const struct config *c);

#endif
