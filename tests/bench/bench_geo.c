/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it costs to learn where an address is, beside a binary search in as many numbers as a country database has
 * networks. Databases are those that are named; without any, one of 200,000 random networks that is made now. Processor
 * time, median of ROUNDS. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "lib/geo/geo.h"

#define LOOKS 1000000
#define ROUNDS 5
#define NUMBERS 600000
#define MADE "tests/golden/mmdb_make.py --random 200000"

static int
number_cmp(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

/* Nanoseconds a look-up of the plain list. */
static double
plain(void)
{
	static uint32_t numbers[NUMBERS];
	uint64_t state = 1;
	double took[ROUNDS];
	size_t found = 0;

	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = (uint32_t)bench_random(&state);
	qsort(numbers, NUMBERS, sizeof *numbers, number_cmp);
	for (int r = 0; r < ROUNDS; r++) {
		double t = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);

		for (int i = 0; i < LOOKS; i++) {
			uint32_t key = (uint32_t)bench_random(&state);

			found += bsearch(&key, numbers, NUMBERS, sizeof *numbers, number_cmp) != NULL;
		}
		took[r] = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - t;
	}
	/* None found would mean that nothing was searched. */
	return found > 0 ? bench_median(took, ROUNDS) * 1e9 / LOOKS : 0;
}

/* 1: the file cannot be read. */
static int
measure(const char *path, const char *name, double base)
{
	struct geo *g = geo_new(&path, 1);
	double took[ROUNDS], each;
	uint64_t state = 2, found = 0;

	if (g == NULL || geo_count(g) == 0)
		return 1;
	for (int r = -1; r < ROUNDS; r++) { /* the first fills the caches */
		double t = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);

		found = 0;
		for (int i = 0; i < LOOKS; i++) {
			uint64_t bits = bench_random(&state);
			struct addr a = {.family = 4};

			memcpy(a.bytes, &bits, 4);
			a.bytes[0] = (uint8_t)(1 + a.bytes[0] % 223);
			found += geo_find(g, &a).country[0] != '\0';
		}
		if (r >= 0)
			took[r] = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - t;
	}
	geo_free(g);
	each = bench_median(took, ROUNDS) * 1e9 / LOOKS;
	printf("  %-24s %7.1f ns   bsearch %7.1f ns   ratio %5.1f   goal < 1000 ns   (%.1f %% found)\n", name, each,
	       base, each / base, 100.0 * (double)found / LOOKS);
	return 0;
}

int
main(int argc, char **argv)
{
	char made[] = "/tmp/bench_geo.XXXXXX", command[128];
	double base = plain();
	int status = 0;

	printf("geo, %d random IPv4 addresses, medians of %d rounds:\n", LOOKS, ROUNDS);
	for (int n = 1; n < argc; n++)
		status |= measure(argv[n], argv[n], base);
	if (argc > 1)
		return status;
	close(mkstemp(made));
	snprintf(command, sizeof command, "python3 %s %s", MADE, made);
	status |= system(command) != 0 || measure(made, "200,000 random networks", base); /* NOLINT(cert-env33-c) */
	unlink(made);
	return status;
}
