/* SPDX-License-Identifier: GPL-3.0-or-later */
/* known_hosts: the state of one host as the judge would know it, made directly: rows that lead to exactly one
 * condition, and to no other, would hide the condition under test. */
#ifndef KNOWN_HOSTS_H
#define KNOWN_HOSTS_H

#include <stdint.h>

#include "lib/judge/state.h"
#include "tests/unit/common/lives.h"

#define TICK(seconds) ((seconds) * (uint32_t)JUDGE_TICKS)
#define NOW TICK(10 * 3600)

extern struct judge_bounds known_bounds;
extern struct judge_wide known_wide;
extern struct judge_host known_host;

/* Ten hours old, crossed in the first; of its networks so many are old enough to have been tried again, every fourth of
 * which was, and the others almost. No rule holds but that of a zombie, not even the one about a single burst. */
void known_zombie(uint32_t networks, uint32_t aged);
/* `revisited` of the old networks were retried, `clean` of these like a mail server. */
void known_return(uint32_t revisited, uint32_t clean);
/* Not crossed, and not on the way there. */
void known_fixed(uint32_t networks, uint32_t aged);
/* `regular` networks contacted every `period` ticks. */
void known_rhythm(uint32_t networks, uint32_t regular, uint32_t period);
/* Of `tried` attempts, `stepped` are fail-over. */
void known_steps(uint32_t tried, uint32_t stepped);
void known_patient(uint32_t networks, uint32_t aged, uint32_t revisited, uint32_t clean);
struct judgement known_verdict(void);
void known_expect(int line, enum judge_label label, enum judge_rule rule, enum judge_certainty certainty);
/* A host that has just contacted `networks` networks. */
void known_contacts(uint32_t networks);

#define expect(label, rule, certainty) known_expect(__LINE__, LABEL_##label, RULE_##rule, CERTAINTY_##certainty)
#define expect_zombie() expect(ZOMBIE, FANOUT, CONFIRMED)

#endif
