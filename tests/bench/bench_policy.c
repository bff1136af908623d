/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a policy of 100,000 allow lines costs: reading it (against sorting 100,000 numbers) and deciding by it (against
 * bsearch(3) in 100,000 sorted numbers). Sources are random, so that the caches see no pattern; half of them are
 * listed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"

#define LINES 100000
#define LOOKS 2000000
#define ROUNDS 5

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 32);
}

static int
number_cmp(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static struct addr
addr_of(uint32_t n)
{
	struct addr a = {.family = 4, .bytes = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};

	return a;
}

static const char *
read_nothing(void *arg, const char *from, const char *pattern, bool glob,
             void (*line)(void *ctx, const char *file, uint32_t number, const char *text), void *ctx)
{
	(void)arg, (void)from, (void)pattern, (void)glob, (void)line, (void)ctx;
	return "there are no files here";
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
	exit(1);
}

static struct config *
load(const uint32_t *listed)
{
	static const struct config_io io = {.read = read_nothing, .complain = complain};
	struct config *c = config_new(&io);
	char line[80];

	config_feed(c, "bench", 1, "lan 10.0.0.0/8");
	for (uint32_t i = 0; i < LINES; i++) {
		snprintf(line, sizeof line, "allow %u.%u.%u.%u until 2099-12-31 note \"agreement %u\"", listed[i] >> 24,
		         listed[i] >> 16 & 255, listed[i] >> 8 & 255, listed[i] & 255, i);
		config_feed(c, "bench", i + 2, line);
	}
	config_finish(c, "bench");
	return c;
}

static int
double_cmp(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof *v, double_cmp);
	return v[ROUNDS / 2];
}

int
main(void)
{
	static uint32_t listed[LINES], sorted[LINES], looks[LOOKS];
	double read[ROUNDS], sort[ROUNDS], decide[ROUNDS], search[ROUNDS];
	const struct addr dst = addr_of(0xcb007109);
	uint64_t state = 1, passed = 0, found = 0;

	for (uint32_t i = 0; i < LINES; i++) /* each once: the step is odd and prime */
		listed[i] = 0x0a000000 | (i * UINT32_C(104729) & 0xffffff);
	for (uint32_t i = 0; i < LOOKS; i++)
		looks[i] = i % 2 ? listed[next_random(&state) % LINES] : 0x0a000000 | (next_random(&state) & 0xffffff);
	for (int r = 0; r < ROUNDS; r++) {
		struct config *c;
		double t = seconds();

		c = load(listed);
		read[r] = seconds() - t;
		memcpy(sorted, listed, sizeof sorted);
		t = seconds();
		qsort(sorted, LINES, sizeof *sorted, number_cmp);
		sort[r] = seconds() - t;
		t = seconds();
		for (uint32_t i = 0; i < LOOKS; i++) {
			struct addr src = addr_of(looks[i]);

			passed +=
			        policy_decide(c->policy, &src, &dst, INT64_C(1800000000000000)).verdict == VERDICT_PASS;
		}
		decide[r] = seconds() - t;
		t = seconds();
		for (uint32_t i = 0; i < LOOKS; i++)
			found += bsearch(&looks[i], sorted, LINES, sizeof *sorted, number_cmp) != NULL;
		search[r] = seconds() - t;
		config_free(c);
	}
	if (passed != found) {
		fprintf(stderr, "bench_policy: the policy passes %" PRIu64 " sources, the plain list %" PRIu64 "\n",
		        passed, found);
		return 1;
	}
	printf("policy, %d allow lines, medians of %d rounds:\n", LINES, ROUNDS);
	printf("  load    %7.1f ms   sort of as many numbers %7.1f ms   ratio %5.1f   goal < 1000 ms\n",
	       median(read) * 1e3, median(sort) * 1e3, median(read) / median(sort));
	printf("  decide  %7.1f ns   bsearch of as many      %7.1f ns   ratio %5.1f   goal < 200 ns\n",
	       median(decide) * 1e9 / LOOKS, median(search) * 1e9 / LOOKS, median(decide) / median(search));
	return 0;
}
