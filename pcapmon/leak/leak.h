/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leak: the policy's verdict about an opening, and the line that is logged when a refused one was established. */
#ifndef LEAK_H
#define LEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/count/attempts.h"
#include "lib/config/config.h"
#include "in_force.h"
#include "translation.h"

struct leak;

/* The configuration and the translation (or NULL: where NAT leads connections is not known) stay the caller's. NULL if
 * memory is short. */
struct leak *leak_new(const struct config *config, struct translation *translation, uint64_t seed);
void leak_free(struct leak *l);                                /* accepts NULL */
void leak_policy(struct leak *l, const struct config *config); /* from now on, unless a gate publishes its own */
struct in_force *leak_in_force(struct leak *l);                /* to follow such a gate */
/* The verdict of the policy, if this port is enforced. */
bool leak_judged(const struct leak *l, const struct flow *f, int64_t when, struct decision *out);
/* Alarms that are logged once for each host and minute. True: it is due, and counts as logged. */
enum alarm { ALARM_LEAK, ALARM_TRICK, ALARM_DECOYS };
bool leak_alarm_due(struct leak *l, const struct addr *host, enum alarm kind, int64_t when);
/* An opening was established. True if it is a leak: the policy refuses it, by where it ends if NAT of this machine has
 * led it elsewhere. Unless `quiet` it is logged, once for each host and minute, and kept for leak_causes. */
bool leak_established(struct leak *l, const struct flow *f, int64_t when, bool quiet);
/* The same of a connection without an opening of the host's: only a server's answers to it were captured. */
bool leak_answered(struct leak *l, const struct flow *f, int64_t when, bool quiet);
/* For each leak that was logged LEAK_PATIENCE ago (so that the gate has flushed its log), finds the likely cause in
 * directory/gate.db, logs it and passes it to `found`. Live captures only, once a second. */
#define LEAK_PATIENCE (INT64_C(3) * 1000000) /* microseconds */
void leak_causes(struct leak *l, const char *directory, int64_t now,
                 void (*found)(void *arg, const struct addr *host, int64_t when, const char *cause), void *arg);

#endif
