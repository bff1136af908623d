/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_reasons over a population: the first sentence is the rule that decided, with number, threshold and label, in
 * less than 90 characters; and no sentence argues for another label. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/when.h"
#include "lib/judge/judge.h"
#include "lib/judge/words.h"
#include "tests/judge/population.h"

#define BEGIN (INT64_C(28333333) * MINUTE)
#define LIVES 6 /* of each kind */

/* What a sentence may say about these labels alone. */
static const struct {
	const char *text;
	unsigned labels; /* bits */
} arguments[] = {
        {"scanning tool", 1U << LABEL_SCANNER},
        {"a mail server retries at least", 1U << LABEL_ZOMBIE},
        {"a refused mail server does that", 1U << LABEL_MAIL_SERVER},
        {"not mail", 1U << LABEL_MONITOR},
        {"by a timer", 1U << LABEL_MISCONFIGURED},
        {"fixed mail server", 1U << LABEL_MISCONFIGURED | 1U << LABEL_ROAMING},
        {"smart host", 1U << LABEL_MISCONFIGURED | 1U << LABEL_ROAMING},
        {"not by a scanner", 1U << LABEL_ZOMBIE},
        {"looks like that", 1U << LABEL_UNKNOWN},
};

static unsigned seen; /* labels, bits */

static void
check_first(const struct judgement *v, const char *first)
{
	char end[32];

	snprintf(end, sizeof end, ": %s", judge_label_name(v->label));
	if (strlen(first) >= 90 || strpbrk(first, "0123456789") == NULL || strstr(first, end) == NULL)
		fail_msg("first reason of a %s: %s", judge_label_name(v->label), first);
	for (int label = 0; label < LABEL_COUNT; label++) {
		snprintf(end, sizeof end, ": %s", judge_label_name((enum judge_label)label));
		if (label != (int)v->label && strstr(first, end) != NULL)
			fail_msg("reason of a %s: %s", judge_label_name(v->label), first);
	}
}

static void
check(const struct judgement *v)
{
	struct judge_words w;

	judge_reasons(v, &w);
	seen |= 1U << v->label;
	assert_in_range(w.count, 1, JUDGE_SENTENCES);
	check_first(v, w.text[0]);
	for (size_t i = 0; i < w.count; i++)
		for (size_t k = 0; k < sizeof arguments / sizeof *arguments; k++)
			if (strstr(w.text[i], arguments[k].text) != NULL && (arguments[k].labels >> v->label & 1) == 0)
				fail_msg("reason of a %s: %s", judge_label_name(v->label), w.text[i]);
	for (size_t i = 0; i < w.count; i++) {
		if (strstr(w.text[i], "a mail server retries at least") != NULL)
			assert_true(v->revisited * 4 < v->aged * 3);
		if (strstr(w.text[i], "by a timer") != NULL)
			assert_true(v->alike * 2 >= v->gaps);
		if (strstr(w.text[i], "always the same") != NULL)
			assert_int_equal(v->networks, 1);
	}
}

static void
live(struct judge *j, const struct life *life, bool reject)
{
	int64_t next = 20 * MINUTE;

	for (size_t n = 0; n < life->count; n++) {
		const struct tried *t = &life->list[n];
		struct judge_row row = {.destination = t->destination,
		                        .port = t->port,
		                        .answer = reject ? JUDGE_REFUSED : JUDGE_SILENCE,
		                        .first = BEGIN + t->when,
		                        .last = BEGIN + t->when,
		                        .attempts = 1,
		                        .retransmits = t->retransmits,
		                        .raw = t->raw};

		judge_row(j, &row);
		if (t->when - life->list[0].when >= next) {
			struct judgement v = judge_verdict(j, row.last);

			check(&v);
			next *= 2;
		}
	}
}

static void
nothing_argues_against(void **state)
{
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	struct life life = {0};
	struct judgement v;

	(void)state;
	for (int reject = 0; reject < 2; reject++)
		for (int kind = 0; kind < KIND_COUNT; kind++)
			for (uint64_t n = 0; n < LIVES; n++) {
				const struct setting setting = {.hours = 7, .loss = .02, .reject = reject};
				const struct judge_key key = {.kind = JUDGE_IPV4, .bytes = {10, 0, 0, (uint8_t)n}};

				population_live(&life, (enum kind)kind, 3, n, &setting);
				judge_begin(j, &key);
				live(j, &life, reject);
				v = judge_verdict(j, BEGIN + 8 * HOUR);
				check(&v);
			}
	life_free(&life);
	judge_free(j);
	/* All but LABEL_LISTED, of which no life is. */
	assert_int_equal(seen, (1U << LABEL_COUNT) - 1 - (1U << LABEL_LISTED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_argues_against),
	};

	return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
