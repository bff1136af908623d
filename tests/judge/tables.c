/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Labels that count as one: roaming and misconfigured both mean fixed destinations, and which it is is a guess. */
enum said { SAID_ZOMBIE, SAID_SCANNER, SAID_MAIL_SERVER, SAID_MONITOR, SAID_FIXED, SAID_UNKNOWN, SAID_COUNT };

static const char *const moment_names[MOMENTS] = {"1 h", "6 h", "12 h"};

static enum said
said_of(enum judge_label l)
{
	switch (l) {
	case LABEL_ZOMBIE:
		return SAID_ZOMBIE;
	case LABEL_SCANNER:
		return SAID_SCANNER;
	case LABEL_MAIL_SERVER:
		return SAID_MAIL_SERVER;
	case LABEL_MONITOR:
		return SAID_MONITOR;
	case LABEL_ROAMING:
	case LABEL_MISCONFIGURED:
		return SAID_FIXED;
	default:
		return SAID_UNKNOWN;
	}
}

static enum said
truth(enum kind k)
{
	for (enum judge_label l = LABEL_UNKNOWN; l < LABEL_COUNT; l++)
		if (strcmp(kinds[k].right, judge_label_name(l)) == 0)
			return said_of(l);
	return SAID_UNKNOWN;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (double)part / (double)whole;
}

/* The sum of all seeds. */
static struct score
pooled(struct score scores[][KIND_COUNT], size_t seeds, enum kind k)
{
	struct score sum = {0};

	for (size_t n = 0; n < seeds; n++) {
		const struct score *s = &scores[n][k];

		sum.hosts += s->hosts;
		sum.attempts += s->attempts;
		sum.walked += s->walked;
		for (size_t i = 0; i < BASELINE_COUNT; i++)
			sum.accused[i] += s->accused[i];
		for (size_t i = 0; i < CROSSINGS; i++) {
			sum.crossed[i] += s->crossed[i];
			sum.tried[i] += s->tried[i];
		}
		for (size_t m = 0; m < MOMENTS; m++) {
			sum.confirmed[m] += s->confirmed[m];
			for (size_t l = 0; l < LABEL_COUNT; l++)
				sum.label[m][l] += s->label[m][l];
		}
	}
	return sum;
}

void
table_labels(struct score scores[][KIND_COUNT], size_t seeds, enum moment m)
{
	printf("\nLabels %s after a host's first attempt, %% of hosts; after the zombies, in brackets, the highest of "
	       "a seed.\n\n| kind | hosts | zombie | confirmed | scanner | mail-server | monitor | fixed | unknown |\n"
	       "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
	       moment_names[m]);
	for (enum kind k = 0; k < KIND_WORKLOAD; k++) {
		struct score s = pooled(scores, seeds, k);
		uint64_t said[SAID_COUNT] = {0};
		double most = 0;

		for (enum judge_label l = 0; l < LABEL_COUNT; l++)
			said[said_of(l)] += s.label[m][l];
		for (size_t n = 0; n < seeds; n++) {
			double x = share(scores[n][k].label[m][LABEL_ZOMBIE], scores[n][k].hosts);

			most = x > most ? x : most;
		}
		printf("| %s | %" PRIu64 " | %.2f (%.2f) | %.2f |", kinds[k].name, s.hosts,
		       100 * share(said[SAID_ZOMBIE], s.hosts), 100 * most, 100 * share(s.confirmed[m], s.hosts));
		for (enum said c = SAID_SCANNER; c < SAID_COUNT; c++)
			printf(" %.2f |", 100 * share(said[c], s.hosts));
		printf("\n");
	}
}

/* Quality in a population with the shares of the kinds. */
struct quality {
	double precision, recall, f1;
};

