/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/known_hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct judge_bounds known_bounds;
struct judge_wide known_wide;
struct judge_host known_host;

void
known_zombie(uint32_t networks, uint32_t aged)
{
	known_bounds = judge_bounds_of(&judge_defaults);
	known_wide = (struct judge_wide){0};
	known_host = (struct judge_host){.begun = 1,
	                                 .crossed = JUDGE_BY_WALK,
	                                 .base = LIFE_BEGIN,
	                                 .first = LIFE_BEGIN,
	                                 .last = LIFE_BEGIN + 10 * LIFE_HOUR,
	                                 .wide = &known_wide,
	                                 .score = 14,
	                                 .crossed_at = TICK(3600),
	                                 .attempts = networks,
	                                 .contacts = networks,
	                                 .fresh = networks};
	for (uint32_t n = 0; n < networks; n++)
		known_wide.networks[n] = (struct judge_network){
		        .id = (n + UINT64_C(1)) << 2 | JUDGE_OF_NETWORK, .first = NOW - JUDGE_AGED + (n < aged ? 0 : 1), .last = NOW, .contacts = 1};
	for (uint32_t n = 0; n < (aged + 3) / 4; n++)
		known_wide.networks[n].prompt = known_wide.networks[n].brief_late = 1;
}

void
known_return(uint32_t revisited, uint32_t clean)
{
	for (uint32_t n = 0; n < revisited; n++) {
		known_wide.networks[n].prompt = 1;
		known_wide.networks[n].brief_late = n >= clean;
	}
}

void
known_fixed(uint32_t networks, uint32_t aged)
{
	known_zombie(networks, aged);
	known_host.crossed = JUDGE_BELOW;
	known_host.score = 0;
}

void
known_rhythm(uint32_t networks, uint32_t regular, uint32_t period)
{
	known_zombie(networks, 0);
	for (uint32_t n = 0; n < regular; n++) {
		known_wide.networks[n].gaps = 3;
		known_wide.networks[n].alike = 2;
		known_wide.networks[n].gap = period;
	}
}

void
known_patient(uint32_t networks, uint32_t aged, uint32_t revisited, uint32_t clean)
{
	known_zombie(networks, aged);
	known_return(revisited, clean);
	known_host.contacts = 10 * networks;
}

void
known_steps(uint32_t tried, uint32_t stepped)
{
	known_wide.steps.tried = tried;
	known_wide.steps.stepped = stepped;
}

struct judgement
known_verdict(void)
{
	return judge_verdict_of(&known_bounds, &known_host, LIFE_BEGIN + 10 * LIFE_HOUR);
}

void
known_expect(int line, enum judge_label label, enum judge_rule rule, enum judge_certainty certainty)
{
	struct judgement v = known_verdict();

	if (v.label != label || v.rule != rule || v.certainty != certainty)
		fail_msg("line %d: expected %s by rule %d, certainty %d, got %s by rule %d, certainty %d", line,
		         judge_label_name(label), (int)rule, (int)certainty, judge_label_name(v.label), (int)v.rule,
		         (int)v.certainty);
}

void
known_contacts(uint32_t networks)
{
	known_wide = (struct judge_wide){0};
	known_host = (struct judge_host){.begun = JUDGE_BEGUN | JUDGE_BEGUN_OPEN,
	                                 .base = LIFE_BEGIN,
	                                 .wide = &known_wide,
	                                 .contacts = networks};
	for (uint32_t n = 0; n < networks; n++)
		known_wide.networks[n] = (struct judge_network){.id = (n + UINT64_C(1)) << 2 | JUDGE_OF_NETWORK, .first = NOW, .last = NOW, .contacts = 1};
}
