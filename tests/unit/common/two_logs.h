/* SPDX-License-Identifier: GPL-3.0-or-later */
/* two_logs: a gate.db and a wire.db with rows at random, for the tests of sealed hours. Failures fail the test. */
#ifndef TWO_LOGS_H
#define TWO_LOGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/when.h"
#include "lib/config/config.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "nfqd/record/gate_rows.h"
#include "pcapmon/record/wire_rows.h"
#include "tests/unit/common/scratch.h"

#define LOGS_START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define LOGS_HOURS 5
#define LOGS_END (LOGS_START + LOGS_HOURS * HOUR)
#define LOGS_LATER (LOGS_END + DAY) /* when all of it is over */

struct two_logs {
	struct scratch scratch;
	struct config config;
	struct gate_rows *gate;
	struct wire_rows *wire;
	struct minutes *minutes;
	struct devices *devices;
};

int two_logs_setup(void **state);
int two_logs_teardown(void **state);
uint32_t two_logs_random(uint32_t n); /* below n */
bool two_logs_put_gate(struct two_logs *p);
/* Random events in [from, to), in either log. */
struct minute_row *two_logs_row(struct two_logs *p, int64_t from, int64_t to, bool gate);
void two_logs_fill_gate(struct two_logs *p, int count, int64_t from, int64_t to);
/* Some outcomes are taken back, even in a minute that has none: less than nothing. */
void two_logs_fill_wire(struct two_logs *p, int count, int64_t from, int64_t to);
void two_logs_seal(struct two_logs *p, int64_t now);
void two_logs_prune(struct two_logs *p, int64_t now); /* a whole round, both */

#endif
