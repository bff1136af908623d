/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate_log: a gate.db with five hours of openings by LOG_HOSTS hosts, for the tests of labels. Failures fail the test.
 */
#ifndef GATE_LOG_H
#define GATE_LOG_H

#include <stdint.h>

#include "lib/config/config.h"
#include "lib/count/devices.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"
#include "nfqd/record/gate_rows.h"
#include "nfqd/report/labels.h"
#include "nfqd/report/hosts.h"
#include "tests/unit/common/scratch.h"

#define LOG_START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define LOG_MINUTES 300
#define LOG_END (LOG_START + LOG_MINUTES * MINUTE)
#define LOG_LATER (LOG_END + DAY)
#define LOG_HOSTS 24
/* Bits of stacks; the second Linux is a router farther. */
#define LINUX (UINT64_C(1) << 9)
#define LINUX_TOO (UINT64_C(1) << 10)
#define WINDOWS (UINT64_C(1) << 5)

struct gate_log {
	struct scratch scratch;
	struct config config;
	struct gate_rows *gate;
	struct minutes *minutes;
	struct devices *devices;
	int64_t until; /* of reports */
};

int gate_log_setup(void **state);
int gate_log_teardown(void **state);
/* Closes the log, executes the statement (or NULL) on its file, and opens it again. */
void gate_log_reopen(struct gate_log *p, const char *sql);
uint32_t gate_log_random(uint32_t n); /* below n */
/* Hosts 0 to 3 of every eight are one device in IPv4 and IPv6 each; 4 stands behind a router, whose address speaks for
 * others from the middle on. */
struct addr gate_log_host(uint32_t n);
void gate_log_device(struct gate_log *p, uint32_t n, int64_t when);
/* One opening: bots go to ever new networks, others to few, some in floods, some that are listed. */
void gate_log_open(struct gate_log *p, uint32_t n, int64_t when);
void gate_log_write(struct gate_log *p);
void gate_log_judge(struct gate_log *p, int64_t now);
void gate_log_prune(struct gate_log *p, int64_t now); /* a whole round */
/* Five hours as the recorder lives through them: rows in parts, judged as time goes by, started again at random. */
void gate_log_live(struct gate_log *p);
/* Everything in the judge's tables, as one text. */
char *gate_log_dump(const struct gate_log *p);
/* The labels of a report: on top of the tables, from the middle on, and again from the start. */
struct report *gate_log_labels(struct gate_log *p, bool again, struct history *evidence, const struct addr *host);
/* A minute's attempt of the host, to a destination of its own, with the timestamp of a clock that began so long before.
 */
void gate_log_open_at(struct gate_log *p, uint32_t n, int64_t minute, int64_t ran);
/* Two dumps are equal, and not nearly empty. */
void gate_log_assert_same(const char *left, const char *right);

#endif
