/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well hosts are told apart: a population whose kinds are known, through the code that counts and judges, and
 * through the rules of other tools. Prints the tables of docs/detection.md. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "minutes.h"
#include "population.h"

#define HOUR INT64_C(3600000000)

static enum kind current;

enum moment { AT_1H, AT_6H, AT_END, MOMENTS };
enum rule { RULE_10_IN_120, RULE_20_IN_300, RULE_15_IN_900, RULE_11_HOSTS, RULE_TRW, RULES };

static const char *const rule_names[RULES] = {"10 attempts in 120 s", "20 attempts in 5 min", "15 attempts in 15 min",
                                              "more than 10 destinations in 5 min", "threshold random walk .8/.2"};

struct score {
	uint64_t hosts;
	uint64_t label[MOMENTS][LABEL_COUNT], confirmed[MOMENTS]; /* zombies that are confirmed */
	uint64_t accused[RULES];
	uint64_t crossed[64]; /* at so many networks */
	uint64_t attempts;
};

struct bench {
	struct judge *judge, *walk;
	struct minutes *minutes;
	const struct minute_row *rows[65536];
	size_t row_count;
	struct addr host;
	uint8_t answer;
};

static bool
take_row(void *arg, const struct minute_row *row)
{
	struct bench *b = arg;

	b->rows[b->row_count++] = row;
	return true;
}

static int
by_first(const void *a, const void *b)
{
	const struct minute_row *x = *(const struct minute_row *const *)a, *y = *(const struct minute_row *const *)b;

	return (x->first > y->first) - (x->first < y->first);
}

static void
flush(struct bench *b)
{
	struct judge_key key = judge_key_address(&b->host);
	struct judge_host *h = judge_at(b->judge, &key), *w = judge_at(b->walk, &key);

	b->row_count = 0;
	minutes_each(b->minutes, take_row, b);
	qsort(b->rows, b->row_count, sizeof *b->rows, by_first);
	for (size_t n = 0; n < b->row_count; n++) {
		const struct minute_row *m = b->rows[n];
		struct judge_row row = {.destination = m->key.destination,
		                        .port = m->key.port,
		                        .answer = b->answer,
		                        .first = m->first,
		                        .last = m->last,
		                        .attempts = m->count[0],
		                        .retransmits = m->count[1],
		                        .raw = m->count[2]};

		judge_row(b->judge, h, &row);
		judge_row(b->walk, w, &row);
	}
	minutes_clear(b->minutes);
}

/* The most attempts in any window. */
static size_t
most(const struct life *l, int64_t window)
{
	size_t from = 0, best = 0;

	for (size_t n = 0; n < l->count; n++) {
		while (l->list[n].when - l->list[from].when > window)
			from++;
		if (best < n - from + 1)
			best = n - from + 1;
	}
	return best;
}

/* Whether more than `limit` destinations fall into one window. */
static bool
many_hosts(const struct life *l, int64_t window, size_t limit)
{
	for (size_t from = 0; from < l->count; from++) {
		struct addr seen[16];
		size_t count = 0;

		for (size_t n = from; n < l->count && l->list[n].when - l->list[from].when <= window; n++) {
			size_t k = 0;

			while (k < count && !addr_equal(&seen[k], &l->list[n].destination))
				k++;
			if (k == count)
				seen[count++] = l->list[n].destination;
			if (count > limit)
				return true;
		}
	}
	return false;
}

static void
ask(struct bench *b, struct score *s, enum moment m, int64_t now)
{
	struct judge_key key = judge_key_address(&b->host);
	const struct judge_host *h = judge_find(b->judge, &key);
	struct judgement v = {0};

	if (h != NULL)
		v = judge_verdict(b->judge, h, now);
	s->label[m][v.label]++;
	s->confirmed[m] += v.label == LABEL_ZOMBIE && v.certainty == CERTAINTY_CONFIRMED;
	if (getenv("DEBUG") != NULL && m == AT_6H && strcmp(judge_label_name(v.label), kinds[current].label) != 0)
		fprintf(stderr,
		        "%s: %s rule %d nets %u addr %u contacts %u fresh %u aged %u revisited %u clean %u regular %u period %.0f gaps %u alike %u\n",
		        kinds[current].name, judge_label_name(v.label), (int)v.rule, v.networks, v.addresses,
		        v.contacts, v.fresh, v.aged, v.revisited, v.clean, v.regular, v.period, v.gaps, v.alike);
}

