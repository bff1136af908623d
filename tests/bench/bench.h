/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench: what the programs that measure have in common. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* CLOCK_MONOTONIC, or CLOCK_PROCESS_CPUTIME_ID: of this process, with what the kernel did on its back. */
static inline double
bench_seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* splitmix64 */
static inline uint64_t
bench_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline int
bench_compare(const void *left, const void *right)
{
	double a, b;

	memcpy(&a, left, sizeof a);
	memcpy(&b, right, sizeof b);
	return (a > b) - (a < b);
}

/* Sorts the list. */
static inline double
bench_median(double *list, size_t count)
{
	qsort(list, count, sizeof *list, bench_compare);
	return list[count / 2];
}

#endif
