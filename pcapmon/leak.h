/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leak: what the policy says about an opening, and the line that is logged when one got past it. */
#ifndef LEAK_H
#define LEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "attempts.h"
#include "config.h"

struct leak;

/* The configuration (or NULL) stays the caller's. NULL if memory is short. */
struct leak *leak_new(const struct config *config, uint64_t seed);
void leak_free(struct leak *l); /* accepts NULL */
/* The verdict of the policy, if it speaks about this port. */
bool leak_judged(const struct leak *l, const struct flow *f, int64_t when, struct decision *out);
/* Once for each host and minute. */
void leak_log(struct leak *l, const struct flow *f, const struct decision *d, int64_t when);

#endif
