/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cause: the likely reason why a refused opening was established, from gate.db, without any privilege. */
#ifndef CAUSE_H
#define CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/count/attempts.h"

#define CAUSE_TEXT 200

struct leaked {
	struct flow flow;
	int64_t when;
	bool followed; /* where it ends is known: NAT of this machine has led it nowhere that the policy allows */
	bool answered; /* no opening of the host's was captured, only answers to it */
};

/* The likeliest cause of a leak, from directory/gate.db. Call it some seconds after the leak, so that the gate has
 * flushed its log by `now`. Returns out. */
const char *cause_find(const char *directory, const struct leaked *l, int64_t now, char out[CAUSE_TEXT]);

#endif
