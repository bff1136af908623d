/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sealed_reports: compares reports from sealed hours with those from minutes. Differences fail the test. */
#ifndef SEALED_REPORTS_H
#define SEALED_REPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/common/two_logs.h"

/* Compares the report of a period in all ways; returns how many rows were of sealed hours. */
size_t sealed_compare(const char *const *files, size_t count, int64_t since, int64_t until);
/* The same for `count` random periods of both logs, some of which must have sealed hours. */
void sealed_compare_periods(const struct two_logs *p, int count);
/* Reads a report of everything in a database. False with the reason in `why`. */
bool sealed_read_one(const char *file, char *why, size_t why_size);

#endif
