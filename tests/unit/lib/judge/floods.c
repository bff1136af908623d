/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_label: hosts of which SYNs are known that were only counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/judged_host.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/judge.h"
#include "lib/judge/words.h"

/* So many SYNs were only counted in a second. */
static void
count_at(int64_t seconds, uint64_t syns)
{
	struct judge_row row = {.first = LIFE_BEGIN + seconds * LIFE_SECOND,
	                        .last = LIFE_BEGIN + seconds * LIFE_SECOND,
	                        .port = 25,
	                        .answer = JUDGE_SILENCE,
	                        .syns = syns};

	judged_host_row(&row);
}

/* A flood of which nothing but SYNs is known is named, by a reason that calls them so; where more is known, that
 * decides. */
static void
floods(void **state)
{
	struct judgement v;
	struct judge_words w;

	(void)state;
	count_at(-40, 299); /* LIFE_BEGIN is 20 seconds into a minute */
	count_at(-10, 299);
	v = judged_host_expect(60, LABEL_UNKNOWN, RULE_TOO_LITTLE, CERTAINTY_NONE);
	judge_reasons(&v, &w);
	assert_string_equal(w.text[0], "at most 299 SYNs in a minute, only counted (threshold: 300): unknown");
	assert_int_equal(v.attempts + v.contacts + v.addresses + v.networks, 0);
	count_at(50, 100);
	count_at(60, 100);
	count_at(70, 100);
	v = judged_host_expect(120, LABEL_SCANNER, RULE_FLOOD, CERTAINTY_PROVISIONAL);
	judge_reasons(&v, &w);
	assert_string_equal(w.text[0], "up to 300 SYNs in a minute, only counted (threshold: 300): scanner");
	assert_int_equal(v.attempts, 0);
	for (uint32_t n = 0; n < 12; n++)
		judged_host_try(130 + n * 5, n);
	v = judged_host_expect(200, LABEL_ZOMBIE, RULE_FANOUT, CERTAINTY_PROVISIONAL);
	assert_int_equal(v.attempts, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(floods, judged_host_begin, judged_host_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
