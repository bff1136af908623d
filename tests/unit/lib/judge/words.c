/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_words: no sentence is cut, however large its numbers are; names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/judge/words.h"
#include "lib/judge/evidence.h"
#include "lib/judge/judgement.h"

/* All numbers as large as they can be, for each label and rule. */
static void
no_sentence_is_cut(void **state)
{
	struct judge_words w;
	char advice[JUDGE_ADVICE];

	(void)state;
	for (int label = 0; label < LABEL_COUNT; label++)
		for (int rule = 0; rule <= RULE_ASKS_MX; rule++)
			for (int by = 0; by < 2; by++) {
				struct judgement v;

				memset(&v, 0xff, sizeof v);
				v.label = (enum judge_label)label;
				v.rule = (enum judge_rule)rule;
				v.first = 0;
				v.last = v.crossed_at = INT64_C(253402300799) * INT64_C(1000000);
				v.score = v.cross = -99999.9;
				v.period = 99999;
				v.bogons = 32;
				v.kept = 1; /* less than all: a sample */
				v.by_networks = by;
				judge_reasons(&v, &w);
				assert_in_range(w.count, 1, JUDGE_SENTENCES);
				for (size_t i = 0; i < w.count; i++)
					if (strlen(w.text[i]) > JUDGE_SENTENCE - 20)
						fail_msg("too long: %s", w.text[i]);
				if (judge_advice(&v, advice) != NULL && strlen(advice) > JUDGE_ADVICE - 20)
					fail_msg("too long: %s", advice);
			}
}

/* However large the numbers are, nothing is cut off, and there is a number in each sentence. */
static void
no_sentence_of_evidence_is_cut(void **state)
{
	struct judge_evidence e;

	(void)state;
	for (int label = 0; label < LABEL_COUNT; label++)
		for (int shape = 0; shape < 4; shape++) {
			struct judgement v = {
			        .label = (enum judge_label)label, .certainty = CERTAINTY_CONFIRMED, .contacts = 9};
			struct judge_words w = {.count = 0};

			memset(&e, 0xff, sizeof e);
			e.span = INT64_C(253402300799) * 1000000;
			memset(e.name, 'm', sizeof e.name);
			e.name[sizeof e.name - 1] = '\0';
			e.dark = 0;
			e.attempts = UINT64_MAX - 1;
			e.established = 1;
			e.turned_away = UINT64_MAX / 2;
			e.mx = shape % 2 == 0 ? e.mx : 0;
			v.rule = shape / 2 == 0 ? RULE_ONE_NAME : RULE_SERVES;
			v.networks = UINT32_MAX;
			v.crossed_at = 1;
			judge_reasons_evidence(&v, &e, &w);
			assert_true(w.count > 0 || label == LABEL_LISTED || label == LABEL_SCANNER ||
			            label == LABEL_MONITOR);
			for (size_t i = 0; i < w.count; i++) {
				if (strlen(w.text[i]) > JUDGE_SENTENCE - 20)
					fail_msg("too long: %s", w.text[i]);
				assert_non_null(strpbrk(w.text[i], "0123456789"));
			}
		}
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(judge_label_name(LABEL_ZOMBIE), "zombie");
	assert_string_equal(judge_label_name(LABEL_MAIL_SERVER), "mail-server");
	assert_string_equal(judge_label_name((enum judge_label)99), "?");
	assert_null(judge_certainty_name(CERTAINTY_NONE));
	assert_string_equal(judge_certainty_name(CERTAINTY_CONFIRMED), "confirmed");
}

/* Other devices behind the address use smart hosts; a bot that knows nothing but names is alone. */
static void
advice_for_a_branch(void **state)
{
	static const struct {
		uint32_t machines, names;
		enum judge_label label;
		const char *advice;
	} cases[] = {
	        {0, 0, LABEL_ZOMBIE, "disconnect it"},
	        {0, 3, LABEL_ZOMBIE, "disconnect it"},
	        {0, 4, LABEL_ZOMBIE, "if a router is at this address, find which machine behind it it is; then disc"},
	        {0, 20, LABEL_ZOMBIE, "disconnect it"},
	        {0, 4, LABEL_SCANNER, "find the person"},
	        {2, 4, LABEL_ZOMBIE, "find which machine behind the router at this address it is; then disconnect"},
	};
	char advice[JUDGE_ADVICE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct judgement v = {.label = cases[i].label,
		                      .networks = 20,
		                      .names = cases[i].names,
		                      .machines = cases[i].machines};

		assert_int_equal(strncmp(judge_advice(&v, advice), cases[i].advice, strlen(cases[i].advice)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(no_sentence_is_cut),
	        cmocka_unit_test(no_sentence_of_evidence_is_cut),
	        cmocka_unit_test(advice_for_a_branch),
	        cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
