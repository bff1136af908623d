/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steady.h"

#include <time.h>

struct steady
steady_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct steady){(int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000};
}
