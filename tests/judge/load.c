/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast and how large the judge is, and whether it can be made to forget. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "measure.h"

#define BEGIN (INT64_C(1700000000) * 1000000)
#define HOSTS 100000
#define WIDE 2000 /* hosts with many networks: two of a hundred */

static struct judge_key
key_number(uint32_t n)
{
	uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	struct addr a = addr_v4(bytes);

	return judge_key_address(&a);
}

static struct judge_row
row_to(const struct addr *to, int64_t when)
{
	return (struct judge_row){.destination = *to,
	                          .port = 25,
	                          .answer = JUDGE_SILENCE,
	                          .first = when,
	                          .last = when,
	                          .attempts = 1,
	                          .retransmits = 1};
}

/* Resident memory of this program, in bytes: proc(5). */
static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, pages = 0;

	if (f == NULL || fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

double
measure_speed(double *memory)
{
	enum { ATTEMPTS = 4000000 };
	double before = resident(), seconds;
	struct judge *j = judge_new(&judge_defaults, HOSTS, 2 * WIDE, NULL, NULL);
	struct random r = {1};
	struct timespec from, to;
	struct addr list[1024];

	if (j == NULL)
		return 0;
	for (uint32_t n = 0; n < 1024; n++)
		list[n] = server(n);
	for (uint32_t n = 0; n < HOSTS; n++) { /* all hosts, once; the table is in memory then */
		struct judge_key key = key_number(n);
		struct judge_row row = row_to(&list[0], BEGIN);

		judge_row(j, judge_at(j, &key), &row);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (uint32_t n = 0; n < ATTEMPTS; n++) { /* a quarter by hosts with many networks, the rest by quiet ones */
		uint32_t x = (uint32_t)bits(&r), host = x % 4 == 0 ? x / 4 % WIDE : x / 4 % HOSTS;
		struct judge_key key = key_number(host);
		struct judge_row row = row_to(&list[host < WIDE ? x >> 22 : host % 1024], BEGIN + n * INT64_C(1000));

		judge_row(j, judge_at(j, &key), &row);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	*memory = resident() - before;
	seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	judge_free(j);
	return ATTEMPTS / seconds;
}

unsigned int
measure_flood(void)
{
	struct judge *j = judge_new(&judge_defaults, 16384, 512, NULL, NULL);
	struct random r = {1};
	unsigned int named = 0;

	if (j == NULL)
		return 0;
	for (uint32_t n = 0; n < 1000200; n++) {
		uint32_t x = (uint32_t)bits(&r);
		struct judge_key key = n < 200 ? key_number(n % 20) : key_number(1000 + x % 15000000);
		struct addr to = server(n < 200 ? n / 20 : x >> 20);
		/* The zombies take 20 s: what comes in one burst accuses nobody. */
		int64_t when = n < 200 ? n * INT64_C(100000) : INT64_C(20000000) + n * INT64_C(10000);
		struct judge_row row = row_to(&to, BEGIN + when);

		judge_row(j, judge_at(j, &key), &row);
	}
	for (uint32_t n = 0; n < 20; n++) {
		struct judge_key key = key_number(n);
		const struct judge_host *h = judge_find(j, &key);

		named += h != NULL && judge_verdict(j, h, BEGIN + INT64_C(20000000000)).label == LABEL_ZOMBIE;
	}
	judge_free(j);
	return named;
}
