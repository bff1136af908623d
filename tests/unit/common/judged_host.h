/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judged_host: a judge of one host, which tests give a life. Failures fail the test. */
#ifndef JUDGED_HOST_H
#define JUDGED_HOST_H

#include <stdint.h>

#include "lib/judge/judge.h"

extern struct judge *judged_host;

int judged_host_begin(void **state);
int judged_host_end(void **state);
void judged_host_row(const struct judge_row *row);
/* `seconds` after the beginning. */
struct judge_row judged_host_row_at(int64_t seconds, uint32_t network, uint8_t server);
void judged_host_try(int64_t seconds, uint32_t network);
/* Of `seconds` after the beginning; each label has a reason, with a number in it, that is not cut. */
struct judgement judged_host_expect(int64_t seconds, enum judge_label label, enum judge_rule rule,
                                    enum judge_certainty certainty);

#endif