static struct quality
quality_of(const struct score scores[KIND_COUNT], enum moment m)
{
	double said[SAID_COUNT] = {0}, right[SAID_COUNT] = {0}, are[SAID_COUNT] = {0};
	struct quality q = {0};

	for (enum kind k = 0; k < KIND_WORKLOAD; k++)
		for (enum judge_label l = 0; l < LABEL_COUNT; l++) {
			double x = kinds[k].share * share(scores[k].label[m][l], scores[k].hosts);

			said[said_of(l)] += x;
			are[truth(k)] += x;
			right[truth(k)] += said_of(l) == truth(k) ? x : 0;
		}
	q.precision = right[SAID_ZOMBIE] / said[SAID_ZOMBIE];
	q.recall = right[SAID_ZOMBIE] / are[SAID_ZOMBIE];
	for (enum said c = 0; c < SAID_UNKNOWN; c++)
		q.f1 += 2 * right[c] / (said[c] + are[c]) / SAID_UNKNOWN;
	return q;
}

static void
print_spread(const double *list, size_t count)
{
	double low = list[0], high = list[0], sum = 0;

	for (size_t n = 0; n < count; n++) {
		low = list[n] < low ? list[n] : low;
		high = list[n] > high ? list[n] : high;
		sum += list[n];
	}
	printf(" %.4f (%.4f-%.4f) |", sum / (double)count, low, high);
}

void
table_mixture(struct score scores[][KIND_COUNT], size_t seeds)
{
	printf("\nThe mixture: mean over %zu seeds (lowest-highest).\n\n| after | precision of zombie | recall of "
	       "zombie | macro-F1 of 5 labels |\n|---|--:|--:|--:|\n",
	       seeds);
	for (enum moment m = 0; m < MOMENTS; m++) {
		double precision[SEEDS] = {0}, recall[SEEDS] = {0}, f1[SEEDS] = {0};

		for (size_t n = 0; n < seeds; n++) {
			struct quality q = quality_of(scores[n], m);

			precision[n] = q.precision;
			recall[n] = q.recall;
			f1[n] = q.f1;
		}
		printf("| %s |", moment_names[m]);
		print_spread(precision, seeds);
		print_spread(recall, seeds);
		print_spread(f1, seeds);
		printf("\n");
	}
}

void
table_baselines(struct score scores[][KIND_COUNT], size_t seeds)
{
	printf("\nHosts that are accused at any moment, %% (ours: called zombie at the end).\n\n| kind |");
	for (enum baseline b = 0; b < BASELINE_COUNT; b++)
		printf(" %s |", baseline_names[b]);
	printf(" random walk .8/.2 | ours |\n|---|--:|--:|--:|--:|--:|--:|\n");
	for (enum kind k = 0; k < KIND_WORKLOAD; k++) {
		struct score s = pooled(scores, seeds, k);

		printf("| %s |", kinds[k].name);
		for (enum baseline b = 0; b < BASELINE_COUNT; b++)
			printf(" %.2f |", 100 * share(s.accused[b], s.hosts));
		printf(" %.2f | %.2f |\n", 100 * share(s.walked, s.hosts),
		       100 * share(s.label[MOMENTS - 1][LABEL_ZOMBIE], s.hosts));
	}
}

/* The smallest number that `percent` of all do not exceed. */
static size_t
percentile(const uint64_t histogram[CROSSINGS], double percent)
{
	uint64_t sum = 0, below = 0;
	size_t at = 0;

	for (size_t n = 0; n < CROSSINGS; n++)
		sum += histogram[n];
	for (; at < CROSSINGS - 1; at++)
		if ((double)(below += histogram[at]) >= percent / 100 * (double)sum)
			break;
	return at;
}

void
table_crossings(struct score scores[][KIND_COUNT], size_t seeds)
{
	printf("\nWhat it takes to cross: networks, and attempts (%d: that or more).\n\n| kind | networks: median | "
	       "p99 | most | attempts: median | p99 | most |\n|---|--:|--:|--:|--:|--:|--:|\n",
	       CROSSINGS - 1);
	for (enum kind k = 0; k < KIND_WORKLOAD; k++) {
		struct score s = pooled(scores, seeds, k);

		if (truth(k) != SAID_ZOMBIE)
			continue;
		printf("| %s | %zu | %zu | %zu | %zu | %zu | %zu |\n", kinds[k].name, percentile(s.crossed, 50),
		       percentile(s.crossed, 99), percentile(s.crossed, 100), percentile(s.tried, 50),
		       percentile(s.tried, 99), percentile(s.tried, 100));
	}
}
