/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a policy of 100,000 allow lines costs: reading it (against sorting 100,000 numbers) and deciding by it (against
 * bsearch(3) in 100,000 sorted numbers). Sources are random, so that the caches see no pattern; half of them are
 * listed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "lib/config/config.h"
#include "lib/config/feed.h"

#define LINES 100000
#define LOOKS 2000000
#define ROUNDS 5

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
read_nothing(void *arg, const char *from, const char *pattern, bool glob, const struct config_taker *to)
{
	(void)arg, (void)from, (void)pattern, (void)glob, (void)to;
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
		looks[i] =
		        i % 2 ? listed[bench_random(&state) % LINES] : 0x0a000000 | (bench_random(&state) & 0xffffff);
	for (int r = 0; r < ROUNDS; r++) {
		struct config *c;
		double t = bench_seconds(CLOCK_MONOTONIC);

		c = load(listed);
		read[r] = bench_seconds(CLOCK_MONOTONIC) - t;
		memcpy(sorted, listed, sizeof sorted);
		t = bench_seconds(CLOCK_MONOTONIC);
		qsort(sorted, LINES, sizeof *sorted, number_cmp);
		sort[r] = bench_seconds(CLOCK_MONOTONIC) - t;
		t = bench_seconds(CLOCK_MONOTONIC);
		for (uint32_t i = 0; i < LOOKS; i++) {
			struct addr src = addr_of(looks[i]);

			passed += policy_decide(c->policy, &src, &dst, NULL, INT64_C(1800000000000000)).verdict ==
			          VERDICT_PASS;
		}
		decide[r] = bench_seconds(CLOCK_MONOTONIC) - t;
		t = bench_seconds(CLOCK_MONOTONIC);
		for (uint32_t i = 0; i < LOOKS; i++)
			found += bsearch(&looks[i], sorted, LINES, sizeof *sorted, number_cmp) != NULL;
		search[r] = bench_seconds(CLOCK_MONOTONIC) - t;
		config_free(c);
	}
	if (passed != found) {
		fprintf(stderr, "bench_policy: the policy passes %" PRIu64 " sources, the plain list %" PRIu64 "\n",
		        passed, found);
		return 1;
	}
	printf("policy, %d allow lines, medians of %d rounds:\n", LINES, ROUNDS);
	printf("  load    %7.1f ms   sort of as many numbers %7.1f ms   ratio %5.1f   goal < 1000 ms\n",
	       bench_median(read, ROUNDS) * 1e3, bench_median(sort, ROUNDS) * 1e3,
	       bench_median(read, ROUNDS) / bench_median(sort, ROUNDS));
	printf("  decide  %7.1f ns   bsearch of as many      %7.1f ns   ratio %5.1f   goal < 200 ns\n",
	       bench_median(decide, ROUNDS) * 1e9 / LOOKS, bench_median(search, ROUNDS) * 1e9 / LOOKS,
	       bench_median(decide, ROUNDS) / bench_median(search, ROUNDS));
	return 0;
}
