/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire_log: an empty wire.db with its writer and tables. Failures fail the test. */
#ifndef WIRE_LOG_H
#define WIRE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/when.h"
#include "lib/config/config.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "pcapmon/record/wire_rows.h"
#include "tests/unit/common/scratch.h"

#define WIRE_LOG_START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */

struct wire_log {
	struct scratch scratch;
	struct config *config;
	struct wire_rows *rows;
	struct minutes *minutes;
	struct devices *devices;
};

int wire_log_setup(void **state);
int wire_log_teardown(void **state);
/* Counts one attempt of 10.1.0.`host` to 203.0.`destination`. */
void wire_log_attempt(struct wire_log *p, int64_t when, uint8_t host, uint16_t destination);
bool wire_log_write(struct wire_log *p);
void wire_log_prune(struct wire_log *p, int64_t now); /* a whole round */

#endif
