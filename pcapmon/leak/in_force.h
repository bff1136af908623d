/* SPDX-License-Identifier: GPL-3.0-or-later */
/* in_force: the policies that the gate has had in force, the last of them and those that it followed a moment ago. The
 * gate of this machine publishes its own (lib/config/published.h); where there is none, the caller's configuration
 * counts, as that of a gate elsewhere. */
#ifndef IN_FORCE_H
#define IN_FORCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/count/attempts.h"

struct in_force;

/* `own` stays the caller's, and may be NULL: then nothing is refused. NULL if memory is short. */
struct in_force *in_force_new(const struct config *own);
void in_force_free(struct in_force *f); /* accepts NULL */
void in_force_own(struct in_force *f, const struct config *own);
/* From now on the policies of the gate count that leaves them in this file. It need not be there yet. */
void in_force_follow(struct in_force *f, const char *path);
/* Looks for a new policy: once a second, and before a leak is stated. */
void in_force_look(struct in_force *f);
/* Frees the policies that are over, but not the last. Call now and then; what in_force_now has returned may be gone. */
void in_force_forget(struct in_force *f);
/* The configuration in force; the caller's own, if no gate has published one. */
const struct config *in_force_now(const struct in_force *f);
/* The number of policies that were taken from the gate so far. */
unsigned in_force_taken(const struct in_force *f);
/* The verdict of the policy in force, if the port is enforced. */
bool in_force_judged(const struct in_force *f, const struct flow *flow, int64_t when, struct decision *out);
/* True, with the verdict of the last policy, if the gate had to refuse a connection outside that was established at
 * `when`: no policy that can have been in force when it was opened lets it pass. */
bool in_force_refused(const struct in_force *f, const struct flow *flow, int64_t when, struct decision *out);

#endif
