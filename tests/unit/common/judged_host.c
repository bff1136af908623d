/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/judged_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>

#include "lib/judge/words.h"
#include "tests/unit/common/lives.h"

struct judge *judged_host;

int
judged_host_begin(void **state)
{
	(void)state;
	judged_host = judge_new(&judge_defaults, NULL, NULL);
	return judged_host == NULL;
}

int
judged_host_end(void **state)
{
	(void)state;
	judge_free(judged_host);
	return 0;
}

void
judged_host_row(const struct judge_row *row)
{
	judge_row(judged_host, row);
}

struct judge_row
judged_host_row_at(int64_t seconds, uint32_t network, uint8_t server)
{
	struct addr to = life_address(network, server, false);

	return life_row(LIFE_BEGIN + seconds * LIFE_SECOND, &to, 25);
}

void
judged_host_try(int64_t seconds, uint32_t network)
{
	struct judge_row row = judged_host_row_at(seconds, network, 1);

	judged_host_row(&row);
}

struct judgement
judged_host_expect(int64_t seconds, enum judge_label label, enum judge_rule rule, enum judge_certainty certainty)
{
	struct judgement v = judge_verdict(judged_host, LIFE_BEGIN + seconds * LIFE_SECOND);
	struct judge_words w;
	char advice[JUDGE_ADVICE];

	judge_reasons(&v, &w);
	if (v.label != label || v.rule != rule || v.certainty != certainty)
		fail_msg("expected %s by rule %d, certainty %d, got %s by rule %d, certainty %d: %s",
		         judge_label_name(label), (int)rule, (int)certainty, judge_label_name(v.label), (int)v.rule,
		         (int)v.certainty, w.count > 0 ? w.text[0] : "");
	assert_in_range(w.count, 1, JUDGE_SENTENCES);
	for (size_t i = 0; i < w.count; i++) {
		bool number = false;

		for (const char *c = w.text[i]; *c != '\0'; c++)
			number |= isdigit((unsigned char)*c) != 0;
		if (!number)
			fail_msg("a reason without a number: %s", w.text[i]);
	}
	assert_int_equal(judge_advice(&v, advice) == NULL, label == LABEL_UNKNOWN || label == LABEL_LISTED);
	return v;
}
