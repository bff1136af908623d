/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stage: a recorder as a process of its own, between spools that a test fills and a database that it reads. Failures fail
 * the test. */
#ifndef STAGE_H
#define STAGE_H

#include <stdint.h>

#include "lib/config/config.h"
#include "nfqd/shared/shared.h"

#define STAGE_ROOM 256 /* records of a spool */

struct stage {
	struct shared shared;
	struct config config;
	char directory[64];
};

void stage_set(struct stage *s); /* two gates, a new directory */
void stage_strike(struct stage *s);
void stage_record(struct stage *s);                       /* a whole run of a recorder: it writes all events and ends */
int64_t stage_ask(const struct stage *s, const char *sql); /* a number of gate.db */
/* An opening of 10.0.0.1 to port 25 of 192.0.2.destination. */
void stage_put_event(struct stage *s, unsigned gate, uint32_t isn, int64_t when, uint8_t destination);
/* Notes of the supervisor's: its start, and the rules that it has made (a hash). */
void stage_put_start(struct stage *s, int64_t since, int64_t counted, int64_t rules);
void stage_put_rules(struct stage *s, int64_t rules);

#endif