static void
run_host(struct bench *b, struct score *s, const struct life *l, const struct setting *setting)
{
	static const int64_t moments[] = {HOUR, 6 * HOUR};
	int64_t base = INT64_C(1700000000) * 1000000, minute = 0, first = l->list[0].when;
	int next = 0;

	for (size_t n = 0; n < l->count; n++) {
		const struct tried *t = &l->list[n];
		struct minute_row *row;

		if (t->when / MINUTE != minute) {
			flush(b);
			minute = t->when / MINUTE;
		}
		for (; next < 2 && t->when > first + moments[next]; next++) {
			flush(b);
			ask(b, s, (enum moment)next, base + first + moments[next]);
		}
		row = minutes_at(b->minutes, base + t->when, &b->host, &t->destination, t->port, 0, 0);
		if (row == NULL) {
			flush(b);
			row = minutes_at(b->minutes, base + t->when, &b->host, &t->destination, t->port, 0, 0);
		}
		row->count[0]++;
		row->count[1] += t->retransmits;
		row->count[2] += t->raw;
	}
	flush(b);
	for (; next < 2; next++)
		ask(b, s, (enum moment)next, base + first + moments[next]);
	ask(b, s, AT_END, base + (int64_t)(setting->hours * (double)HOUR));
	s->accused[RULE_10_IN_120] += most(l, 120000000) >= 10;
	s->accused[RULE_20_IN_300] += most(l, 300000000) >= 20;
	s->accused[RULE_15_IN_900] += most(l, 900000000) >= 15;
	s->accused[RULE_11_HOSTS] += many_hosts(l, 300000000, 10);
	{
		struct judge_key key = judge_key_address(&b->host);
		const struct judge_host *w = judge_find(b->walk, &key);

		s->accused[RULE_TRW] += w != NULL && judge_verdict(b->walk, w, base).crossed_at != 0;
	}
}

static uint64_t crossings[KIND_COUNT][256];
static uint64_t fresh_now;

static void
see_step(void *arg, const struct judge_host *h, const struct judge_step *step)
{
	(void)arg;
	(void)h;
	(void)step;
}

static double
percent(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

int
main(int argc, char **argv)
{
	struct setting setting = {.hours = 12, .loss = .02};
	struct score scores[KIND_COUNT] = {0};
	struct judge_parameters trw = {.fixed = .2, .fanout = .8, .accuse = .01, .miss = .01, .networks = UINT32_MAX};
	struct bench *b = calloc(1, sizeof *b);
	struct life life = {0};
	uint64_t seed = 1, per = 1000;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:rh:")) != -1)
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			per = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			setting.reject = true;
			break;
		case 'h':
			setting.hours = atof(optarg);
			break;
		default:
			return 2;
		}
	if (b == NULL || (b->minutes = minutes_new(32768, 1)) == NULL)
		return 1;
	b->answer = setting.reject ? JUDGE_REFUSED : JUDGE_SILENCE;
	for (enum kind k = 0; k < KIND_COUNT; k++) {
		uint64_t count = k == KIND_PRINTER || k == KIND_APP || k == KIND_ROAMING ? per * 10
		                 : k <= KIND_FREEMAIL                                    ? per / 4
		                                                                         : per;

		current = k;
		for (uint64_t n = 0; n < count; n++) {
			uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

			if (n % 1000 == 0) {
				judge_free(b->judge);
				judge_free(b->walk);
				b->judge = judge_new(&judge_defaults, 16384, 2048, see_step, b);
				b->walk = judge_new(&trw, 16384, 2048, NULL, NULL);
			}
			b->host = addr_v4(bytes);
			population_live(&life, k, seed, n, &setting);
			if (life.count == 0)
				continue;
			scores[k].hosts++;
			scores[k].attempts += life.count;
			run_host(b, &scores[k], &life, &setting);
		}
	}
	for (enum moment m = 0; m < MOMENTS; m++) {
		printf("\n%-18s %7s", m == AT_1H ? "after 1 h" : m == AT_6H ? "after 6 h" : "at the end", "hosts");
		for (enum judge_label l = 0; l < LABEL_COUNT; l++)
			if (l != LABEL_LISTED)
				printf(" %9.9s", judge_label_name(l));
		printf(" confirmed\n");
		for (enum kind k = 0; k < KIND_COUNT; k++) {
			printf("%-18s %7" PRIu64, kinds[k].name, scores[k].hosts);
			for (enum judge_label l = 0; l < LABEL_COUNT; l++)
				if (l != LABEL_LISTED)
					printf(" %8.2f%%", percent(scores[k].label[m][l], scores[k].hosts));
			printf(" %8.2f%%\n", percent(scores[k].confirmed[m], scores[k].hosts));
		}
	}
	printf("\n%-18s", "accused by");
	for (enum rule r = 0; r < RULES; r++)
		printf(" %d", r);
	printf("\n");
	for (enum kind k = 0; k < KIND_COUNT; k++) {
		printf("%-18s", kinds[k].name);
		for (enum rule r = 0; r < RULES; r++)
			printf(" %8.2f%%", percent(scores[k].accused[r], scores[k].hosts));
		printf("\n");
	}
	(void)crossings;
	(void)current;
	(void)fresh_now;
	(void)rule_names;
	return 0;
}
