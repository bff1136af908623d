/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speed of the classifier, and the size of its states. */
#include <stdlib.h>
#include <time.h>

#include "chance.h"
#include "lib/judge/pack.h"
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

double
measure_speed(double *memory)
{
	enum { ATTEMPTS = 40 }; /* of a host */
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	struct random r = {1};
	struct timespec from, to;
	struct addr list[1024];
	uint8_t bytes[JUDGE_PACKED];
	double seconds;

	*memory = 0;
	if (j == NULL)
		return 0;
	for (uint32_t n = 0; n < 1024; n++)
		list[n] = server(n);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (uint32_t n = 0; n < HOSTS; n++) { /* two of a hundred go to many networks, the rest to one */
		struct judge_key key = key_number(n);

		judge_begin(j, &key);
		for (uint32_t k = 0; k < ATTEMPTS; k++) {
			uint32_t x = (uint32_t)bits(&r);
			struct judge_row row =
			        row_to(&list[n < WIDE ? x >> 22 : n % 1024], BEGIN + k * INT64_C(1000000));

			judge_row(j, &row);
		}
		*memory += (double)judge_pack(j, bytes);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	judge_free(j);
	return (double)ATTEMPTS * HOSTS / seconds;
}
